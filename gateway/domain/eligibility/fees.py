"""Rules about letter fees and compensation: what may not be claimed is left out, and told."""

from __future__ import annotations

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, in_money, rule
from gateway.domain.invoice import DebtorKind
from gateway.domain.letter_fees import FeeCut, LetterFee

_LETTERS_CURRENCY = "NOK"


@rule(
    "INK-26",
    Effect.STRIP,
    "A letter bears a fee only if sent at least 14 days after the due date.",
    source="inkassoforskriften § 1-2",
)
def fee_too_early(facts: Facts) -> Finding | None:
    """Leave out fees on letters sent too early."""
    cut = _cut(facts, FeeCut.TOO_EARLY)
    if not cut:
        return None
    days = facts.rules.letter_fees.min_days_after_due
    return Finding(
        message=f"Left out: {_letters(cut)}, sent less than {days} days after the due date"
        f" {facts.due_on}."
    )


@rule(
    "INK-27",
    Effect.STRIP,
    "A letter's fee is at most 1/20 of the collection rate, a payment demand's 3/20.",
    source="inkassoforskriften § 1-2",
)
def fee_above_cap(facts: Facts) -> Finding | None:
    """Lower fees that are above the cap of the day the letter was sent."""
    cut = _cut(facts, FeeCut.ABOVE_CAP)
    if not cut:
        return None
    lowered = "; ".join(
        f"{_letter(fee)} to {in_money(fee.claimable, _LETTERS_CURRENCY)}"
        for fee in cut
        if fee.claimable is not None
    )
    return Finding(message=f"Lowered to the highest lawful fee: {lowered}.")


@rule(
    "INK-28",
    Effect.STRIP,
    "At most two letters bear a fee; the second only after a missed 14-day deadline in a reminder.",
    source="inkassoforskriften § 1-3",
)
def fee_surplus(facts: Facts) -> Finding | None:
    """Leave out fees on letters beyond what the law allows."""
    cut = _cut(facts, FeeCut.SURPLUS)
    if not cut:
        return None
    terms = facts.rules.letter_fees
    return Finding(
        message=f"Left out: {_letters(cut)}. At most {terms.max_fee_letters} letters bear a fee,"
        " the second only if the debtor missed a deadline of at least"
        f" {terms.second_fee_needs_deadline_days} days in a first reminder."
    )


@rule(
    "INK-31",
    Effect.STRIP,
    "Standard compensation is for business and public debtors only.",
    source="forsinkelsesrenteloven §§ 3 a and 4",
)
def compensation_from_consumer(facts: Facts) -> Finding | None:
    """Leave out compensation claimed from a person."""
    claimed = facts.invoice.compensation_claimed
    if not claimed or facts.invoice.debtor.kind is not DebtorKind.PERSON:
        return None
    return Finding(
        message=f"Left out: the compensation of {in_money(claimed, facts.invoice.currency)};"
        " the debtor is a person."
    )


@rule(
    "INK-32",
    Effect.STRIP,
    "Compensation and letter fees are not added: the larger of the two stands.",
    source="inkassoforskriften §§ 1-5 and 2-6",
)
def compensation_and_fees(facts: Facts) -> Finding | None:
    """Tell which of the two was left out."""
    fees, compensation = facts.claimable_fees, facts.compensation
    if not fees or not compensation:
        return None
    currency = facts.invoice.currency
    kept, left = ("compensation", "fees") if compensation >= fees else ("fees", "compensation")
    return Finding(
        message=f"Both fees ({in_money(fees, currency)}) and compensation"
        f" ({in_money(compensation, currency)}) are claimed; only the larger stands: {kept} kept,"
        f" {left} left out."
    )


@rule(
    "GW-02",
    Effect.STRIP,
    "Compensation is at most the standard amount in force.",
    source="forsinkelsesrenteloven § 3 a",
)
def compensation_above_standard(facts: Facts) -> Finding | None:
    """Lower a compensation that is above the standard amount."""
    claimed, allowed = facts.invoice.compensation_claimed, facts.compensation
    if not claimed or not allowed or claimed <= allowed:
        return None
    currency = facts.invoice.currency
    return Finding(
        message=f"The compensation of {in_money(claimed, currency)} is lowered to the standard"
        f" {in_money(allowed, currency)}."
    )


def _cut(facts: Facts, cut: FeeCut) -> list[LetterFee]:
    return [fee for fee in facts.fees if fee.cut is cut]


def _letters(fees: list[LetterFee]) -> str:
    return " and ".join(_letter(fee) for fee in fees)


def _letter(fee: LetterFee) -> str:
    kind = fee.letter.kind.value.replace("_", " ")
    amount = in_money(fee.letter.fee, _LETTERS_CURRENCY)
    return f"the fee of {amount} on the {kind} of {fee.letter.sent_on}"


RULES = (
    fee_too_early,
    fee_above_cap,
    fee_surplus,
    compensation_from_consumer,
    compensation_and_fees,
    compensation_above_standard,
)
