"""Whatever the ledger tells, there is a decision; and some facts can never lead to a hand-over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.claim import ClaimState
from gateway.domain.decision import Decision, Effect, Outcome
from gateway.domain.eligibility.decide import decide
from gateway.domain.eligibility.hand_over import SAME_NUMBER
from gateway.domain.invoice import (
    Address,
    Channel,
    CreditNote,
    Debtor,
    DebtorKind,
    Insolvency,
    InsolvencyKind,
    Invoice,
    Notice,
    NoticeKind,
    Objection,
    ObjectionOutcome,
    Payment,
    PaymentPlan,
)
from gateway.domain.rules import NoticeBy, Policy, Rules
from gateway.domain.standing import Sibling, Standing

D = date.fromisoformat

# Half of the days are near the fixed present, or nothing would ever be forwarded.
NEAR = st.dates(date(2026, 8, 1), date(2026, 12, 31))
DAYS = NEAR | st.dates()
AMOUNTS = st.decimals(0, 10**12, places=2) | st.sampled_from([Decimal(0), Decimal(100)])
TEXT = st.sampled_from(["", " ", "Oslo", "Åse 😀", "x" * 300])


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


ADDRESSES = st.builds(
    Address,
    line1=maybe(TEXT),
    postal_code=maybe(TEXT),
    city=maybe(TEXT),
    country=maybe(st.sampled_from(["NO", "SE", ""])),
) | st.just(Address(line1="Gata 1", postal_code="0154", city="Oslo", country="NO"))
DEBTORS = st.builds(
    Debtor,
    number=st.sampled_from(["10001", ""]),
    name=TEXT,
    kind=st.sampled_from(DebtorKind),
    organization_number=maybe(st.sampled_from(["974760673", "1", "x"])),
    birth_date=maybe(DAYS),
    contract_on=maybe(DAYS),
    address=maybe(ADDRESSES),
    protected_address=st.booleans(),
    deceased=st.booleans(),
    bankrupt=st.booleans(),
    insolvency=maybe(
        st.builds(
            Insolvency,
            kind=st.sampled_from(InsolvencyKind),
            opened_on=maybe(DAYS),
            ended_on=maybe(DAYS),
        )
    ),
)
NOTICES = st.builds(
    Notice,
    kind=st.sampled_from(NoticeKind),
    sent_on=DAYS,
    deadline=maybe(DAYS),
    channel=maybe(st.sampled_from(Channel)),
    fee=AMOUNTS,
)
OBJECTIONS = st.builds(
    Objection,
    raised_on=DAYS,
    amount=maybe(AMOUNTS),
    resolved_on=maybe(DAYS),
    outcome=maybe(st.sampled_from(ObjectionOutcome)),
)
INVOICES = st.builds(
    Invoice,
    id=st.just("inv-1"),
    number=st.just("1"),
    issue_date=DAYS,
    currency=st.sampled_from(["NOK", "EUR"]),
    total=AMOUNTS,
    outstanding=AMOUNTS,
    debtor=DEBTORS,
    due_date=maybe(DAYS),
    supplied_on=maybe(DAYS),
    demand_sent_on=maybe(DAYS),
    notices=st.lists(NOTICES, max_size=4).map(tuple),
    payments=st.lists(
        st.builds(Payment, id=st.just("p"), paid_on=DAYS, amount=AMOUNTS), max_size=3
    ).map(tuple),
    credit_notes=st.lists(
        st.builds(CreditNote, id=st.just("c"), issued_on=DAYS, amount=AMOUNTS), max_size=2
    ).map(tuple),
    objection=maybe(OBJECTIONS),
    payment_plan=maybe(
        st.builds(PaymentPlan, agreed_on=DAYS, new_due_date=maybe(DAYS), broken_on=maybe(DAYS))
    ),
    compensation_claimed=maybe(AMOUNTS),
)
DOUBTFUL = SAME_NUMBER(invoice_id="inv-9")
STANDINGS = st.builds(
    Standing,
    creditor_id=st.just("acme"),
    frozen_on=maybe(DAYS),
    at_agency=st.booleans(),
    identity_conflict=maybe(st.just(DOUBTFUL)),
    siblings=st.lists(
        st.builds(
            Sibling,
            invoice_id=st.just("inv-2"),
            invoice_number=st.just("2"),
            currency=st.just("NOK"),
            state=st.sampled_from(ClaimState),
            frozen=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
)
POLICIES = st.builds(
    Policy,
    notice_by=st.sampled_from(NoticeBy),
    grace_days=st.integers(0, 10),
    minors_possible=st.booleans(),
)


def check_sense(decision: Decision) -> None:
    deciding = {
        Outcome.FORWARD: None,
        Outcome.HOLD: Effect.HOLD,
        Outcome.REVIEW: Effect.REVIEW,
        Outcome.REJECT: Effect.REJECT,
    }[decision.outcome]
    if deciding is None:
        assert decision.reasons == ()
    else:
        assert decision.reasons[0].effect is deciding
    if decision.outcome is not Outcome.HOLD:
        assert decision.hold_until is None
    figures = decision.amounts
    parts = (figures.fees, figures.interest, figures.compensation)
    assert (figures.total is None) == (None in parts)
    assert all(reason.message.endswith(".") for reason in decision.reasons + decision.warnings)


@given(INVOICES, STANDINGS, POLICIES, DAYS)
def test_any_invoice_gets_a_decision_that_makes_sense(
    rules: Rules, invoice: Invoice, standing: Standing, policy: Policy, today: date
) -> None:
    decision = decide(invoice, standing=standing, rules=rules, policy=policy, today=today)

    check_sense(decision)


@given(INVOICES, POLICIES, NEAR, OBJECTIONS)
def test_an_objection_that_was_not_withdrawn_never_goes_forward(
    rules: Rules, invoice: Invoice, policy: Policy, today: date, objection: Objection
) -> None:
    kept = replace(
        objection,
        outcome=None if objection.outcome is ObjectionOutcome.WITHDRAWN else objection.outcome,
    )

    decision = decide(
        replace(invoice, objection=kept),
        standing=Standing(creditor_id="acme"),
        rules=rules,
        policy=policy,
        today=today,
    )

    assert decision.outcome is not Outcome.FORWARD


def eligible(issue_date: date, notice_sent_on: date) -> Invoice:
    return Invoice(
        id="inv-1",
        number="1",
        issue_date=issue_date,
        due_date=issue_date,
        currency="NOK",
        total=Decimal(100),
        outstanding=Decimal(100),
        debtor=Debtor(
            number="10001",
            name="A",
            kind=DebtorKind.PERSON,
            address=Address(line1="Gata 1", postal_code="0154", city="Oslo", country="NO"),
        ),
        notices=(
            Notice(
                kind=NoticeKind.COLLECTION_NOTICE,
                sent_on=notice_sent_on,
                deadline=D("2026-11-10"),
            ),
        ),
    )


@given(st.dates(D("2026-11-16"), D("2026-12-31")), OBJECTIONS)
def test_adding_an_objection_stops_a_claim_that_may_go(
    rules: Rules, today: date, objection: Objection
) -> None:
    invoice = eligible(D("2026-09-01"), D("2026-10-20"))
    kept = replace(
        objection,
        outcome=None if objection.outcome is ObjectionOutcome.WITHDRAWN else objection.outcome,
    )

    def outcome(facts: Invoice) -> Outcome:
        standing = Standing(creditor_id="acme")
        return decide(facts, standing=standing, rules=rules, policy=Policy(), today=today).outcome

    assert outcome(invoice) is Outcome.FORWARD
    assert outcome(replace(invoice, objection=kept)) is not Outcome.FORWARD


@pytest.mark.parametrize("day", [date.min, date(1, 1, 2), date(1582, 10, 15), date(2019, 12, 31)])
def test_an_ancient_due_date_is_time_barred(rules: Rules, day: date) -> None:
    decision = decide(
        eligible(day, D("2026-10-20")),
        standing=Standing(creditor_id="acme"),
        rules=rules,
        policy=Policy(),
        today=D("2026-11-24"),
    )

    assert decision.outcome is Outcome.REJECT
    assert "INK-15" in [reason.rule for reason in decision.reasons]


def test_a_due_date_at_the_end_of_time_is_not_overdue(rules: Rules) -> None:
    decision = decide(
        eligible(date.max, D("2026-10-20")),
        standing=Standing(creditor_id="acme"),
        rules=rules,
        policy=Policy(),
        today=D("2026-11-24"),
    )

    assert "INK-01" in [reason.rule for reason in decision.reasons]
    assert decision.outcome is not Outcome.FORWARD


PERSONAL = ("Kari", "Nordmann", "Karl Johans", "Oslo", "01019012345", "kari@example.com")


@given(st.data())
def test_no_message_carries_personal_data(rules: Rules, data: st.DataObject) -> None:
    invoice = data.draw(INVOICES)
    debtor = replace(
        invoice.debtor,
        name="Kari Nordmann",
        national_id="01019012345",
        email="kari@example.com",
        address=Address(
            line1="Karl Johans gate 1",
            postal_code=None,
            city="Oslo",
            country=data.draw(st.sampled_from(["NO", "SE"])),
        ),
    )
    decision = decide(
        replace(invoice, debtor=debtor),
        standing=data.draw(STANDINGS),
        rules=rules,
        policy=data.draw(POLICIES),
        today=data.draw(DAYS),
    )

    told = " ".join(reason.message for reason in decision.reasons + decision.warnings)
    assert not [word for word in PERSONAL if word in told]
