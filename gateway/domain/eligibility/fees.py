"""Rules about fees, compensation and interest: what may not be claimed is left out, and told."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import DebtorKind, NoticeKind
from gateway.domain.letter_fees import FeeCut, LetterFee
from gateway.domain.wording import Money, Said, Words

_LETTERS_CURRENCY = "NOK"

FEE_ON = Words(
    "fee.on_letter",
    "the fee of {amount} on the {letter} of {sent_on}",
    "gebyret på {amount} for {letter} av {sent_on}",
)
LOWERED = Words(
    "fee.lowered",
    "the fee of {amount} on the {letter} of {sent_on} to {most}",
    "gebyret på {amount} for {letter} av {sent_on} til {most}",
)
REMINDER = Words("letter.reminder", "reminder", "purringen")
COLLECTION_NOTICE = Words("letter.collection_notice", "collection notice", "inkassovarselet")
PAYMENT_DEMAND = Words("letter.payment_demand", "payment demand", "betalingsoppfordringen")
TOO_EARLY = Words(
    "INK-26.too_early",
    "Left out: {letters}, sent less than {days} days after the due date {due_on}.",
    "Utelatt: {letters}, sendt mindre enn {days} dager etter forfallsdagen {due_on}.",
)
ABOVE_CAP = Words(
    "INK-27.above_cap",
    "Lowered to the highest lawful fee: {letters}.",
    "Satt ned til høyeste lovlige gebyr: {letters}.",
)
SURPLUS = Words(
    "INK-28.surplus",
    "Left out: {letters}. At most {most} letters bear a fee, the second only if the debtor missed a"
    " deadline of at least {days} days in a first reminder.",
    "Utelatt: {letters}. Høyst {most} brev kan ha gebyr, det andre bare om skyldneren har"
    " oversittet en frist på minst {days} dager i en første purring.",
)
FROM_A_PERSON = Words(
    "INK-31.person",
    "Left out: the compensation of {claimed}; the debtor is a person.",
    "Utelatt: kompensasjonen på {claimed}; skyldneren er en privatperson.",
)
COMPENSATION_KEPT = Words(
    "INK-32.compensation_kept",
    "Both fees ({fees}) and compensation ({compensation}) are claimed; only the larger stands:"
    " compensation kept, fees left out.",
    "Både gebyr ({fees}) og kompensasjon ({compensation}) er krevd; bare det største står:"
    " kompensasjonen beholdes, gebyrene utelates.",
)
FEES_KEPT = Words(
    "INK-32.fees_kept",
    "Both fees ({fees}) and compensation ({compensation}) are claimed; only the larger stands:"
    " fees kept, compensation left out.",
    "Både gebyr ({fees}) og kompensasjon ({compensation}) er krevd; bare det største står:"
    " gebyrene beholdes, kompensasjonen utelates.",
)
INTEREST_LOWERED = Words(
    "INK-33.lowered",
    "The interest of {claimed} that is claimed is lowered to the statutory {allowed}: simple"
    " interest on the principal, none on interest or fees.",
    "Krevd rente på {claimed} settes ned til lovens {allowed}: enkel rente av hovedstolen, ingen"
    " rente av renter eller gebyr.",
)
ABOVE_STANDARD = Words(
    "GW-02.above_standard",
    "The compensation of {claimed} is lowered to the standard {allowed}.",
    "Kompensasjonen på {claimed} settes ned til standardbeløpet {allowed}.",
)
# Bound once: Python 3.11 reads an enum's member slowly, and these are asked of every claim.
_TOO_EARLY, _ABOVE_CAP, _SURPLUS = FeeCut.TOO_EARLY, FeeCut.ABOVE_CAP, FeeCut.SURPLUS
_LETTERS = {
    NoticeKind.REMINDER: REMINDER,
    NoticeKind.COLLECTION_NOTICE: COLLECTION_NOTICE,
    NoticeKind.PAYMENT_DEMAND: PAYMENT_DEMAND,
}


@rule(
    "INK-26",
    Effect.STRIP,
    en="A letter bears a fee only if sent at least 14 days after the due date.",
    nb="Et brev har bare gebyr når det er sendt minst 14 dager etter forfallsdagen.",
    source="inkassoforskriften § 1-2",
)
def fee_too_early(facts: Facts) -> Finding | None:
    """Leave out fees on letters sent too early."""
    cut = _cut(facts, _TOO_EARLY)
    if not cut or facts.due_on is None:
        return None
    days = facts.rules.letter_fees.min_days_after_due
    return Finding(says=TOO_EARLY(letters=_letters(cut), days=days, due_on=facts.due_on))


@rule(
    "INK-27",
    Effect.STRIP,
    en="A letter's fee is at most 1/20 of the collection rate, a payment demand's 3/20.",
    nb="Et brevs gebyr er høyst 1/20 av inkassosatsen, en betalingsoppfordrings 3/20.",
    source="inkassoforskriften § 1-2",
)
def fee_above_cap(facts: Facts) -> Finding | None:
    """Lower fees that are above the cap of the day the letter was sent."""
    lowered = tuple(
        LOWERED(
            amount=_kroner(fee),
            letter=_LETTERS[fee.letter.kind](),
            sent_on=fee.letter.sent_on,
            most=Money(amount=fee.claimable, currency=_LETTERS_CURRENCY),
        )
        for fee in _cut(facts, _ABOVE_CAP)
        if fee.claimable is not None
    )
    return Finding(says=ABOVE_CAP(letters=lowered)) if lowered else None


@rule(
    "INK-28",
    Effect.STRIP,
    en="At most two letters bear a fee; the second only after a missed 14-day reminder deadline.",
    nb="Høyst to brev har gebyr; det andre bare etter en oversittet purrefrist på 14 dager.",
    source="inkassoforskriften § 1-3",
)
def fee_surplus(facts: Facts) -> Finding | None:
    """Leave out fees on letters beyond what the law allows."""
    cut = _cut(facts, _SURPLUS)
    if not cut:
        return None
    terms = facts.rules.letter_fees
    return Finding(
        says=SURPLUS(
            letters=_letters(cut),
            most=terms.max_fee_letters,
            days=terms.second_fee_needs_deadline_days,
        )
    )


@rule(
    "INK-31",
    Effect.STRIP,
    en="Standard compensation is for business and public debtors only.",
    nb="Standardkompensasjon gjelder bare næringsdrivende og offentlige skyldnere.",
    source="forsinkelsesrenteloven §§ 3 a and 4",
)
def compensation_from_consumer(facts: Facts) -> Finding | None:
    """Leave out compensation claimed from a person."""
    claimed = facts.invoice.compensation_claimed
    if not claimed or facts.invoice.debtor.kind is not DebtorKind.PERSON:
        return None
    return Finding(says=FROM_A_PERSON(claimed=_money(facts, claimed)))


@rule(
    "INK-32",
    Effect.STRIP,
    en="Compensation and letter fees are not added: the larger of the two stands.",
    nb="Kompensasjon og gebyr legges ikke sammen: det største av dem står.",
    source="inkassoforskriften §§ 1-5 and 2-6",
)
def compensation_and_fees(facts: Facts) -> Finding | None:
    """Tell which of the two was left out."""
    fees, compensation = facts.claimable_fees, facts.compensation
    if not fees or not compensation:
        return None
    words = COMPENSATION_KEPT if compensation >= fees else FEES_KEPT
    says = words(fees=_money(facts, fees), compensation=_money(facts, compensation))
    return Finding(says=says)


@rule(
    "INK-33",
    Effect.STRIP,
    en="Late interest is simple and at most the statutory rate.",
    nb="Forsinkelsesrenten er enkel rente og høyst lovens sats.",
    source="forsinkelsesrenteloven § 3; Rt. 1998 p. 198",
)
def interest_above_statutory(facts: Facts) -> Finding | None:
    """Lower interest that is claimed above what the law gives to this day, worked out anew."""
    claimed, allowed = facts.invoice.interest_claimed, facts.amounts.interest
    if claimed is None or allowed is None or claimed - allowed <= facts.rules.interest_tolerance:
        return None
    return Finding(
        says=INTEREST_LOWERED(claimed=_money(facts, claimed), allowed=_money(facts, allowed))
    )


@rule(
    "GW-02",
    Effect.STRIP,
    en="Compensation is at most the standard amount in force.",
    nb="Kompensasjonen er høyst standardbeløpet som gjelder.",
    source="forsinkelsesrenteloven § 3 a",
)
def compensation_above_standard(facts: Facts) -> Finding | None:
    """Lower a compensation that is above the standard amount."""
    claimed, allowed = facts.invoice.compensation_claimed, facts.compensation
    if not claimed or not allowed or claimed <= allowed:
        return None
    return Finding(
        says=ABOVE_STANDARD(claimed=_money(facts, claimed), allowed=_money(facts, allowed))
    )


def _cut(facts: Facts, cut: FeeCut) -> list[LetterFee]:
    return [fee for fee in facts.fees if fee.cut is cut]


def _letters(fees: list[LetterFee]) -> tuple[Said, ...]:
    return tuple(
        FEE_ON(amount=_kroner(fee), letter=_LETTERS[fee.letter.kind](), sent_on=fee.letter.sent_on)
        for fee in fees
    )


def _kroner(fee: LetterFee) -> Money:
    return Money(amount=fee.letter.fee, currency=_LETTERS_CURRENCY)


def _money(facts: Facts, amount: Decimal) -> Money:
    return Money(amount=amount, currency=facts.invoice.currency)


RULES = (
    fee_too_early,
    fee_above_cap,
    fee_surplus,
    compensation_from_consumer,
    compensation_and_fees,
    interest_above_statutory,
    compensation_above_standard,
)
