"""What the debtor owes on a day: principal, letter fees, late interest, compensation, total."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from gateway.domain.business_days import add_days
from gateway.domain.dated_rows import row_on
from gateway.domain.decision import Amounts
from gateway.domain.invoice import DebtorKind, Invoice
from gateway.domain.late_interest import late_interest
from gateway.domain.letter_fees import LetterFee
from gateway.domain.money import round_half_up
from gateway.domain.rules import Rules

_NOTHING = Decimal("0.00")
_LAWS_CURRENCY = "NOK"  # fees and compensation are set in kroner; no row covers another currency


def amounts_owed(
    invoice: Invoice,
    *,
    fees: Decimal | None,
    interest: Decimal | None,
    compensation: Decimal | None,
) -> Amounts:
    """Put the figures together; where fees and compensation are both claimed the larger stands.

    The smaller is then 0 (inkassoforskriften §§ 1-5 and 2-6, INK-32). A figure that is ``None``
    makes the total ``None``.
    """
    if fees and compensation:
        if compensation >= fees:
            fees = _NOTHING
        else:
            compensation = _NOTHING
    total = None
    if fees is not None and interest is not None and compensation is not None:
        total = round_half_up(invoice.outstanding + fees + interest + compensation)
    return Amounts(
        currency=invoice.currency,
        principal=invoice.outstanding,
        fees=fees,
        interest=interest,
        compensation=compensation,
        total=total,
    )


def claimable_fees(invoice: Invoice, fees: Sequence[LetterFee]) -> Decimal | None:
    """Add up what may be claimed of the letter fees; ``None`` where no rate row covers a letter."""
    total = _NOTHING
    for fee in fees:
        if fee.claimable is None or (fee.claimable and invoice.currency != _LAWS_CURRENCY):
            return None
        total += fee.claimable
    return total


def claimable_compensation(invoice: Invoice, *, today: date, rules: Rules) -> Decimal | None:
    """Return the standard compensation that may be claimed (forsinkelsesrenteloven § 3 a).

    0 unless claimed, 0 for a person (§ 4, INK-31), at most the row in force ``today``;
    ``None`` when claimed and no row covers ``today``.
    """
    claimed = invoice.compensation_claimed
    if not claimed or invoice.debtor.kind is DebtorKind.PERSON:
        return _NOTHING
    row = row_on(rules.compensation, today)
    if row is None or invoice.currency != _LAWS_CURRENCY:
        return None
    return round_half_up(min(claimed, row.value))


def accrued_interest(
    invoice: Invoice, *, due_on: date, today: date, rules: Rules
) -> Decimal | None:
    """Return late interest to ``today``, rounded once to øre; ``None`` if a day has no rate row.

    0 on the due date itself, however its own day is counted later (``interest_on_due_date``).
    """
    if today <= due_on:
        return _NOTHING
    reductions = [(payment.paid_on, payment.amount) for payment in invoice.payments]
    reductions += [(note.issued_on, note.amount) for note in invoice.credit_notes]
    exact = late_interest(
        invoice.outstanding,
        reductions,
        due_on=add_days(due_on, -1) if rules.interest_on_due_date else due_on,
        until=today,
        rules=rules,
    )
    return None if exact is None else round_half_up(exact)
