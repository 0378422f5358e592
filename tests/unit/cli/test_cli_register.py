"""``register``: files into drafts, faults in the file's own words, the summary on 80 columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import call, register
from gateway.cli.failure import Failure
from gateway.cli.main import app
from gateway.cli.register_files import read_entries

HEADER = "Fakturanummer;ISSUE_DATE;total;debtor_name;debtor_kind;shoe size\n"
ROWS = HEADER + (
    "1;2026-08-31;100;Ola;person;44\n"
    "2;31/08/26;2.250;Kari;person;38\n"
    '3;"2026-08-31;100;Per;person;40\n'
    "4;2026-08-31;100;Eva;person\n"
    "5;31.08.2026;100,50;Ida;ENK;39\n"
)
SAMPLE = Path(__file__).parents[2] / "samples" / "ehf-invoice.xml"
SETTINGS = """
[creditors.acme]
kravia_creditor_id = 1
[creditors.acme.ledger]
kind = "webhook"
url = "http://127.0.0.1:9/in"
"""
AMOUNTS = {
    "currency": "NOK",
    "principal": "100.00",
    "fees": "0.00",
    "interest": "1.50",
    "compensation": "0.00",
    "total": "101.50",
}


class Answering:
    """Stands in for the gateway: takes every draft, and remembers the orders."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.interest: str | None = "1.50"

    async def run(self, _settings: object, orders: list[Any]) -> list[dict[str, Any]]:
        self.asked += orders
        return [
            {"items": [self._told(draft) for draft in arguments["drafts"]]}
            for _, arguments in orders
        ]

    def _told(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        number = draft["data"]["invoice"]["number"]
        amounts = {**AMOUNTS, "interest": self.interest}
        if self.interest is None:
            amounts["total"] = None
        decision = {"decision": "forward", "reasons": [], "warnings": [], "amounts": amounts}
        return {
            "outcome": "new",
            "invoice_id": number,
            "invoice_number": number,
            "debtor_number": "R-0123456789ab",
            "debtor_found_by": "new",
            "faults": [],
            "warnings": [],
            "event_id": "evt_1",
            "decision": decision,
            "problem": None,
        }


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Answering:
    answering = Answering()
    monkeypatch.setattr(call, "_run", answering.run)
    monkeypatch.chdir(tmp_path)
    Path("gateway.toml").write_text(SETTINGS)
    Path("rows.csv").write_text(ROWS)
    return answering


def _type(line: str) -> Any:
    words = ["--config", "gateway.toml", *line.split()]
    return CliRunner().invoke(app, words, env={"COLUMNS": "80"})


def test_every_fault_is_told_by_row_and_column_and_no_good_row_is_lost() -> None:
    entries = read_entries("rows.csv", ROWS.encode(), debtor_kind=None)

    faults = {entry.place: [fault.field for fault in entry.faults] for entry in entries}
    assert faults == {2: [], 3: ["issue_date", "total"], 4: [""], 5: [""], 6: []}
    assert [entry.place for entry in entries if entry.draft is not None] == [2, 6]
    assert "shoe_size" in entries[0].notes[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"invoice_number\n1\n", "columns are missing: issue_date, total"),
        ("a.csv", b"kid;kid\n", "no rows"),
        ("a.csv", HEADER.encode() * 1, "no rows"),
        ("a.csv", b"total;bel\xc3\xb8p\n1;1\n", "stand twice: total"),
        ("a.json", b"{", "not JSON"),
        ("a.json", b"[]", "empty list"),
        ("a.json", b"[" * 100, "nests deeper"),
        ("a.xml", b"<!DOCTYPE a><a/>", "DOCTYPE"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_says_why(name: str, content: bytes, says: str) -> None:
    with pytest.raises(Failure, match=says):
        read_entries(name, content, debtor_kind=None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (1, ""),
        ({"type": "invoice.overdue"}, ""),
        ({"type": "payment.received", "data": {}}, "type"),
        ({"data": {}}, "type"),
    ],
)
def test_an_item_that_is_no_invoice_is_a_fault_of_its_own(body: object, field: str) -> None:
    good = {"type": "invoice.overdue", "data": {"invoice": {}, "debtor": {}}}

    bad, fine = read_entries("a.json", json.dumps([body, good]).encode(), debtor_kind=None)

    assert [fault.field for fault in bad.faults] == [field]
    assert fine.draft == {"data": good["data"]}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("content", "place"), [(ROWS.encode(), 2), (SAMPLE.read_bytes(), 1), (b'[{"type": 1}]', 1)]
)
def test_standard_input_is_told_by_what_it_begins_with(
    content: bytes, place: int, mark: bytes
) -> None:
    assert read_entries("-", mark + content, debtor_kind=None)[0].place == place


@pytest.mark.parametrize(("kind", "becomes"), [(None, "organization"), ("person", "person")])
def test_who_owes_can_be_said_of_a_document(kind: str | None, becomes: str) -> None:
    (entry,) = read_entries("a.xml", SAMPLE.read_bytes(), debtor_kind=kind)

    assert entry.draft is not None
    assert entry.draft["data"]["debtor"]["kind"] == becomes


def test_who_owes_can_be_said_of_a_table_without_the_column() -> None:
    table = b"invoice_number,issue_date,total,debtor_name\n1,2026-08-31,100,Stat\n"

    (entry,) = read_entries("a.csv", table, debtor_kind="public")

    assert entry.draft is not None
    assert entry.draft["data"]["debtor"]["kind"] == "public"


def test_a_dry_run_shows_all_on_80_columns_and_starts_nothing(gateway: Answering) -> None:
    result = _type("register rows.csv --dry-run")

    assert result.exit_code == 1, result.output
    assert [name for name, _ in gateway.asked] == ["registrations.plan"]
    assert max(map(len, result.stdout.splitlines())) <= 80
    said = " ".join(result.stdout.split())
    assert "Fault in total: can be read as thousands or as decimals" in said
    assert "NOK: 2 forward; principal 200.00, fees 0.00, interest 3.00, in all 203.00" in said
    assert "With faults, and not registered: 3." in said


def test_nothing_starts_without_a_yes(gateway: Answering) -> None:
    result = _type("register rows.csv")

    assert result.exit_code != 0
    assert [name for name, _ in gateway.asked] == ["registrations.plan"]


def test_yes_starts_the_good_rows_alone(gateway: Answering) -> None:
    result = _type("register rows.csv --yes --reason moved")

    assert result.exit_code == 1, result.output
    name, arguments = gateway.asked[-1]
    assert (name, arguments["reason"]) == ("registrations.start", "moved")
    numbers = [draft["data"]["invoice"]["number"] for draft in arguments["drafts"]]
    assert sorted(numbers) == ["1", "5"]
    assert "Registered: 2." in result.stdout


def test_as_json_there_is_one_document_with_every_row(gateway: Answering) -> None:
    result = _type("register rows.csv --yes --json")

    report = json.loads(result.stdout)
    assert gateway.asked
    assert [item["outcome"] for item in report["items"]] == [
        *("new", "refused", "refused", "refused", "new")
    ]
    assert report["items"][0]["event_id"] == "evt_1"
    assert report["faulty"] == 3
    assert report["summary"][0]["total"] == "203.00"


def test_a_figure_that_is_not_known_of_one_is_not_known_of_all(gateway: Answering) -> None:
    gateway.interest = None

    result = _type("register rows.csv --dry-run")

    assert "interest not known, in all not known" in " ".join(result.stdout.split())


def test_a_long_file_is_cut_into_orders_that_keep_debtors_together(
    gateway: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "_ORDER_DRAFTS_MAX", 3)
    rows = "".join(f"{n};2026-08-31;100;{'AB'[n % 2]};person;1\n" for n in range(6))
    Path("rows.csv").write_text(HEADER + rows)

    result = _type("register rows.csv --dry-run --json")

    names = [
        {draft["data"]["debtor"]["name"] for draft in arguments["drafts"]}
        for _, arguments in gateway.asked
    ]
    assert names == [{"A"}, {"B"}]
    items = json.loads(result.stdout)["items"]
    assert [item["invoice_number"] for item in items] == ["0", "1", "2", "3", "4", "5"]


def test_a_kind_that_is_none_is_refused(gateway: Answering) -> None:
    result = _type("register rows.csv --debtor-kind firm")

    assert gateway.asked == []
    assert "person, organization, public" in str(result.exception)
