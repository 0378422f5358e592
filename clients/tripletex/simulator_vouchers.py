"""Accounts and free vouchers that the simulated Tripletex keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

VAT_TYPES = {0: "0.00", 1: "25.00", 3: "25.00"}
"""VAT types by id, with their percentage; 0 reckons none."""


@dataclass(slots=True, kw_only=True)
class SimulatedAccount:
    """An account; ``vat_locked``: postings must carry its own ``vat_type_id``."""

    id: int
    number: int
    ledger_type: str = "GENERAL"
    vat_type_id: int = 0
    vat_locked: bool = False
    is_inactive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedVoucherPosting:
    """A line of a voucher: debit positive."""

    row: int
    account: int
    amount: Decimal
    description: str
    vat_type_id: int
    department_id: int | None
    project_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedVoucher:
    """A voucher made through the API."""

    id: int
    on: date
    description: str
    external_number: str
    postings: tuple[SimulatedVoucherPosting, ...]


class VoucherBooks:
    """Accounts by number, vouchers by id."""

    def __init__(self) -> None:
        self.accounts: dict[int, SimulatedAccount] = {}
        self.vouchers: dict[int, SimulatedVoucher] = {}

    @property
    def doubled(self) -> tuple[str, ...]:
        """External numbers that more than one voucher carries."""
        numbers = [each.external_number for each in self.vouchers.values()]
        return tuple(sorted({each for each in numbers if numbers.count(each) > 1}))

    def balance(self, account: int) -> Decimal:
        """What stands on an account by vouchers: debit positive."""
        return sum(
            (
                posting.amount
                for voucher in self.vouchers.values()
                for posting in voucher.postings
                if posting.account == account
            ),
            Decimal(0),
        )
