"""Everything the client sends and the simulator answers, held against Fiken's own OpenAPI.

Where that document comes from: ``fiken_openapi``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clients.assumptions_document import merge_assumptions
from clients.errors import ClientError
from clients.exchange import Request
from clients.fiken.access import PersonalToken
from clients.fiken.assumptions import parse_assumptions
from clients.fiken.client import FikenClient
from clients.fiken.inspection import inspect
from clients.fiken.look import look
from clients.fiken.simulator import FikenSimulator
from clients.fiken.wire import InvoiceQuery, JournalEntryInput, JournalLineInput, PaymentInput
from clients.finding import Verdict
from tests.contract.fiken_openapi import FikenChecked, FikenContract, needs_specification

ROOT = Path(__file__).parents[2]

pytestmark = needs_specification

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
COMPANY = "/companies/{companySlug}"


async def no_waiting(_: float) -> None:
    return


def a_client(simulator: FikenSimulator, transport: FikenChecked) -> FikenClient:
    return FikenClient(
        transport,
        simulator.assumptions,
        PersonalToken(lambda: "token"),
        company="nordlys-konsult-as",
        sleep=no_waiting,
    )


@pytest.fixture(params=["positive", "negative"])
def world(request: pytest.FixtureRequest) -> tuple[FikenSimulator, FikenClient, FikenChecked]:
    shipped = tomllib.loads((ROOT / "config" / "fiken.toml").read_text())
    changes = {"balance": {"owed_is": request.param}, "lists": {"page_size_rows": 2}}
    assumptions = parse_assumptions(merge_assumptions(shipped, changes))
    simulator = FikenSimulator(assumptions, now=NOW, token="token")
    transport = FikenChecked(simulator, FikenContract())
    return simulator, a_client(simulator, transport), transport


def live_a_while(simulator: FikenSimulator) -> int:
    """Let every kind of thing happen; returns an open invoice."""
    kari = simulator.add_contact("Kari Nordmann", email="kari@example.com")
    firm = simulator.add_contact("Fjellrev AS", organization_number="974760673")
    simulator.add_bank_account("Klientkonto")
    project = simulator.add_project("Fjord")
    invoices = [
        simulator.issue_invoice(
            kari if n % 2 else firm,
            100_000 + n,
            issue_date=date(2026, 8, 3),
            project_id=project,
            dispatch=dispatch,
            cash=n == 7,
        )
        for n, dispatch in enumerate(
            ("email", "sms", "ehf", "letter", "vipps", "efaktura", "unknown", None)
        )
    ]
    simulator.pay(invoices[0], 5_000, on=date(2026, 9, 1))
    simulator.delete_payment(invoices[0], simulator.pay(invoices[0], 1, on=date(2026, 9, 1)))
    simulator.credit(invoices[0], on=date(2026, 9, 2), amount=1_000)
    simulator.remind(invoices[0])
    simulator.move_due_date(invoices[1], date(2026, 12, 24))
    simulator.write_off(invoices[2])
    simulator.mark_settled(invoices[3])
    simulator.delete_sale(invoices[4])
    simulator.credit(invoices[5], on=date(2026, 9, 2))
    simulator.move_contact(kari, "Storgata 2", "9008", "Tromsø")
    return invoices[0]


async def test_every_call_is_documented_and_so_is_every_answer(
    world: tuple[FikenSimulator, FikenClient, FikenChecked],
) -> None:
    simulator, client, transport = world
    opened = live_a_while(simulator)
    sale = simulator.books.invoices[opened].sale_id
    note = simulator.books.invoices[opened].credit_notes[0]

    await client.companies()
    await client.bank_accounts()
    rows = [
        row
        async for page in client.every_page(
            lambda page: client.invoices(InvoiceQuery(settled=False), page=page)
        )
        for row in page.rows
    ]
    modified = await client.invoices(InvoiceQuery(customerId=510_001, lastModifiedGe=TODAY))
    contacts = await client.contacts(modified_from=TODAY)
    read = await client.invoice(opened)
    await client.contact(510_002)
    await client.credit_note(note)
    made = await client.create_payment(
        sale, PaymentInput(date=TODAY, account="1920:10001", amount=2_500)
    )
    payments = await client.payments(sale)
    simulator.books.accounts.add("8050")
    entry = JournalEntryInput(
        date=TODAY,
        description="Kravia settlement 7",
        lines=(
            JournalLineInput(account="1920:10001", amount=6_010, debit=True),
            JournalLineInput(account="8050", amount=6_010, debit=False),
        ),
    )
    located = await client.create_journal_entry(entry)
    entries = await client.journal_entries(date_from=TODAY)

    assert located == "650001"
    assert [each.description for each in entries.rows] == [
        "Fri postering registrert via API: Kravia settlement 7"
    ]
    assert simulator.books.balance("8050") == -6_010
    assert [row.invoiceId for row in rows] == [7_100_001, 7_100_002, 7_100_007, 7_100_008]
    assert (modified.resultCount, modified.pageCount) == (4, 2)
    assert len(contacts.rows) == 2
    assert read.sale is not None
    assert abs(read.sale.outstandingBalance or 0) == 94_000
    assert (read.reminders, read.associatedCreditNotes) == (1, (note,))
    assert [(each.paymentId, each.amount) for each in payments][-1] == (made, 2_500)
    assert transport.statuses == {200, 201}
    assert transport.operations == {
        "GET /companies",
        f"GET {COMPANY}/bankAccounts",
        f"GET {COMPANY}/invoices",
        f"GET {COMPANY}/contacts",
        f"GET {COMPANY}/invoices/{{invoiceId}}",
        f"GET {COMPANY}/contacts/{{contactId}}",
        f"GET {COMPANY}/creditNotes/{{creditNoteId}}",
        f"GET {COMPANY}/sales/{{saleId}}/payments",
        f"POST {COMPANY}/sales/{{saleId}}/payments",
        f"GET {COMPANY}/journalEntries",
        f"POST {COMPANY}/generalJournalEntries",
    }


async def test_a_first_look_keeps_to_the_contract_and_finds_what_is_assumed(
    world: tuple[FikenSimulator, FikenClient, FikenChecked],
) -> None:
    simulator, client, transport = world
    live_a_while(simulator)

    found = {
        each.key: each.verdict for each in inspect(await look(client), client.assumptions, NOW)
    }

    assert found["balance.owed_is"] is Verdict.HOLDS
    assert found["sale.salePayments"] is Verdict.HOLDS
    assert found["paging headers"] is Verdict.HOLDS
    assert Verdict.DOES_NOT_HOLD not in found.values()
    assert transport.statuses == {200}


async def test_refusals_are_those_documented(
    world: tuple[FikenSimulator, FikenClient, FikenChecked],
) -> None:
    simulator, client, transport = world
    sale = simulator.books.invoices[live_a_while(simulator)].sale_id
    wrong = FikenClient(
        transport,
        simulator.assumptions,
        PersonalToken(lambda: "wrong"),
        company="nordlys-konsult-as",
        sleep=no_waiting,
    )
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: client.invoice(1),
        lambda: client.create_payment(1, PaymentInput(date=TODAY, account="1920", amount=1)),
        lambda: client.create_payment(sale, PaymentInput(date=TODAY, account="1920", amount=1)),
        wrong.companies,
    ]
    for call in calls:
        with pytest.raises(ClientError):
            await call()
    simulator.under_way = 2
    with pytest.raises(ClientError):
        await client.companies()

    assert transport.statuses == {400, 401, 404, 429}
    assert simulator.breaches == 1


def test_what_is_not_documented_is_caught() -> None:
    contract = FikenContract()
    headers = {"authorization": "Bearer x", "x-request-id": "0" * 32}
    for path, query in (
        ("/companies/x/invoice", {}),
        ("/companies/x/invoices", {"dueDateBefore": "2026-11-24"}),
        ("/companies/x/invoices", {"settled": "no"}),
        ("/companies/x/invoices", {"page": "0"}),
    ):
        with pytest.raises(AssertionError):
            contract.check_request(Request(method="GET", path=path, query=query, headers=headers))
