"""Rules about the principal: there is some, nothing but principal, and enough to be worth it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import CreditNote, Invoice, Payment
from gateway.domain.wording import Money, Words

_NOTHING = Decimal(0)

NOTHING_LEFT = Words(
    "INK-02.nothing",
    "Nothing is outstanding of the invoice's {total}.",
    "Ingenting gjenstår av fakturaens {total}.",
)
ABOVE_TOTAL = Words(
    "INK-29.above_total",
    "The outstanding {outstanding} is more than the invoice's total {total}: fees or interest seem"
    " to be included. State them separately.",
    "Utestående {outstanding} er mer enn fakturaens total {total}: gebyr eller renter ser ut til å"
    " være tatt med. Oppgi dem for seg.",
)
ABOVE_REST = Words(
    "INK-29.above_rest",
    "The outstanding {outstanding} is more than the invoice leaves: total {total} less payments"
    " {paid} and credit notes {credited} leaves {left}. Fees or interest seem to be included, or a"
    " payment is not deducted.",
    "Utestående {outstanding} er mer enn fakturaen gir rom for: total {total} minus betalinger"
    " {paid} og kreditnotaer {credited} gir {left}. Gebyr eller renter ser ut til å være tatt med,"
    " eller en betaling er ikke trukket fra.",
)
BELOW_REST = Words(
    "INK-29.below_rest",
    "The outstanding {outstanding} is less than the invoice leaves (total {total} less payments"
    " {paid} and credit notes {credited} leaves {left}); the outstanding amount is used.",
    "Utestående {outstanding} er mindre enn det fakturaen gir (total {total} minus betalinger"
    " {paid} og kreditnotaer {credited} gir {left}); utestående beløp brukes.",
)
BELOW_MINIMUM = Words(
    "GW-06.below",
    "The outstanding {outstanding} is below the creditor's minimum of {minimum}.",
    "Utestående {outstanding} er under fordringshaverens minstebeløp på {minimum}.",
)


@rule(
    "INK-02",
    Effect.REJECT,
    en="Without open principal after payments and credit notes there is no claim.",
    nb="Uten åpen hovedstol etter betalinger og kreditnotaer er det ikke noe krav.",
    source="inkassoloven § 8 (only a claim that exists may be collected)",
)
def nothing_outstanding(facts: Facts) -> Finding | None:
    """Reject a claim that is paid or credited in full."""
    invoice = facts.invoice
    if invoice.outstanding > 0:
        return None
    return Finding(says=NOTHING_LEFT(total=_money(invoice, invoice.total)))


@rule(
    "INK-29",
    Effect.REJECT,
    en="Fees, interest and compensation are kept out of the principal.",
    nb="Gebyr, renter og kompensasjon holdes utenfor hovedstolen.",
    source="inkassoforskriften ch. 2 (the claim is principal); Finanstilsynet 2020",
)
def principal_does_not_add_up(facts: Facts) -> Finding | None:
    """Reject a principal above what the invoice, payments and credits leave; warn if below."""
    invoice = facts.invoice
    if invoice.outstanding > invoice.total:
        outstanding = _money(invoice, invoice.outstanding)
        return Finding(
            says=ABOVE_TOTAL(outstanding=outstanding, total=_money(invoice, invoice.total))
        )
    paid, credited = _sum(invoice.payments), _sum(invoice.credit_notes)
    left = invoice.total - paid - credited
    if left == invoice.outstanding:
        return None
    words = ABOVE_REST if left < invoice.outstanding else BELOW_REST
    says = words(
        outstanding=_money(invoice, invoice.outstanding),
        total=_money(invoice, invoice.total),
        paid=_money(invoice, paid),
        credited=_money(invoice, credited),
        left=_money(invoice, left),
    )
    return Finding(says=says, effect=Effect.WARN if words is BELOW_REST else None)


@rule(
    "GW-06",
    Effect.HOLD,
    en="A claim below the creditor's minimum is not collected unless a person says so.",
    nb="Et krav under fordringshaverens minstebeløp kreves ikke inn uten at noen bestemmer det.",
    source="gateway policy (the law has no minimum)",
    policy=("amount_min",),
    a_person_may_override=True,
)
def below_minimum(facts: Facts) -> Finding | None:
    """Hold, without a date, what is not worth it."""
    invoice, minimum = facts.invoice, facts.policy.amount_min
    if not 0 < invoice.outstanding < minimum:
        return None
    return Finding(
        says=BELOW_MINIMUM(
            outstanding=_money(invoice, invoice.outstanding),
            minimum=Money(amount=minimum, currency="NOK"),
        )
    )


def _sum(parts: Sequence[Payment | CreditNote]) -> Decimal:
    return sum((part.amount for part in parts), _NOTHING) if parts else _NOTHING


def _money(invoice: Invoice, amount: Decimal) -> Money:
    return Money(amount=amount, currency=invoice.currency)


RULES = (nothing_outstanding, principal_does_not_add_up, below_minimum)
