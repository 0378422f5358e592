"""The simulated Fiken on a real socket: one call at a time, tokens by OAuth, a first live look."""

from __future__ import annotations

import asyncio
import json
import time
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from clients.assumptions_document import merge_assumptions
from clients.errors import AuthenticationError, InDoubtError, TemporaryError
from clients.exchange import Request
from clients.fiken.access import PersonalToken
from clients.fiken.assumptions import parse_assumptions
from clients.fiken.client import FikenClient
from clients.fiken.simulator import FikenSimulator
from clients.fiken.simulator_control import SWITCHES
from clients.fiken.wire import InvoiceQuery, PaymentInput
from clients.paced_transport import PacedTransport
from clients.simulated_faults import Fault, FaultKind
from clients.simulated_server import build_app, listening
from clients.simulated_transport import DirectTransport
from clients.transport import HttpTransport, Timeouts
from gateway.app_fiken import fiken_client
from gateway.app_remotes import open_hosts
from gateway.cli.live import Looked, at_fiken
from gateway.cli.live_view import document_of
from gateway.cli.simulate import _fiken
from gateway.settings import Settings
from gateway.settings_creditor import FikenLedgerSettings
from tests.integration.conta_way_in.conftest import SECRET

ROOT = Path(__file__).parents[3]
SHIPPED = tomllib.loads((ROOT / "config" / "fiken.toml").read_text())
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HASTY = Timeouts(read_seconds=0.2, total_seconds=0.4)
PAYMENT = PaymentInput(date=date(2026, 11, 24), account="1920:10001", amount=100_010)


def a_fiken(changes: dict[str, Any] | None = None, **more: Any) -> FikenSimulator:
    """A Fiken whose books hold a person, a payment and a credit note."""
    assumptions = parse_assumptions(merge_assumptions(SHIPPED, changes or {}))
    simulator = FikenSimulator(assumptions, now=NOW, **more)
    simulator.add_bank_account("Klientkonto")
    contact = simulator.add_contact("Planted Person")
    invoice = simulator.issue_invoice(contact, 225_000, issue_date=date(2026, 8, 3))
    simulator.pay(invoice, 50_000, on=date(2026, 9, 1))
    simulator.credit(invoice, on=date(2026, 9, 2), amount=10_000)
    return simulator


def settings_of(base: Path, **ledger: Any) -> Settings:
    document = {
        "kravia": {"base_url": "http://127.0.0.1:1", "token": "env:TOKEN"},
        "creditors": {
            "acme": {
                "kravia_creditor_id": 10759,
                "kravia_entry_level": "notice",
                "notice_by": "agency",
                "webhook_secrets": ["env:HOOK"],
                "ledger": {"kind": "fiken", "company": "nordlys-konsult-as", **ledger},
            }
        },
    }
    secrets = {"TOKEN": "t", "HOOK": SECRET, "KEY": "secret"}
    return Settings.build(document, secrets, base=base)


def ledger_of(settings: Settings) -> FikenLedgerSettings:
    ledger = settings.creditors["acme"].ledger
    assert isinstance(ledger, FikenLedgerSettings)
    return ledger


@asynccontextmanager
async def serving(simulator: FikenSimulator) -> AsyncIterator[str]:
    app = build_app(simulator, SWITCHES)
    async with listening(app, host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}"


def bare(transport: Any, timeouts: Timeouts | None = None) -> FikenClient:
    """A client that does not keep to the rule."""
    return FikenClient(
        transport,
        parse_assumptions(SHIPPED),
        PersonalToken(lambda: "a-token"),
        company="nordlys-konsult-as",
        timeouts=timeouts,
    )


async def test_a_payment_goes_over_the_socket_and_is_read_back() -> None:
    simulator = a_fiken()
    async with serving(simulator) as url, HttpTransport(base_url=f"{url}/api/v2") as transport:
        client = bare(transport)
        [row] = (await client.invoices(InvoiceQuery(settled=False))).rows
        assert row.sale is not None
        made = await client.create_payment(row.sale.saleId, PAYMENT)
        payments = await client.payments(row.sale.saleId)
    assert [(each.paymentId, each.amount) for each in payments][-1] == (made, 100_010)


async def test_a_payment_without_an_answer_is_in_doubt_and_stands() -> None:
    simulator = a_fiken()
    simulator.faults.plant(Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT, operation="create_payment"))
    [invoice] = simulator.books.invoices.values()
    async with serving(simulator) as url, HttpTransport(base_url=url) as transport:
        with pytest.raises(InDoubtError):
            await bare(transport, HASTY).create_payment(invoice.sale_id, PAYMENT)
    assert len(simulator.books.api_payments) == 1


async def test_the_simulated_fiken_refuses_a_second_call_beside_one_under_way() -> None:
    simulator = a_fiken()
    simulator.faults.plant(Fault(kind=FaultKind.SLOW, operation="companies", seconds=0.2))
    async with serving(simulator) as url, HttpTransport(base_url=url) as transport:
        client = bare(transport)
        results = await asyncio.gather(
            client.companies(), client.bank_accounts(), return_exceptions=True
        )
    assert isinstance(results[1], TemporaryError)
    assert simulator.breaches == 1


async def test_clients_put_together_from_settings_never_call_side_by_side(tmp_path: Path) -> None:
    simulator = a_fiken()
    simulator.faults.plant(Fault(kind=FaultKind.SLOW, seconds=0.4))
    async with serving(simulator) as url:
        settings = settings_of(tmp_path, token="env:KEY", base_url=url)
        hosts = open_hosts(settings, time.monotonic)
        clients = []
        async with HttpTransport(base_url=url) as inner:
            for _ in range(3):
                paced = PacedTransport(inner, hosts, base_url=url)
                client = fiken_client(ledger_of(settings), paced, paced)
                assert client is not None
                clients.append(client)
            await asyncio.gather(*(client.companies() for client in clients))
    assert simulator.breaches == 0
    assert simulator.calls == {"companies": 3}


async def test_tokens_by_oauth_are_renewed_and_the_refresh_token_kept(tmp_path: Path) -> None:
    simulator = a_fiken(token="nobody's", client=("gateway", "secret"), rotates=True)
    file = tmp_path / "acme.token"
    file.write_text("refresh-0")
    async with serving(simulator) as url, HttpTransport(base_url=url) as inside:
        settings = settings_of(
            tmp_path,
            base_url=url,
            token_url=f"{url}/oauth/token",
            client_id="gateway",
            client_secret="env:KEY",
            refresh_token_file="acme.token",
        )
        async with HttpTransport() as outside:
            client = fiken_client(ledger_of(settings), inside, outside)
            assert client is not None
            await client.companies()
            simulator.expire_tokens()
            await client.companies()
            assert simulator.calls == {"token": 2, "companies": 3}

            again = fiken_client(ledger_of(settings), inside, outside)  # after a restart
            assert again is not None
            await again.companies()

            simulator.refresh_token = "another"
            simulator.expire_tokens()
            with pytest.raises(AuthenticationError, match="refresh token"):
                await client.companies()


async def test_simulate_fiken_serves_books_that_switches_change() -> None:
    async with (
        listening(_fiken({}), host="127.0.0.1", port=0) as port,
        HttpTransport(base_url=f"http://127.0.0.1:{port}") as transport,
    ):

        async def switch(method: str, where: str, **body: object) -> dict[str, Any]:
            request = Request(method=method, path=f"/_sim/{where}", body=json.dumps(body).encode())
            response = await transport.send(request, timeouts=Timeouts())
            assert response.status == 200, response.body
            answer: dict[str, Any] = json.loads(response.body)
            return answer

        await switch("PUT", "clock", now=NOW.isoformat())
        contact = await switch("POST", "contacts", name="Fjellrev AS", organization_number="1")
        account = await switch("POST", "bank-accounts", name="Klientkonto")
        dates = {"issue_date": "2026-08-03", "due_date": "2026-08-17"}
        made = await switch("POST", "invoices", gross="2250.50", **contact, **dates)
        paid = await switch("POST", "payments", amount="1.50", on="2026-09-01", **made)
        await switch("DELETE", "payments", **paid, **made)
        await switch("POST", "reminders", **made)
        await switch("POST", "credit", on="2026-09-01", amount="50.50", **made)
        await switch("POST", "due-date", due_date="2026-09-17", **made)
        [invoice] = (await switch("GET", "state"))["invoices"]
        assert account == {"account_code": "1920:10001"}
        assert (invoice["gross"], invoice["credited"], invoice["reminders"]) == (225_050, 5_050, 1)

        for ends in ("settled", "write-off", "delete-sale"):
            await switch("POST", ends, **made)
        await switch("POST", "expire-tokens")
        [invoice] = (await switch("GET", "state"))["invoices"]
        assert (invoice["marked_settled"], invoice["deleted"]) == (True, True)


async def look_at(simulator: FikenSimulator, tmp_path: Path) -> Looked:
    ledger = ledger_of(settings_of(tmp_path, token="env:KEY"))
    transport = DirectTransport(simulator)
    return await at_fiken("acme", ledger, transport, transport, NOW)


def keys_of(document: dict[str, Any]) -> set[str]:
    return {f"{table}.{key}" for table, keys in document.items() for key in keys}


async def test_a_first_live_look_reads_only_and_has_a_word_on_every_assumption(
    tmp_path: Path,
) -> None:
    simulator = a_fiken()
    looked = await look_at(simulator, tmp_path)

    found = {each.key for each in looked.findings}
    assert found == keys_of(SHIPPED) | {"Date header", "paging headers", "sale.salePayments"}
    assert looked.is_clean
    assert set(simulator.calls) <= {
        *("companies", "invoices", "payments", "credit_note", "contact"),
    }
    assert "Planted" not in json.dumps(document_of([looked]))


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"balance": {"owed_is": "negative"}}, "balance.owed_is"),
        ({"lists": {"payment_touches_invoice": False}}, "lists.payment_touches_invoice"),
    ],
)
async def test_a_fiken_that_is_otherwise_is_found_to_be(
    tmp_path: Path, changes: dict[str, Any], key: str
) -> None:
    simulator = a_fiken(changes)
    [invoice] = simulator.books.invoices.values()
    invoice.modified_on = date(2026, 8, 3)
    looked = await look_at(simulator, tmp_path)
    assert [each.verdict for each in looked.findings if each.key == key] == ["does not hold"]


async def test_fewer_rows_than_asked_for_are_found(tmp_path: Path) -> None:
    simulator = a_fiken()
    contact = next(iter(simulator.books.contacts))
    simulator.issue_invoice(contact, 1_000, issue_date=date(2026, 8, 3))
    simulator.set_conditions(rows_max=1)
    looked = await look_at(simulator, tmp_path)
    [found] = [each for each in looked.findings if each.key == "lists.page_size_rows"]
    assert found.verdict == "does not hold"


async def test_a_fiken_that_cannot_be_reached_is_a_problem_and_no_finding(tmp_path: Path) -> None:
    simulator = a_fiken()
    simulator.faults.plant(Fault(kind=FaultKind.STATUS, status=503, times=None))
    looked = await look_at(simulator, tmp_path)
    assert looked.findings == ()
    assert "503" in (looked.problem or "")
