"""One creditor's choices as the operations and workers need them; filled from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.rules import Policy
from gateway.domain.settlement_parts import Part


class PayoutModel(StrEnum):
    """How Kravia pays the creditor out, and so who books it: never two bookings of one krone."""

    KID = "kid"
    BATCH = "batch"
    UNKNOWN = "unknown"


class AmountModel(StrEnum):
    """What ``originalAmount`` carries for an invoice that was paid in part before hand-over."""

    OUTSTANDING = "outstanding"
    TOTAL_THEN_PAYMENTS = "total_then_payments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The ledger's account of each part of a pay-out; None: not set, so a task says that."""

    principal: str | None = None
    interest: str | None = None
    fees: str | None = None
    costs: str | None = None
    vat: str | None = None

    def of(self, part: Part) -> str | None:
        """The account of a part; the unexplained has none."""
        known = {
            Part.PRINCIPAL: self.principal,
            Part.INTEREST: self.interest,
            Part.FEES: self.fees,
            Part.COSTS: self.costs,
            Part.VAT: self.vat,
        }
        return known.get(part)


LEDGER_LOOK_SECONDS_MAX = 20.0
"""How long a ledger is asked before each register: five reads at a slow hour. A message's lease
must outlive this and the register itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creditor:
    """Who is owed, and how this gateway acts for it."""

    creditor_id: str
    kravia_creditor_id: int
    observe: bool = False
    approval_is_manual: bool = False
    first_cases_need_approval: int = 0
    register_max_per_day: int = 500
    consolidation_wait_seconds: int = 0
    payout_model: PayoutModel = PayoutModel.UNKNOWN
    payout_accounts: frozenset[str] = frozenset()  # bank accounts Kravia pays out from
    payout_texts: frozenset[str] = frozenset()  # lower-case words in the bank text of a pay-out
    accounts: Accounts = Accounts()
    amount: AmountModel = AmountModel.OUTSTANDING
    sends_national_id: bool = False  # else national numbers are dropped before anything is kept
    policy: Policy = field(default_factory=Policy)
    ledger_kind: str = "webhook"
    has_notify: bool = False
    webhook_secret_count: int = 0  # of those that could be read here
    entry_level: str = "demand"  # where Kravia starts: demand or notice
