"""Every text stands in both languages, with the same gaps, and a stored one is read in either."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from gateway.domain.decision import Decision
from gateway.domain.eligibility.rulebook import RULES, RULES_FOR_FORWARD, WORDS
from gateway.domain.invoice import Debtor, DebtorKind, Invoice, Notice, Objection
from gateway.domain.wording import Language, Money, Words
from mappers.decision_in_language import decision_in_language
from mappers.decision_to_json import decision_to_json
from mappers.said_from_json import said_from_json
from mappers.said_to_json import said_to_json

GAP = re.compile(r"{(\w+)}")
D = date.fromisoformat


@pytest.mark.parametrize("words", WORDS.values(), ids=lambda words: words.key)
def test_both_languages_have_the_same_gaps_and_are_not_the_same(words: Words) -> None:
    assert sorted(GAP.findall(words.en)) == sorted(GAP.findall(words.nb))
    assert words.en != words.nb or words.en == "SMS"


def test_no_two_texts_share_a_key_and_every_rule_has_its_text_in_both() -> None:
    named = [key for key in WORDS if key.startswith(("INK-", "GW-"))]
    rules = {rule.id for rule in RULES + RULES_FOR_FORWARD}

    assert {key.partition(".")[0] for key in named} == rules
    for rule in RULES + RULES_FOR_FORWARD:
        assert rule.text.en != rule.text.nb


def test_dates_and_amounts_are_written_as_the_language_writes_them() -> None:
    words = Words("k", "{paid} on {on}, {several}", "{paid} den {on}, {several}")
    said = words(
        paid=Money(amount=Decimal("1250.5"), currency="NOK"),
        on=D("2026-11-24"),
        several=("a", "b", "c"),
    )

    assert said.in_language(Language.ENGLISH) == "1250.50 NOK on 2026-11-24, a, b and c"
    assert said.in_language(Language.BOKMAL) == "1250,50 NOK den 24.11.2026, a, b og c"


def test_a_stored_decision_is_told_in_either_language(
    an_invoice: Callable[..., Invoice],
    a_letter: Callable[..., Notice],
    a_debtor: Callable[..., Debtor],
    decided: Callable[..., Decision],
) -> None:
    decision = decided(
        an_invoice(
            debtor=a_debtor(kind=DebtorKind.ORGANIZATION, organization_number="974760673"),
            notices=(
                a_letter("2026-09-02", "2026-09-16", kind="reminder", fee="38.00"),
                a_letter("2026-11-20", "2026-12-04", fee="50.00"),
            ),
            compensation_claimed=Decimal("500.00"),
            interest_claimed=Decimal("999.00"),
            objection=Objection(raised_on=D("2026-11-01"), amount=Decimal("10.00")),
        )
    )
    stored = decision_to_json(decision, "inv-1001")

    english = decision_in_language(stored, Language.ENGLISH)
    bokmal = decision_in_language(stored, Language.BOKMAL)

    for part, said in (("reasons", decision.reasons), ("warnings", decision.warnings)):
        assert [told["message"] for told in english[part]] == [r.message for r in said]
        assert [told["message"] for told in bokmal[part]] == [
            r.says.in_language(Language.BOKMAL) for r in said
        ]
    assert "says" not in str(bokmal)
    assert bokmal["language"] == "nb"
    assert "Inkassovarselet sendt 20.11.2026 gir skyldneren frist" in str(bokmal["reasons"])


def test_a_text_that_this_release_does_not_have_stays_as_it_was_stored() -> None:
    inner = {"key": "gone", "values": {}}
    known = said_to_json(WORDS["INK-22.insolvent"](what="x"))
    for says in (inner, {**known, "values": {"what": inner}}):
        stored = {"reasons": [{"rule": "INK-22", "message": "as it was", "says": says}]}

        told = decision_in_language(stored, Language.BOKMAL)

        assert told["reasons"] == [{"rule": "INK-22", "message": "as it was"}]
    assert said_from_json(inner) is None
