"""``explain --all``, ``cases forecast`` and a decision's view: 80 columns, JSON, both languages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from gateway.cli import call
from gateway.cli.decision_view import _BOKMAL, _ENGLISH, decision_view
from gateway.cli.explain_all import _HEADERS
from gateway.cli.main import app

CLAIM = {
    "invoice_number": "a-very-long-invoice-number",
    "debtor_number": "debtor-100000001",
    "decision": "hold",
    "amounts": {"principal": "1234567890.00"},
    "eligible_on": "2026-12-04",
    "then": "forward",
    "limitation_last_day": "2029-09-15",
    "reasons": [{"rule": "INK-03b"}],
}
GONE = {
    **CLAIM,
    "decision": "reject",
    "eligible_on": None,
    "then": "reject",
    "limitation_last_day": None,
    "reasons": [{"rule": "INK-12"}],
}
ASKED = {**CLAIM, "eligible_on": None, "then": "review"}
FORECAST: dict[str, Any] = {
    "on": "2026-11-24",
    "until": "2027-02-22",
    "items": [{"day": "2026-12-04", "cases": 2, "claims": 3, "outstanding": {"NOK": "9700.00"}}],
    "next": None,
    "others": [
        {
            "outcome": "hold",
            "rule": "INK-34",
            "cases": 9,
            "claims": 12,
            "outstanding": {"EUR": "10.00", "NOK": "99.00"},
        }
    ],
    "near_limitation": {
        "within_days": 90,
        "cases": 1,
        "claims": 1,
        "outstanding": {"NOK": "4800.00"},
        "nearest": [
            {
                "limitation_last_day": "2027-01-11",
                "days_left": 48,
                "invoice_number": "30005",
                "debtor_number": "4",
                "state": "held",
                "outstanding": "4800.00",
            }
        ],
    },
}


class Pages:
    """Stands in for the gateway: gives page after page, and remembers where it was asked."""

    def __init__(self, *pages: list[Any]) -> None:
        self.pages = pages
        self.asked: list[Mapping[str, object]] = []

    @asynccontextmanager
    async def door(self, _settings: object, _names: Sequence[str]) -> AsyncIterator[Any]:
        async def ask(_name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
            self.asked.append(arguments)
            at = int(str(arguments.get("after", 0)))
            more = str(at + 1) if at + 1 < len(self.pages) else None
            return {"items": self.pages[at], "next": more}

        yield ask


def _type(line: str, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(call, "_door", pages.door)
    return CliRunner().invoke(app, line.split(), env={"COLUMNS": "80"})


def test_every_claim_is_a_line_within_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages([CLAIM, GONE], [ASKED], [])

    result = _type("explain --all --on 2026-11-24 --creditor acme", pages, monkeypatch)

    lines = result.stdout.splitlines()
    assert len(lines) == 4
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == [*_HEADERS[:4], "may", "go", *_HEADERS[5:]]
    assert lines[1].split()[-4:] == ["hold", "2026-12-04", "2029-09-15", "INK-03b"]
    assert lines[2].split()[-4:] == ["reject", "-", "-", "INK-12"]
    assert lines[3].split()[-4:] == ["hold", "review", "2029-09-15", "INK-03b"]
    assert [asked.get("after") for asked in pages.asked] == [None, "1", "2"]
    assert pages.asked[0] == {"on": "2026-11-24", "creditor": "acme"}


@pytest.mark.parametrize("pages", [Pages([CLAIM], [GONE, CLAIM], []), Pages([])])
def test_all_pages_are_one_json_document(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    result = _type("explain --all --json", pages, monkeypatch)

    rows = [row for page in pages.pages for row in page]
    assert json.loads(result.stdout) == {"items": rows, "next": None}


def test_no_claims_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _type("explain --all", Pages([]), monkeypatch).stdout == "No claims.\n"


@pytest.mark.parametrize("line", ["explain", "explain inv-1 --all"])
def test_explain_wants_one_thing_or_all(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result = _type(line, Pages([]), monkeypatch)

    assert "name a FILE or an INVOICE_ID, or give --all" in str(result.exception)


def test_a_limit_ends_the_walk_and_says_where_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages([CLAIM, GONE], [ASKED], [CLAIM])

    shown = _type("explain --all --limit 3 --on 2026-11-24", pages, monkeypatch).stdout

    assert [asked.get("limit") for asked in pages.asked] == [3, 1]
    more = "kravia-gateway explain --all --on 2026-11-24 --limit 3 --after 2"
    assert shown.splitlines()[4:] == [f"More: {more}"]
    last = _type("explain --all --limit 3 --after 2 --json", pages, monkeypatch).stdout
    assert json.loads(last) == {"items": [CLAIM], "next": None}
    first = _type("explain --all --limit 2 --json", pages, monkeypatch).stdout
    assert json.loads(first) == {"items": [CLAIM, GONE], "next": "1"}


def test_a_limit_is_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    result = _type("explain inv-1 --limit 3", Pages([]), monkeypatch)

    assert "--limit and --after go with --all" in str(result.exception)


class Parts(Pages):
    """Stands in for the gateway: answers a forecast part after part."""

    @asynccontextmanager
    async def door(self, _settings: object, names: Sequence[str]) -> AsyncIterator[Any]:
        async def ask(_name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
            self.asked.append(arguments)
            at = int(str(arguments.get("after", 0)))
            more = str(at + 1) if at + 1 < len(self.pages) else None
            return {**self.pages[at][0], "next": more}

        assert names == ["cases.forecast"]
        yield ask


def _forecast(line: str, monkeypatch: pytest.MonkeyPatch, *documents: dict[str, Any]) -> str:
    return str(_type(line, Parts(*([each] for each in documents)), monkeypatch).stdout)


def test_a_forecast_in_parts_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = json.loads(_forecast("cases forecast --json", monkeypatch, FORECAST, FORECAST))

    assert shown["items"] == [
        {"day": "2026-12-04", "cases": 4, "claims": 6, "outstanding": {"NOK": "19400.00"}}
    ]
    assert shown["others"][0]["outstanding"] == {"EUR": "20.00", "NOK": "198.00"}
    assert (shown["near_limitation"]["claims"], shown["next"]) == (2, None)


def test_the_forecast_is_a_table_of_days_and_of_what_nears_limitation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = _forecast("cases forecast", monkeypatch, FORECAST)

    assert max(map(len, shown.splitlines())) <= 80
    for text in ("May go, 24 Nov 2026 to 22 Feb 2027", "4 Dec 2026", "NOK 9700.00", "INK-34"):
        assert text in shown
    assert "held, no day is known" in shown
    assert "Time-barred within 90 days: 1 claims" in shown
    assert "11 Jan 2027" in shown
    assert json.loads(_forecast("cases forecast --json", monkeypatch, FORECAST)) == FORECAST


def test_an_empty_forecast_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = {"within_days": 90, "claims": 0, "nearest": []}
    empty = {**FORECAST, "items": [], "others": [], "near_limitation": nothing}

    assert "Nothing." in _forecast("cases forecast", monkeypatch, empty)


def _shown(document: dict[str, Any]) -> str:
    console = Console(width=80, record=True, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(decision_view(document))
    return captured.get()


MEMBER = {"invoice_number": "30001", "outstanding": "400.00", "currency": "NOK"}
DECISION: dict[str, Any] = {
    "invoice_id": "inv-1001",
    "on": "2026-11-24",
    "decision": "hold",
    "hold_until": "2026-12-04",
    "reasons": [{"rule": "INK-06", "effect": "hold", "message": "m", "source": "§ 9"}],
    "warnings": [],
    "amounts": {"currency": "NOK", "principal": "400.00"},
    "agency_fee": {"light": "187.50", "heavy": "375.00"},
    "consolidation": {
        "together": [MEMBER] * 12,
        "attached_to": [],
        "apart": [{**MEMBER, "why": "bestridt", "rules": ["INK-12"]}],
    },
}


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("until 4 Dec 2026", "Why", "the agency's fee", "goes together", "and 2 more")),
        ("nb", ("til 4 Dec 2026", "Hvorfor", "inkassosalær", "går sammen", "og 2 til")),
    ],
)
def test_a_decision_is_laid_out_in_its_own_language(language: str, texts: tuple[str, ...]) -> None:
    together = {**DECISION["consolidation"], "language": language}
    shown = _shown({**DECISION, "language": language, "consolidation": together})

    assert max(map(len, shown.splitlines())) <= 80
    assert [text for text in texts if text not in shown] == []
    assert "bestridt (INK-12)" in shown


def test_the_view_has_the_same_words_in_both_languages() -> None:
    assert _BOKMAL.keys() == _ENGLISH.keys()
