from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.claim import ClaimState
from gateway.domain.decision import Decision, Effect, Outcome
from gateway.domain.eligibility.hand_over import SAME_NUMBER
from gateway.domain.invoice import (
    Address,
    CreditNote,
    Debtor,
    DebtorKind,
    Insolvency,
    InsolvencyKind,
    Invoice,
    Notice,
    Objection,
    ObjectionOutcome,
    Payment,
)
from gateway.domain.rules import NoticeBy, Policy
from gateway.domain.standing import Sibling, Standing

D = date.fromisoformat
Make = Callable[..., Invoice]
MakeDebtor = Callable[..., Debtor]
Letter = Callable[..., Notice]
Decided = Callable[..., Decision]


def verdict(decision: Decision) -> tuple[str, list[str]]:
    return decision.outcome.value, [reason.rule for reason in decision.reasons]


def warned(decision: Decision) -> list[str]:
    return [warning.rule for warning in decision.warnings]


def test_a_paid_claim_is_rejected(an_invoice: Make, decided: Decided) -> None:
    paid = Payment(id="p", paid_on=D("2026-11-02"), amount=Decimal("10000.00"))

    decision = decided(an_invoice(outstanding=Decimal(0), payments=(paid,)))

    assert verdict(decision) == ("reject", ["INK-02"])


@pytest.mark.parametrize(
    ("outstanding", "expected", "warnings"),
    [
        ("10000.01", ("reject", ["INK-29"]), []),
        ("8500.01", ("reject", ["INK-29"]), []),
        ("8500.00", ("forward", []), []),
        ("8499.99", ("forward", []), ["INK-29"]),
    ],
)
def test_the_principal_must_be_what_payments_and_credits_leave(
    outstanding: str,
    expected: tuple[str, list[str]],
    warnings: list[str],
    an_invoice: Make,
    decided: Decided,
) -> None:
    invoice = an_invoice(
        outstanding=Decimal(outstanding),
        payments=(Payment(id="p", paid_on=D("2026-09-20"), amount=Decimal("1000.00")),),
        credit_notes=(CreditNote(id="c", issued_on=D("2026-09-21"), amount=Decimal("500.00")),),
    )

    decision = decided(invoice)

    assert (verdict(decision), warned(decision)) == (expected, warnings)
    assert decision.amounts.principal == Decimal(outstanding)


def answered(resolved_on: str | None) -> Objection:
    return Objection(
        raised_on=D("2026-11-01"),
        resolved_on=D(resolved_on) if resolved_on else None,
        outcome=ObjectionOutcome.ANSWERED,
    )


def test_an_answered_objection_holds_and_then_asks_a_person(
    an_invoice: Make, decided: Decided
) -> None:
    invoice = an_invoice(objection=answered("2026-11-10"))

    held = decided(invoice, "2026-11-24")
    after = decided(invoice, "2026-11-25")

    assert (verdict(held), held.hold_until) == (("hold", ["INK-13"]), D("2026-11-25"))
    assert (verdict(after), after.hold_until) == (("review", ["INK-13"]), None)


@pytest.mark.parametrize("resolved_on", [None, "2026-11-25"])
def test_an_answer_without_a_day_or_still_to_come_leaves_the_objection_open(
    resolved_on: str | None, an_invoice: Make, decided: Decided
) -> None:
    assert verdict(decided(an_invoice(objection=answered(resolved_on)))) == ("reject", ["INK-12"])


def test_a_withdrawn_objection_is_none_and_an_upheld_one_ends_the_claim(
    an_invoice: Make, decided: Decided
) -> None:
    def outcome(ended: ObjectionOutcome) -> tuple[str, list[str]]:
        objection = Objection(raised_on=D("2026-11-01"), resolved_on=D("2026-11-02"), outcome=ended)
        return verdict(decided(an_invoice(objection=objection)))

    assert outcome(ObjectionOutcome.WITHDRAWN) == ("forward", [])
    assert outcome(ObjectionOutcome.UPHELD) == ("reject", ["INK-12"])


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("4000.00", ("review", ["INK-14"])), ("10000.00", ("reject", ["INK-12"]))],
)
def test_a_partly_disputed_claim_goes_to_a_person(
    amount: str, expected: tuple[str, list[str]], an_invoice: Make, decided: Decided
) -> None:
    objection = Objection(raised_on=D("2026-11-01"), amount=Decimal(amount))
    frozen = Standing(creditor_id="acme", frozen_on=D("2026-11-01"))

    assert verdict(decided(an_invoice(objection=objection))) == expected
    assert verdict(decided(an_invoice(objection=objection), standing=frozen)) == expected


@pytest.mark.parametrize(
    ("objection", "expected"),
    [
        (None, ("reject", ["INK-12"])),
        (answered("2026-11-20"), ("hold", ["INK-13"])),
        (answered("2026-11-14"), ("reject", ["INK-12", "INK-13"])),  # frozen again since
        (
            Objection(raised_on=D("2026-11-01"), outcome=ObjectionOutcome.WITHDRAWN),
            ("reject", ["INK-12"]),
        ),
    ],
)
def test_a_frozen_claim_is_rejected_unless_that_objection_was_answered(
    objection: Objection | None,
    expected: tuple[str, list[str]],
    an_invoice: Make,
    decided: Decided,
) -> None:
    frozen = Standing(creditor_id="acme", frozen_on=D("2026-11-15"))

    assert verdict(decided(an_invoice(objection=objection), standing=frozen)) == expected


@pytest.mark.parametrize(
    "facts",
    [
        {"birth_date": D("2008-11-25")},  # 18 tomorrow
        {"birth_date": D("2008-08-15")},  # 17 when the invoice was issued
        {"birth_date": D("2008-02-29"), "contract_on": D("2026-02-28")},
    ],
)
def test_a_minors_claim_goes_to_a_person_without_fees(
    facts: dict[str, Any],
    an_invoice: Make,
    a_debtor: MakeDebtor,
    a_letter: Letter,
    decided: Decided,
) -> None:
    notices = (a_letter("2026-10-02", "2026-10-16", fee="38.00"),)

    decision = decided(an_invoice(debtor=a_debtor(**facts), notices=notices))

    assert verdict(decision) == ("review", ["INK-18"])
    assert str(decision.amounts.fees) == "0.00"


@pytest.mark.parametrize(
    ("facts", "policy", "expected"),
    [
        ({"birth_date": D("1990-01-01")}, Policy(minors_possible=True), ("forward", [])),
        (
            {"birth_date": D("2008-02-29"), "contract_on": D("2026-03-01")},
            Policy(),
            ("forward", []),
        ),
        ({}, Policy(), ("forward", [])),
        ({}, Policy(minors_possible=True), ("review", ["INK-18"])),
        (
            {"kind": DebtorKind.ORGANIZATION, "organization_number": "974760673"},
            Policy(minors_possible=True),
            ("forward", []),
        ),
    ],
)
def test_an_unknown_age_matters_only_where_minors_are_possible(
    facts: dict[str, Any],
    policy: Policy,
    expected: tuple[str, list[str]],
    an_invoice: Make,
    a_debtor: MakeDebtor,
    decided: Decided,
) -> None:
    assert verdict(decided(an_invoice(debtor=a_debtor(**facts)), policy=policy)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"deceased": True}, ("reject", ["INK-19"])),
        ({"bankrupt": True}, ("reject", ["INK-20"])),
        ({"protected_address": True}, ("review", ["INK-23"])),
    ],
)
def test_debtors_who_need_care(
    facts: dict[str, Any],
    expected: tuple[str, list[str]],
    an_invoice: Make,
    a_debtor: MakeDebtor,
    decided: Decided,
) -> None:
    assert verdict(decided(an_invoice(debtor=a_debtor(**facts)))) == expected


@pytest.mark.parametrize(
    ("kind", "opened", "ended", "expected"),
    [
        ("debt_negotiation", None, None, ("review", ["INK-21"])),
        ("debt_negotiation", "2026-07-24", None, ("review", ["INK-21"])),
        ("debt_negotiation", "2026-07-25", None, ("hold", ["INK-21"])),
        ("debt_negotiation", "2026-09-15", "2026-11-24", ("forward", [])),
        ("debt_negotiation", "2026-09-15", "2026-11-25", ("hold", ["INK-21"])),
        ("debt_settlement", "2025-01-01", None, ("review", ["INK-22"])),
        ("winding_up", "2026-01-01", None, ("review", ["INK-22"])),
        ("dissolved", None, None, ("review", ["INK-22"])),
        ("debt_settlement", "2020-01-01", "2025-01-01", ("forward", [])),
    ],
)
def test_insolvency(
    kind: str,
    opened: str | None,
    ended: str | None,
    expected: tuple[str, list[str]],
    an_invoice: Make,
    a_debtor: MakeDebtor,
    decided: Decided,
) -> None:
    insolvency = Insolvency(
        kind=InsolvencyKind(kind),
        opened_on=D(opened) if opened else None,
        ended_on=D(ended) if ended else None,
    )

    assert verdict(decided(an_invoice(debtor=a_debtor(insolvency=insolvency)))) == expected


@pytest.mark.parametrize(
    ("country", "currency", "words"),
    [
        ("SE", "NOK", "The debtor's country is not"),
        ("NO", "EUR", "The claim's currency is not"),
        ("SE", "EUR", "nor the claim's currency"),
    ],
)
def test_abroad_a_person_decides(
    country: str,
    currency: str,
    words: str,
    an_invoice: Make,
    a_debtor: MakeDebtor,
    decided: Decided,
) -> None:
    address = Address(line1="Storgatan 1", postal_code="11122", city="Stad", country=country)

    decision = decided(an_invoice(debtor=a_debtor(address=address), currency=currency))

    assert verdict(decision) == ("review", ["INK-24"])
    assert words in decision.reasons[0].message


def test_small_letters_are_the_same_country(
    an_invoice: Make, a_debtor: MakeDebtor, decided: Decided
) -> None:
    address = Address(line1="Storgata 1", postal_code="0154", city="Oslo", country="no")

    assert decided(an_invoice(debtor=a_debtor(address=address))).outcome is Outcome.FORWARD


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        (
            {"address": None},
            [f"debtor.address.{part}" for part in ("line1", "postal_code", "city", "country")],
        ),
        (
            {"address": Address(line1="Storgata 1", city=" ", country="NO")},
            ["debtor.address.postal_code", "debtor.address.city"],
        ),
        ({"name": "  ", "number": ""}, ["debtor.number", "debtor.name"]),
        ({"kind": DebtorKind.ORGANIZATION}, ["debtor.organization_number"]),
        (
            {"kind": DebtorKind.PUBLIC, "organization_number": "974760674"},
            ["debtor.organization_number"],
        ),
    ],
)
def test_what_the_agency_needs_is_listed(
    facts: dict[str, Any],
    fields: list[str],
    an_invoice: Make,
    a_debtor: MakeDebtor,
    decided: Decided,
) -> None:
    decision = decided(an_invoice(debtor=a_debtor(**facts)))

    assert verdict(decision) == ("reject", ["INK-25"])
    assert list(decision.reasons[0].fields) == fields
    assert all(field in decision.reasons[0].message for field in fields)


def test_missing_and_wrong_fields_are_told_together(
    an_invoice: Make, a_debtor: MakeDebtor, decided: Decided
) -> None:
    debtor = a_debtor(kind=DebtorKind.ORGANIZATION, organization_number="12345", address=None)

    (reason,) = decided(an_invoice(debtor=debtor)).reasons

    assert "Not a valid organisation number: debtor.organization_number." in reason.message
    assert reason.fields[-1] == "debtor.organization_number"
    assert len(reason.fields) == 5


def test_a_foreign_organisations_number_is_not_held_to_norwegian_digits(
    an_invoice: Make, a_debtor: MakeDebtor, decided: Decided
) -> None:
    address = Address(line1="Storgatan 1", postal_code="11122", city="Stad", country="SE")
    debtor = a_debtor(
        kind=DebtorKind.ORGANIZATION, organization_number="556016-0680", address=address
    )

    assert verdict(decided(an_invoice(debtor=debtor))) == ("review", ["INK-24"])


def test_without_due_date_or_demand_nothing_can_be_counted(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    notices = (a_letter("2026-10-02", "2026-10-16", fee="38.00"),)

    decision = decided(an_invoice(due_date=None, notices=notices))

    assert verdict(decision) == ("reject", ["INK-25"])
    assert decision.reasons[0].fields == ("invoice.due_date",)
    assert decision.limitation_last_day is None
    assert (decision.amounts.fees, decision.amounts.interest, decision.amounts.total) == (
        None,
        None,
        None,
    )


def test_without_due_date_under_an_agency_notice_it_is_asked_for(
    an_invoice: Make, decided: Decided
) -> None:
    decision = decided(
        an_invoice(due_date=None, notices=()), policy=Policy(notice_by=NoticeBy.AGENCY)
    )

    assert verdict(decision) == ("reject", ["INK-25"])
    assert str(decision.amounts.fees) == "0.00"


def test_fees_that_may_not_be_claimed_are_left_out_and_told(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    notices = (
        a_letter("2026-09-10", "2026-09-24", kind="reminder", fee="38.00"),
        a_letter("2026-09-16", "2026-09-20", kind="reminder", fee="70.00"),
        a_letter("2026-10-02", "2026-10-16", fee="38.00"),
    )

    decision = decided(an_invoice(notices=notices))

    assert decision.outcome is Outcome.FORWARD
    assert str(decision.amounts.fees) == "38.00"
    early, capped, surplus = decision.warnings
    assert [early.rule, capped.rule, surplus.rule] == ["INK-26", "INK-27", "INK-28"]
    assert {early.effect, capped.effect, surplus.effect} == {Effect.STRIP}
    assert "38.00 NOK on the reminder of 2026-09-10" in early.message
    assert "70.00 NOK on the reminder of 2026-09-16 to 38.00 NOK" in capped.message
    assert "38.00 NOK on the collection notice of 2026-10-02" in surplus.message


@pytest.fixture
def business(a_debtor: MakeDebtor) -> Debtor:
    return a_debtor(kind=DebtorKind.ORGANIZATION, organization_number="974760673")


@pytest.mark.parametrize(
    ("claimed", "fee", "compensation", "fees", "warnings"),
    [
        (None, "38.00", "0.00", "38.00", []),
        ("430.00", "0", "430.00", "0.00", []),
        ("500.00", "0", "430.00", "0.00", ["GW-02"]),
        ("30.00", "38.00", "0.00", "38.00", ["INK-32"]),
        ("38.00", "38.00", "38.00", "0.00", ["INK-32"]),
    ],
)
def test_of_compensation_and_fees_the_larger_stands(
    claimed: str | None,
    fee: str,
    compensation: str,
    fees: str,
    warnings: list[str],
    an_invoice: Make,
    a_letter: Letter,
    business: Debtor,
    decided: Decided,
) -> None:
    invoice = an_invoice(
        debtor=business,
        compensation_claimed=Decimal(claimed) if claimed else None,
        notices=(a_letter("2026-10-02", "2026-10-16", fee=fee),),
    )

    decision = decided(invoice)

    assert decision.outcome is Outcome.FORWARD
    assert str(decision.amounts.compensation) == compensation
    assert str(decision.amounts.fees) == fees
    assert warned(decision) == warnings


def test_where_rates_end_the_claim_is_held_without_a_date_and_figures_are_unknown(
    an_invoice: Make, a_letter: Letter, business: Debtor, decided: Decided
) -> None:
    invoice = an_invoice(
        debtor=business,
        compensation_claimed=Decimal("430.00"),
        notices=(a_letter("2026-10-02", "2026-10-16", fee="38.00"),),
    )

    decision = decided(invoice, "2027-01-04")

    assert (verdict(decision), decision.hold_until) == (("hold", ["INK-34"]), None)
    assert "late interest on 2027-01-01" in decision.reasons[0].message
    assert "standard compensation on 2027-01-04" in decision.reasons[0].message
    amounts = decision.amounts
    assert (amounts.interest, amounts.compensation, amounts.total) == (None, None, None)
    assert str(amounts.fees) == "38.00"


def test_a_letter_from_before_the_first_rate_row_holds_too(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    notices = (a_letter("2016-12-02", "2016-12-16", fee="35.00"),)

    decision = decided(an_invoice(due_date=D("2016-11-01"), notices=notices), "2016-12-20")

    assert verdict(decision) == ("hold", ["INK-34"])
    assert "the collection rate on 2016-12-02" in decision.reasons[0].message
    assert decision.amounts.fees is None


def test_fees_in_kroner_are_not_added_to_a_claim_in_another_currency(
    an_invoice: Make, a_letter: Letter, business: Debtor, decided: Decided
) -> None:
    decision = decided(
        an_invoice(
            currency="EUR",
            debtor=business,
            compensation_claimed=Decimal("430.00"),
            notices=(a_letter("2026-10-02", "2026-10-16", fee="38.00"),),
        )
    )

    assert verdict(decision) == ("review", ["INK-24"])
    assert (decision.amounts.fees, decision.amounts.compensation) == (None, None)
    assert str(decision.amounts.interest) == "281.92"


def sibling(state: ClaimState, *, currency: str = "NOK", frozen: bool = False) -> Sibling:
    return Sibling(
        invoice_id="inv-7",
        invoice_number="20007",
        currency=currency,
        state=state,
        frozen=frozen,
    )


@pytest.mark.parametrize(
    ("other", "warnings"),
    [
        (sibling(ClaimState.READY), ["INK-35"]),
        (sibling(ClaimState.READY, currency="EUR"), []),
        (sibling(ClaimState.READY, frozen=True), []),
        (sibling(ClaimState.HELD), []),
        (sibling(ClaimState.ACTIVE), ["INK-36"]),
        (sibling(ClaimState.SENDING), ["INK-36"]),
    ],
)
def test_siblings_are_told_with_the_merge_key(
    other: Sibling, warnings: list[str], an_invoice: Make, decided: Decided
) -> None:
    standing = Standing(creditor_id="acme", siblings=(other,))

    decision = decided(an_invoice(), standing=standing)

    assert decision.outcome is Outcome.FORWARD
    assert decision.merge_key == "acme/10001"
    assert warned(decision) == warnings
    for warning in decision.warnings:
        assert "20007" in warning.message
        assert "acme/10001" in warning.message


def test_siblings_are_not_told_of_a_claim_that_does_not_go(
    an_invoice: Make, decided: Decided
) -> None:
    siblings = (sibling(ClaimState.READY), sibling(ClaimState.ACTIVE))
    standing = Standing(creditor_id="acme", siblings=siblings, at_agency=True)

    decision = decided(an_invoice(), standing=standing)

    assert verdict(decision) == ("reject", ["INK-38"])
    assert decision.warnings == ()


def test_a_doubtful_identity_goes_to_a_person(an_invoice: Make, decided: Decided) -> None:
    standing = Standing(creditor_id="acme", identity_conflict=SAME_NUMBER(invoice_id="inv-9"))

    decision = decided(an_invoice(), standing=standing)

    assert verdict(decision) == ("review", ["GW-01"])
    assert decision.reasons[0].message.endswith("also came as invoice inv-9.")
