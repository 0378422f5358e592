"""Everything the client sends and the simulator answers, held against Tripletex's own OpenAPI.

Where that document comes from: ``tripletex_openapi``.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clients.assumptions_document import merge_assumptions
from clients.errors import AuthenticationError, ClientError, NotFoundError
from clients.exchange import Request
from clients.tripletex.assumptions import parse_assumptions
from clients.tripletex.client import Tokens, TripletexClient
from clients.tripletex.simulator import TripletexSimulator
from clients.tripletex.verdict import TripletexRefusedError
from clients.tripletex.wire import InvoiceQuery, PaymentInput, VoucherInput, VoucherRow
from tests.contract.tripletex_openapi import (
    CheckedTransport,
    Contract,
    needs_tripletex_specification,
)

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ALL = InvoiceQuery(invoiceDateFrom=date(2021, 11, 24), invoiceDateTo=date(2026, 11, 25))

pytestmark = needs_tripletex_specification

World = tuple[TripletexSimulator, TripletexClient, CheckedTransport]


@pytest.fixture
def contract() -> Contract:
    return Contract()


@pytest.fixture
def world(contract: Contract) -> World:
    shipped = tomllib.loads((ROOT / "config" / "tripletex.toml").read_text())
    changes = {"lists": {"page_size_rows": 2, "status": "OUTSTANDING"}}
    assumptions = parse_assumptions(merge_assumptions(shipped, changes))
    simulator = TripletexSimulator(assumptions, now=NOW, company_id=5050, tokens=("c", "e"))
    transport = CheckedTransport(simulator, contract)
    client = TripletexClient(
        transport,
        assumptions,
        lambda: Tokens(consumer="c", employee="e"),
        company_id=5050,
        today=lambda: TODAY,
        sleep=no_waiting,
    )
    return simulator, client, transport


async def no_waiting(_: float) -> None:
    return


def live_a_while(simulator: TripletexSimulator) -> list[int]:
    """Let every kind of thing happen; returns the invoices, the first still open."""
    kari = simulator.add_customer("Kari Nordmann", email="kari@example.com")
    firm = simulator.add_customer("Fjellrev AS", is_private=False, organization_number="974760673")
    invoices = [
        simulator.issue_invoice(
            kari if n % 2 else firm,
            Decimal(1000 + n),
            invoice_date=date(2026, 8, 3),
            department_id=simulator.add_department("Oslo"),
            project_id=simulator.add_project("Fjord"),
        )
        for n in range(6)
    ]
    for kind in ("SOFT_REMINDER", "REMINDER", "NOTICE_OF_DEBT_COLLECTION", "DEBT_COLLECTION"):
        simulator.remind(
            invoices[0],
            on=date(2026, 9, 17),
            term_of_payment=date(2026, 10, 1),
            reminder_type=kind,
            charge=Decimal("38.00"),
        )
    simulator.postpone(invoices[0], date(2026, 12, 24))
    paid = simulator.pay_by_ocr(invoices[1], Decimal(1001), on=date(2026, 9, 20))
    simulator.take_back(paid, on=date(2026, 9, 21))
    simulator.credit(invoices[2], on=date(2026, 10, 1))
    simulator.pay_several(invoices[3:5], on=date(2026, 11, 20))
    simulator.write_off(invoices[5], on=date(2026, 11, 20))
    simulator.send_to_factoring(firm)
    return invoices


async def test_all_calls_and_answers_of_a_ledgers_life_keep_the_contract(world: World) -> None:
    simulator, client, transport = world
    payment_type = simulator.add_payment_type("Kravia", 1920)
    invoices = live_a_while(simulator)

    assert (await client.who_am_i()).companyName == "Nordlys Konsult AS"
    open_ones = [row.id async for page in client.every_invoice(ALL) for row in page]
    assert open_ones == invoices[:2]
    for each in simulator.books.invoices:
        found = await client.invoice(each)
        for group in {posting.closeGroupId for posting in found.postings} - {None}:
            await client.close_group(group or 0)
    for customer in simulator.books.customers:
        await client.customer(customer)
    assert [ids async for ids in client.changed_customers(TODAY)] == [(80_001, 80_002)]
    async for _ in client.postings(date(2026, 11, 1), TODAY, "INCOMING_PAYMENT"):
        pass
    assert (await client.payment_type(payment_type)).debitAccountNumber == 1920
    assert len(await client.accounting_periods()) == 60
    simulator.subscribe("closeGroup.create", "https://gateway.example/ledger/webhooks/acme", "s")
    (subscription,) = await client.subscriptions()
    assert subscription.status == "ACTIVE"
    entry = PaymentInput(paymentDate=TODAY, paymentTypeId=payment_type, paidAmount=Decimal("9.50"))
    await client.pay(invoices[0], entry)
    await book_voucher(simulator, client)
    assert [each.id for each in await client.vat_types()] == [0, 1, 3]

    assert transport.operations == {
        "TokenSessionCreate_createWithBody",
        "TokenSessionWhoAmI_whoAmI",
        "Invoice_search",
        "Invoice_get",
        "InvoicePayment_payment",
        "InvoicePaymentType_get",
        "Customer_search",
        "Customer_get",
        "LedgerCloseGroup_get",
        "LedgerPosting_search",
        "LedgerAccountingPeriod_search",
        "EventSubscription_search",
        "LedgerAccount_search",
        "LedgerVatType_search",
        "LedgerVoucher_post",
        "LedgerVoucherExternalVoucherNumber_externalVoucherNumber",
    }


async def book_voucher(simulator: TripletexSimulator, client: TripletexClient) -> None:
    """Look accounts up, book interest that came and costs that were kept, find it by its number."""
    simulator.add_account(8050)
    simulator.add_account(6730)
    (clearing,), (interest,), (costs,) = [
        await client.accounts(number) for number in (1920, 8050, 6730)
    ]
    rows = tuple(
        VoucherRow(
            accountId=clearing.id,
            againstAccountId=account.id,
            amount=Decimal(amount),
            description=f"on {account.number}",
            departmentId=21,
            projectId=301,
        )
        for account, amount in ((interest, "60.10"), (costs, "-100"))
    )
    entry = VoucherInput(
        date=TODAY,
        description="Kravia settlement 7",
        externalVoucherNumber="kravia-settlement-7",
        vatTypeId=0,
        rows=rows,
    )

    made = await client.create_voucher(entry)

    assert await client.vouchers("kravia-settlement-7") == (made,)
    assert await client.vouchers("kravia-settlement-77") == ()
    assert simulator.books.by_voucher.balance(1920) == Decimal("-39.90")
    assert simulator.books.by_voucher.balance(8050) == Decimal("-60.10")
    assert simulator.books.by_voucher.balance(6730) == 100


def pays(on: date = TODAY) -> Callable[[TripletexClient, int], Awaitable[object]]:
    entry = PaymentInput(paymentDate=on, paymentTypeId=4501, paidAmount=Decimal(1))
    return lambda client, invoice: client.pay(invoice, entry)


@pytest.mark.parametrize(
    ("error", "told", "call"),
    [
        (NotFoundError, "6000", lambda client, _: client.invoice(1)),
        (TripletexRefusedError, "18000, validation, about paymentDate", pays(date(2026, 10, 31))),
        (AuthenticationError, "9000, security", lambda client, _: client.who_am_i()),
    ],
)
async def test_a_refusal_keeps_the_contract_and_reaches_the_caller(
    world: World, error: type[ClientError], told: str, call: Callable[..., Awaitable[object]]
) -> None:
    simulator, client, _ = world
    simulator.add_payment_type("Kravia", 1920)
    simulator.close_month(2026, 10)
    invoice = live_a_while(simulator)[0]
    client.company_id = 7 if "9000" in told else client.company_id

    with pytest.raises(error, match=told):
        await call(client, invoice)


def test_the_webhooks_keep_the_contract(world: World, contract: Contract) -> None:
    simulator, _, _ = world
    for event in ("closegroup.create", "closegroup.delete", "customer.update", "voucher.create"):
        body = {"event": event, "targetUrl": "https://gateway.example/", "hmacSharedSecret": "s"}
        contract.validate({"$ref": "#/components/schemas/Subscription"}, body)
        request = Request(
            method="POST",
            path="/event/subscription",
            headers=_session(simulator),
            body=json.dumps(body).encode(),
        )
        response = simulator.handle(request)
        assert response.status == 201
        contract.check_response(request, response)
    live_a_while(simulator)

    sent = simulator.take_webhooks()

    assert {json.loads(each.body)["event"] for each in sent} >= {
        "closegroup.create",
        "closegroup.delete",
    }
    for each in sent:
        instance = {k: v for k, v in json.loads(each.body).items() if v is not None}
        contract.validate({"$ref": "#/components/schemas/WebHookWrapper"}, instance)


def _session(simulator: TripletexSimulator) -> dict[str, str]:
    simulator.books.sessions["t"] = date(2026, 12, 1)
    return {"authorization": "Basic MDp0"}
