"""Rules about the principal: there is some, and it is nothing but principal."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, in_money, rule
from gateway.domain.invoice import Invoice


@rule(
    "INK-02",
    Effect.REJECT,
    "Without open principal after payments and credit notes there is no claim.",
    source="inkassoloven § 8 (only a claim that exists may be collected)",
)
def nothing_outstanding(facts: Facts) -> Finding | None:
    """Reject a claim that is paid or credited in full."""
    invoice = facts.invoice
    if invoice.outstanding > 0:
        return None
    total = in_money(invoice.total, invoice.currency)
    return Finding(message=f"Nothing is outstanding of the invoice's {total}.")


@rule(
    "INK-29",
    Effect.REJECT,
    "Fees, interest and compensation are kept out of the principal.",
    source="inkassoforskriften ch. 2 (the claim is principal); Finanstilsynet 2020",
)
def principal_does_not_add_up(facts: Facts) -> Finding | None:
    """Reject a principal above what the invoice, payments and credits leave; warn if below."""
    invoice = facts.invoice
    if invoice.outstanding > invoice.total:
        return Finding(
            message=f"The outstanding {_money(invoice, invoice.outstanding)} is more than the"
            f" invoice's total {_money(invoice, invoice.total)}: fees or interest seem to be"
            " included. State them separately."
        )
    paid = sum((payment.amount for payment in invoice.payments), Decimal(0))
    credited = sum((note.amount for note in invoice.credit_notes), Decimal(0))
    left = invoice.total - paid - credited
    if left == invoice.outstanding:
        return None
    told = (
        f"total {_money(invoice, invoice.total)} less payments {_money(invoice, paid)} and credit"
        f" notes {_money(invoice, credited)} leaves {_money(invoice, left)}"
    )
    outstanding = _money(invoice, invoice.outstanding)
    if left < invoice.outstanding:
        return Finding(
            message=f"The outstanding {outstanding} is more than the invoice leaves: {told}."
            " Fees or interest seem to be included, or a payment is not deducted."
        )
    return Finding(
        message=f"The outstanding {outstanding} is less than the invoice leaves ({told});"
        " the outstanding amount is used.",
        effect=Effect.WARN,
    )


def _money(invoice: Invoice, amount: Decimal) -> str:
    return in_money(amount, invoice.currency)


RULES = (nothing_outstanding, principal_does_not_add_up)
