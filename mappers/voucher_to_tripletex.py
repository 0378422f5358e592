"""What of a settlement is no principal, as the voucher that is booked in Tripletex."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from clients.tripletex.wire import VoucherInput, VoucherRow

Line = tuple[str, Decimal, str, int | None, int | None]
"""Account, amount (positive where it came), text, department and project."""


def voucher_to_tripletex(
    *,
    on: date,
    external_number: str,
    text: str,
    lines: tuple[Line, ...],
    clearing_account_id: int,
    account_ids: Mapping[str, int],
    no_vat_type_id: int,
) -> VoucherInput:
    """Return the voucher: each line a row of its own, against the clearing account.

    What came is debited to the clearing account, what was kept is credited to it.
    """
    return VoucherInput(
        date=on,
        description=text,
        externalVoucherNumber=external_number,
        vatTypeId=no_vat_type_id,
        rows=tuple(
            VoucherRow(
                accountId=clearing_account_id,
                againstAccountId=account_ids[account],
                amount=amount,
                description=f"{text}: {said}",
                departmentId=department,
                projectId=project,
            )
            for account, amount, said, department, project in lines
        ),
    )
