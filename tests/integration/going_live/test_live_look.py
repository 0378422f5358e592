"""The first look at live remotes: reads only, a word on every assumption, nobody shown."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clients.assumptions_document import merge_assumptions
from clients.conta import simulator_money as money
from clients.conta.assumptions import parse_assumptions as parse_conta
from clients.conta.simulator import ContaSimulator
from clients.exchange import Request, Response
from clients.kravia.assumptions import Assumptions, parse_assumptions
from clients.kravia.client import KraviaClient
from clients.kravia.simulator import KraviaSimulator
from clients.simulated_faults import Fault, FaultKind
from clients.simulated_transport import DirectTransport
from gateway.cli.live import Looked, at_conta, at_kravia
from gateway.cli.live_view import document_of, show_live
from gateway.settings import Settings
from gateway.settings_creditor import ContaLedgerSettings

ROOT = Path(__file__).parents[3]
SHIPPED = tomllib.loads((ROOT / "config" / "kravia.toml").read_text())
CONTA_SHIPPED = tomllib.loads((ROOT / "config" / "conta.toml").read_text())
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CREDITOR = 10759
PERSONAL = ("Planted Person", "c-98765", "Gate")
"""Name, debtor number and word that stand in the simulators' books."""

WIDE_OPEN = {
    **{word: "" for word, meaning in SHIPPED["status_words"].items() if meaning == "active"},
    "wide open": "active",
}
"""Status words of a Kravia that calls an open case otherwise."""

BESIDE = {"Date header", "kravia_creditor_id"}
"""What is told beside the assumptions."""


def keys_of(document: dict[str, Any], before: str = "") -> set[str]:
    """Every key of a file of assumptions, dotted."""
    found: set[str] = set()
    for name, value in document.items():
        if isinstance(value, dict):
            found |= keys_of(value, f"{before}{name}.")
        else:
            found.add(f"{before}{name}")
    return found


def settings(kind: dict[str, Any] | None = None) -> Settings:
    document = {
        "kravia": {"base_url": "http://127.0.0.1:1", "token": "env:TOKEN"},
        "creditors": {
            "acme": {
                "kravia_creditor_id": CREDITOR,
                "webhook_secrets": ["env:SECRET"],
                "ledger": kind
                or {"kind": "webhook", "url": "http://127.0.0.1:2/in", "secret": "env:SECRET"},
            }
        },
    }
    secret = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    return Settings.build(document, {"TOKEN": "t", "SECRET": secret}, base=ROOT)


def assumed(**changes: Any) -> Assumptions:
    """The shipped assumptions, some of them otherwise."""
    return parse_assumptions(merge_assumptions(SHIPPED, changes))


def kravia(assumptions: Assumptions, rows: int = 3) -> KraviaSimulator:
    """A Kravia whose books hold cases of two creditors, a payment, a credit note and a pay-out."""
    simulator = KraviaSimulator(assumptions, now=NOW)
    for number in range(rows):
        simulator.set_now(NOW + timedelta(seconds=number))
        case = simulator.preload(
            creditor_id=CREDITOR if number else 77,
            invoice_no=str(20_000 + number),
            invoice_date=date(2026, 7, 15),
            original_amount=Decimal(4800),
            debtor_number=PERSONAL[1],
            debtor_name=PERSONAL[0],
            accounting_invoice_id=f"inv-{number}",
        )
    if rows:
        simulator.debtor_pays(case, Decimal(100), date(2026, 11, 20))
        simulator.pay_out(CREDITOR, date(2026, 11, 21))
    return simulator


async def look(simulator: KraviaSimulator) -> Looked:
    return await at_kravia(settings(), "acme", DirectTransport(simulator), simulator.now)


def verdicts(looked: Looked) -> dict[str, str]:
    return {each.key: str(each.verdict) for each in looked.findings}


def evidence(looked: Looked, key: str) -> str:
    return next(each.evidence for each in looked.findings if each.key == key)


async def test_every_assumption_gets_a_word_and_none_fails_where_kravia_is_as_assumed() -> None:
    looked = await look(kravia(assumed()))

    found = verdicts(looked)
    assert set(found) == keys_of(SHIPPED) | BESIDE
    assert [key for key, verdict in found.items() if verdict == "does not hold"] == []
    for key in (
        "Date header",
        "kravia_creditor_id",
        "time_zone",
        "search.order_by",
        "search.fields.lastUpdatedTime",
        "details.payments.list",
        "settlements.lines.fields.amount",
        "status_words.open",
    ):
        assert found[key] == "holds", key
    assert evidence(looked, "search.fields.lastUpdatedTime") == "seen in 3 of 3 rows"
    assert evidence(looked, "kravia_creditor_id") == "2 of 3 rows of creditor 10759"


async def test_kravias_books_say_that_only_questions_were_asked() -> None:
    simulator = kravia(assumed())
    before = (dict(simulator.books.invoices), list(simulator.books.payments))
    await look(simulator)

    assert set(simulator.calls) == {"search", "details", "settlements"}
    assert simulator.books.registers == []
    assert simulator.books.credit_notes == []
    assert (simulator.books.invoices, simulator.books.payments) == before


async def test_only_gets_can_be_asked() -> None:
    simulator = kravia(assumed())
    client = KraviaClient(DirectTransport(simulator), assumed(), lambda: "t")
    with pytest.raises(ValueError, match="no reading question"):
        await client.answer(Request(method="POST", path="/api/v2/invoice/register"))


@pytest.mark.parametrize(
    ("changes", "key", "says"),
    [
        ({"search": {"fields": {"status": "state"}}}, "search.fields.status", "none of 3 rows"),
        ({"search": {"fields": {"invoiceId": "key"}}}, "search.fields.invoiceId", "none of 3"),
        ({"search": {"envelope": "value"}}, "search.envelope", 'answered "value"'),
        ({"details": {"payments": {"list": "money"}}}, "details.payments.list", "0 of 2 cases"),
        (
            {"details": {"fields": {"debtorName": "who.name"}}},
            "details.fields.debtorName",
            "none of 2 cases",
        ),
        (
            {"settlements": {"fields": {"amount": "sum"}}},
            "settlements.fields.amount",
            "none of 1 settlements",
        ),
        (
            {"settlements": {"lines": {"list": "parts"}}},
            "settlements.lines.list",
            "0 of 1 settlement",
        ),
        ({"time_zone": "Asia/Tokyo"}, "time_zone", "later than Kravia's own clock"),
        ({"search": {"boundary_is_inclusive": True}}, "search.boundary_is_inclusive", "came again"),
        ({"status_words": WIDE_OPEN}, "status_words", '"Wide Open" ('),
        ({"auth": {"prefix": "Bearer "}}, "auth.prefix", "401"),
        ({"envelopes": ["rows", "value"], "search": {"envelope": "rows"}}, "envelopes", '"rows"'),
    ],
)
async def test_a_kravia_that_is_otherwise_is_told_key_by_key(
    changes: dict[str, Any], key: str, says: str
) -> None:
    looked = await look(kravia(assumed(**changes)))

    assert verdicts(looked)[key] == "does not hold"
    assert says in evidence(looked, key)
    assert not looked.is_clean


async def test_under_the_second_sample_the_names_of_fields_do_not_hold() -> None:
    other = tomllib.loads((ROOT / "tests" / "samples" / "kravia-other.toml").read_text())
    del other["auth"]
    looked = await look(kravia(assumed(**other)))

    found = verdicts(looked)
    for field in ("invoiceId", "lastUpdatedTime", "invoiceNo", "status"):
        assert found[f"search.fields.{field}"] == "does not hold"
    assert found["search.envelope"] == "does not hold"


async def test_an_empty_feed_cannot_tell_and_is_no_fault() -> None:
    looked = await look(kravia(assumed(), rows=0))

    found = verdicts(looked)
    assert looked.is_clean
    for key in ("search.fields.invoiceId", "details.fields.status", "time_zone", "search.order_by"):
        assert found[key] == "cannot tell"


async def test_a_page_smaller_than_asked_for_would_end_the_feed_too_early() -> None:
    simulator = kravia(assumed(), rows=30)

    class Short:
        async def send(self, request: Request, *, timeouts: Any) -> Response:
            query = dict(request.query)
            if "top" in query:
                query["top"] = str(min(20, int(query["top"])))
            asked = Request(
                method=request.method, path=request.path, query=query, headers=request.headers
            )
            return await DirectTransport(simulator).send(asked, timeouts=timeouts)

    looked = await at_kravia(settings(), "acme", Short(), simulator.now)

    assert evidence(looked, "search.page_size_rows") == (
        "asked for 100, 20 came and more follow: set it to 20"
    )


async def test_rows_that_come_in_no_order_are_seen() -> None:
    simulator = kravia(assumed(), rows=30)
    simulator.set_conditions(feed_reordered=True)

    assert verdicts(await look(simulator))["search.order_by"] == "does not hold"


async def test_a_clock_that_is_off_is_seen() -> None:
    simulator = kravia(assumed())
    simulator.set_conditions(date_skew_seconds=600)

    assert verdicts(await look(simulator))["Date header"] == "does not hold"


async def test_a_kravia_that_does_not_answer_is_a_problem_not_a_finding() -> None:
    simulator = kravia(assumed())
    simulator.faults.plant(Fault(kind=FaultKind.STATUS, operation="search", status=400))
    looked = await look(simulator)

    assert looked.problem is not None
    assert looked.findings == ()


@pytest.mark.parametrize("path", ["status", "debtorName"])
async def test_nothing_personal_is_shown_even_if_a_path_leads_to_it(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A status that turns out to be a name is counted, not quoted."""
    simulator = kravia(assumed(), rows=12)
    for number, invoice in enumerate(simulator.books.invoices.values()):
        if path == "status":
            invoice.status = f"{PERSONAL[0]} {'abcdefghijkl'[number]}"
    looked = await look(simulator)
    show_live([looked])
    printed = capsys.readouterr().out + json.dumps(document_of([looked]))

    for text in PERSONAL:
        assert text not in printed
    assert max(len(line) for line in printed.split("{")[0].splitlines()) <= 80


def conta_ledger(**changes: Any) -> ContaLedgerSettings:
    ledger = (
        settings({"kind": "conta", "organization_id": 1, "api_key": "env:TOKEN", **changes})
        .creditors["acme"]
        .ledger
    )
    assert isinstance(ledger, ContaLedgerSettings)
    return ledger


def conta(**changes: Any) -> ContaSimulator:
    """A Conta with a customer, three invoices, a letter and a payment."""
    assumptions = parse_conta(merge_assumptions(CONTA_SHIPPED, changes))
    simulator = ContaSimulator(assumptions, now=NOW, organization_id=1)
    customer = simulator.add_customer(PERSONAL[0])
    for _ in range(3):
        made = simulator.issue_invoice(
            customer, Decimal(2250), invoice_date=date(2026, 8, 3), due_date=date(2026, 8, 17)
        )
    simulator.send_letter(made, on=date(2026, 9, 6), due_date=date(2026, 9, 22))
    for _ in range(2):
        money.pay(simulator.books, {made: Decimal(100)}, date(2026, 11, 20))
    return simulator


async def look_at_conta(simulator: ContaSimulator) -> Looked:
    return await at_conta("acme", conta_ledger(), DirectTransport(simulator), simulator.now)


async def test_conta_is_looked_at_key_by_key_with_questions_only() -> None:
    simulator = conta()
    looked = await look_at_conta(simulator)

    found = verdicts(looked)
    assert set(found) == keys_of(CONTA_SHIPPED) | {"Date header"}
    assert [key for key, verdict in found.items() if verdict == "does not hold"] == []
    for key in ("writes_offsets", "lists.sort", "payments.list_id", "Date header"):
        assert found[key] == "holds", key
    assert set(simulator.calls) == {
        "invoices",
        "events",
        "payments",
        "customer",
        "invoice_payments",
    }
    assert PERSONAL[0] not in json.dumps(document_of([looked]))


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"writes_offsets": True}, "writes_offsets"),
        ({"payments": {"list_id": "payment"}}, "payments.list_id"),
        ({"time_zone": "Asia/Tokyo"}, "time_zone"),
    ],
)
async def test_a_conta_that_is_otherwise_is_told(changes: dict[str, Any], key: str) -> None:
    assert verdicts(await look_at_conta(conta(**changes)))[key] == "does not hold"
