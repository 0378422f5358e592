"""With time alone, a decision moves along ``BY_TIME`` only; refused or asked never becomes go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.decision import Outcome
from gateway.domain.eligibility.decide import decide
from gateway.domain.eligibility.outlook import outlook
from gateway.domain.eligibility.over_time import BY_TIME
from gateway.domain.invoice import (
    Address,
    Channel,
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
from gateway.domain.rules import Licence, NoticeBy, Policy, Rules, SurchargeConsent
from gateway.domain.standing import Standing

START = date(2026, 11, 24)
DAYS_WALKED = 150
ACME = Standing(creditor_id="acme")


def ago(most: int, least: int = 0) -> st.SearchStrategy[date]:
    """A day that has come: what is told of it cannot change because time passes."""
    return st.integers(least, most).map(lambda days: START - timedelta(days=days))


def ahead(most: int) -> st.SearchStrategy[date]:
    return st.integers(-30, most).map(lambda days: START + timedelta(days=days))


@st.composite
def invoices(draw: Any) -> Invoice:
    """Facts of which all that happened lies before the walk; what was promised may lie in it."""
    near_limitation = draw(st.booleans())
    due_on = draw(ago(3 * 365 + 10, 3 * 365 - 160) if near_limitation else ago(250, -20))
    issued_on = due_on - timedelta(days=14)
    notices = draw(
        st.lists(
            st.builds(
                Notice,
                kind=st.sampled_from(NoticeKind),
                sent_on=ago(190),
                deadline=st.none() | ahead(20),
                channel=st.none() | st.sampled_from(Channel),
                fee=st.sampled_from([Decimal(0), Decimal(38)]),
            ),
            max_size=3,
        )
    )
    good = Notice(
        kind=NoticeKind.COLLECTION_NOTICE,
        sent_on=START - timedelta(days=draw(st.integers(0, 180))),
        deadline=START + timedelta(days=20),
        channel=Channel.POST,
    )
    adult = st.sampled_from([None, date(1980, 1, 1), date(2008, 12, 20), date(2009, 2, 1)])
    debtor = Debtor(
        number="10001",
        name="Kari",
        kind=draw(st.sampled_from([DebtorKind.PERSON] * 3 + [DebtorKind.ORGANIZATION])),
        organization_number="974760673",
        birth_date=draw(adult),
        address=Address(line1="Gata 1", postal_code="0154", city="Oslo", country="NO"),
        protected_address=draw(st.integers(0, 9)) == 0,
        insolvency=draw(
            st.none()
            | st.builds(Insolvency, kind=st.sampled_from(InsolvencyKind), opened_on=ago(150))
        ),
    )
    return Invoice(
        id="inv-1",
        number="1",
        issue_date=min(issued_on, START),
        due_date=due_on,
        supplied_on=draw(st.none() | st.just(issued_on)),
        currency="NOK",
        total=Decimal(1000),
        outstanding=Decimal(1000),
        debtor=debtor,
        notices=tuple(notices) + ((good,) if draw(st.booleans()) else ()),
        payments=draw(
            st.just(())
            | st.builds(Payment, id=st.just("p"), paid_on=ago(100), amount=st.just(Decimal(1))).map(
                lambda payment: (payment,)
            )
        ),
        objection=draw(
            st.none()
            | st.none()
            | st.builds(
                Objection,
                raised_on=ago(60, 20),
                resolved_on=ago(20),
                outcome=st.sampled_from(ObjectionOutcome),
            )
        ),
        payment_plan=draw(
            st.none()
            | st.none()
            | st.builds(
                PaymentPlan,
                agreed_on=ago(40),
                new_due_date=st.none() | ahead(60),
                broken_on=st.none() | ago(30),
            )
        ),
        postponed_until=draw(st.none() | st.none() | ahead(60)),
    )


POLICIES = st.builds(
    Policy,
    notice_by=st.sampled_from(NoticeBy),
    grace_days=st.integers(0, 5),
    minors_possible=st.booleans(),
    amount_min=st.sampled_from([Decimal(0), Decimal(0), Decimal(2000)]),
    surcharge_consent=st.sampled_from(SurchargeConsent),
)


@st.composite
def laws(draw: Any, rules: Rules) -> Rules:
    """The shipped law, with rates that go on, and now and then an act or a licence that changes."""
    if draw(st.booleans()):
        latest = replace(rules.late_interest[-1], until=None)
        rules = replace(rules, late_interest=(*rules.late_interest[:-1], latest))
    if draw(st.integers(0, 3)) == 0:
        begins = START + timedelta(days=draw(st.integers(1, DAYS_WALKED)))
        old, new = rules.regimes
        rules = replace(rules, regimes=(old, replace(new, since=begins)))
    if draw(st.integers(0, 5)) == 0:
        ends = START + timedelta(days=draw(st.integers(1, DAYS_WALKED)))
        licence = Licence(agency="kravia", since=date(2000, 1, 1), until=ends)
        rules = replace(rules, licences=(licence,))
    return rules


@settings(max_examples=60)
@given(st.data())
def test_a_day_later_a_decision_is_one_that_the_table_allows(
    rules: Rules, data: st.DataObject
) -> None:
    invoice, policy = data.draw(invoices()), data.draw(POLICIES)
    law = data.draw(laws(rules))
    before: Outcome | None = None
    for days in range(DAYS_WALKED):
        day = START + timedelta(days=days)
        after = decide(invoice, standing=ACME, rules=law, policy=policy, today=day).outcome
        if before is not None:
            assert after in BY_TIME[before], f"{before} became {after} on {day}"
        before = after


def test_the_table_never_lets_a_refused_or_asked_claim_go() -> None:
    assert Outcome.FORWARD not in BY_TIME[Outcome.REJECT] | BY_TIME[Outcome.REVIEW]
    assert set(BY_TIME) == set(Outcome)


@given(st.data())
def test_the_outlook_names_the_first_day_on_which_a_claim_may_go(
    rules: Rules, data: st.DataObject
) -> None:
    invoice, policy = data.draw(invoices()), data.draw(POLICIES)
    law = data.draw(laws(rules))
    seen = outlook(invoice, standing=ACME, rules=law, policy=policy, today=START)

    def outcome(day: date) -> Outcome:
        return decide(invoice, standing=ACME, rules=law, policy=policy, today=day).outcome

    for days in range((seen.day - START).days):
        assert outcome(START + timedelta(days=days)) is not Outcome.FORWARD
    assert seen.then.outcome is outcome(seen.day)
    assert seen.eligible_on == (seen.day if outcome(seen.day) is Outcome.FORWARD else None)


@pytest.mark.parametrize("more", ["whole", "part"])
@given(data=st.data())
def test_adding_an_objection_never_yields_forward(
    rules: Rules, more: str, data: st.DataObject
) -> None:
    invoice, policy = data.draw(invoices()), data.draw(POLICIES)
    amount = None if more == "whole" else Decimal(10)
    disputed = replace(invoice, objection=Objection(raised_on=START, amount=amount))

    decision = decide(disputed, standing=ACME, rules=rules, policy=policy, today=START)

    assert decision.outcome is not Outcome.FORWARD
