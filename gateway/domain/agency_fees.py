"""What the agency may charge the debtor at most: a preview, the agency charges it and not we.

Inkassoforskriften ch. 2: a factor by the size of the claim times the collection rate in force when
the principal is paid; double once the payment demand's deadline has been exceeded by more than 28
days; more for a debtor who is no consumer, and where the creditor cannot deduct the VAT. Not
rounded in law; øre here, a half up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from gateway.domain.business_days import add_days
from gateway.domain.dated_rows import row_on
from gateway.domain.invoice import DebtorKind, Invoice
from gateway.domain.money import round_half_up
from gateway.domain.rules import Policy, Rules

_LAWS_CURRENCY = "NOK"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyFee:
    """The caps in NOK: ``light`` at first, ``heavy`` later."""

    light: Decimal
    heavy: Decimal


def agency_fee(
    principal: Decimal, *, kind: DebtorKind, vat_liable: bool, paid_on: date, rules: Rules
) -> AgencyFee | None:
    """Return the caps on one case; ``None`` where no rate row covers ``paid_on``.

    ``principal`` (NOK) is that of all claims of the case together, with interest from before the
    due date and without later interest or costs.
    """
    row = row_on(rules.collection_rate, paid_on)
    if row is None:
        return None
    terms = rules.agency_fees
    factor = next(
        band.factor for band in terms.bands if band.up_to is None or principal <= band.up_to
    )
    exact = Fraction(row.value) * factor
    if kind is not DebtorKind.PERSON:
        exact *= terms.business_factor
    if not vat_liable:
        exact *= 1 + terms.vat_share
    return AgencyFee(light=round_half_up(exact), heavy=round_half_up(exact * terms.heavy_factor))


def agency_fee_of(invoice: Invoice, *, policy: Policy, rules: Rules, on: date) -> AgencyFee | None:
    """Return the caps if the claim were a case of its own; ``None`` in another currency too."""
    if invoice.currency != _LAWS_CURRENCY:
        return None
    return agency_fee(
        invoice.outstanding,
        kind=invoice.debtor.kind,
        vat_liable=policy.vat_liable,
        paid_on=on,
        rules=rules,
    )


def still_chargeable(cap: Decimal, compensation: Decimal) -> Decimal:
    """What remains of a cap once standard compensation is claimed (inkassoforskriften § 2-6)."""
    return max(Decimal("0.00"), cap - compensation)


def heavy_from(demand_deadline: date, rules: Rules) -> date:
    """Return the first day of the heavy fee after a payment demand's deadline, days literal."""
    return add_days(demand_deadline, rules.agency_fees.heavy_after_days + 1)
