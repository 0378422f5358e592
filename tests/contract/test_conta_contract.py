"""Everything the client sends and the simulator answers, held against Conta's own OpenAPI.

Where that document comes from: ``conta_openapi``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from clients.assumptions_document import merge_assumptions
from clients.conta.assumptions import parse_assumptions
from clients.conta.client import ContaClient
from clients.conta.simulator import ContaSimulator
from clients.conta.wire import CreditNoteInput, InvoiceQuery, PaymentInput
from clients.errors import ClientError
from clients.simulated_faults import Fault, FaultKind
from tests.contract.conta_openapi import (
    CheckedTransport,
    Contract,
    needs_specification,
    strict_document,
)

ROOT = Path(__file__).parents[2]

pytestmark = needs_specification

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ORGANIZATION = 4242


@pytest.fixture(params=["local times", "times with offsets"])
def world(request: pytest.FixtureRequest) -> tuple[ContaSimulator, ContaClient, CheckedTransport]:
    shipped = tomllib.loads((ROOT / "config" / "conta.toml").read_text())
    has_offsets = request.param == "times with offsets"
    changes = {
        "writes_offsets": has_offsets,
        "files": {"enabled": True},
        "lists": {"page_size_rows": 2},
    }
    assumptions = parse_assumptions(merge_assumptions(shipped, changes))
    simulator = ContaSimulator(assumptions, now=NOW, organization_id=ORGANIZATION, api_key="key")
    transport = CheckedTransport(
        simulator, Contract(strict_document(), times_have_offsets=has_offsets)
    )
    client = ContaClient(
        transport, assumptions, lambda: "key", organization_id=ORGANIZATION, sleep=no_waiting
    )
    return simulator, client, transport


async def no_waiting(_: float) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Ids of an open invoice, a credit note and a payment on the invoice."""

    invoice: int
    note: int
    payment: int


def live_a_while(simulator: ContaSimulator) -> Scene:
    """Let every kind of thing happen."""
    kari = simulator.add_customer("Kari Nordmann", email="kari@example.com")
    firm = simulator.add_customer("Fjellrev AS", customer_type="ORGANIZATION", org_no="974760673")
    account = simulator.add_bank_account("1234.56.78903")
    department, project = simulator.add_department("Oslo"), simulator.add_project("Fjord")
    first, second, third, fourth, fifth = (
        simulator.issue_invoice(
            kari if n % 2 else firm,
            Decimal(1000 + n),
            invoice_date=date(2026, 8, 3),
            due_date=date(2026, 8, 17),
            department_id=department,
            project_id=project,
            bank_account_id=account,
        )
        for n in range(5)
    )
    for method in ("MAIL", "EMAIL", "EFAKTURA", "NONE"):
        simulator.send_letter(
            first,
            on=date(2026, 9, 17),
            due_date=date(2026, 10, 1),
            delivery_method=method,
            fee=Decimal("38.00"),
        )
    simulator.delete_late_fees(first)
    payment = simulator.pay_by_ocr(first, Decimal("100.00"), on=date(2026, 9, 20))
    both = simulator.pay_by_hand({first: Decimal(1), second: Decimal(2)}, on=date(2026, 9, 21))
    simulator.delete_payment(both)
    simulator.disconnect_payment(simulator.pay_by_ocr(second, Decimal(9), on=date(2026, 9, 22)))
    note = simulator.credit(second, on=date(2026, 10, 1))
    simulator.delete_credit_note(simulator.credit(third, on=date(2026, 10, 1)))
    simulator.object_to(third)
    simulator.postpone(third, date(2026, 12, 24))
    simulator.write_off(third)
    simulator.reverse_write_off(third)
    simulator.click_send_to_kravia(fourth)
    simulator.kravia_confirms(fourth)
    simulator.kravia_pays(fourth, Decimal(5), on=date(2026, 11, 1))
    simulator.kravia_gives_up(fourth)
    simulator.click_send_to_kravia(fifth)
    simulator.kravia_confirms(fifth)
    simulator.pull_from_kravia(fifth)
    return Scene(invoice=first, note=note, payment=payment)


async def every_read(client: ContaClient, simulator: ContaSimulator) -> None:
    await client.organizations()
    await client.bank_accounts()
    await client.customers(modified_from=date(2026, 1, 1), modified_to=date(2026, 12, 31))
    await client.departments()
    await client.projects()
    for invoice in tuple(simulator.books.invoices.values()):
        await client.customer(invoice.customer_id)
        await client.invoice(invoice.id)
        await client.events(invoice.id)
        await client.payments(invoice.id)
        await client.file_link(invoice.file_id)
    for kind in ("PAID", "UNPAID", "ACTIVE", "OVERDUE", "FOLLOW_UP", "KRAVIA", None):
        query = InvoiceQuery(type=kind, kraviaInvoiceStatuses="ACTIVE" if kind is None else None)
        async for _ in client.every_page(lambda n, q=query: client.invoices(q, page=n)):  # type: ignore[misc]  # mypy cannot infer a lambda's default
            pass
    narrow = InvoiceQuery(customerId=510_001, invoiceNo=20_002, fromDate=date(2026, 1, 1))
    await client.invoices(narrow)
    await client.invoice_payments(from_date=date(2026, 1, 1), to_date=date(2026, 12, 31))


async def test_all_calls_and_answers_of_a_ledgers_life_keep_the_contract(
    world: tuple[ContaSimulator, ContaClient, CheckedTransport],
) -> None:
    simulator, client, transport = world
    scene = live_a_while(simulator)
    await every_read(client, simulator)
    entry = PaymentInput(
        date=date(2026, 11, 20),
        amount=Decimal("10.50"),
        bankAccountId=3_001,
        description="Kravia settlement 41, case 7",
        departmentId=11,
        projectId=701,
    )
    booked = await client.create_payment(scene.invoice, entry)
    await client.delete_payment(booked.id)
    await client.credit_note(
        simulator.issue_invoice(510_001, Decimal(7), invoice_date=date(2026, 11, 1)),
        CreditNoteInput(creditNoteDate=date(2026, 11, 24), removePaymentsIfExist=True),
    )

    paths = strict_document()["paths"].values()
    documented = {op["operationId"] for item in paths for op in item.values() if "responses" in op}
    assert transport.operations == documented
    assert transport.statuses == {200}


Call = Callable[[ContaClient, Scene], Awaitable[object]]
Prepare = Callable[[ContaSimulator, int], object]


def payment_of(amount: str, on: date = date(2026, 11, 20)) -> Call:
    entry = PaymentInput(date=on, amount=Decimal(amount), bankAccountId=3_001)
    return lambda client, scene: client.create_payment(scene.invoice, entry)


def a_read(client: ContaClient, scene: Scene) -> Awaitable[object]:
    return client.invoice(scene.invoice)


def a_deletion(client: ContaClient, scene: Scene) -> Awaitable[object]:
    return client.delete_payment(scene.payment)


def a_credit(client: ContaClient, scene: Scene) -> Awaitable[object]:
    return client.credit_note(scene.invoice, CreditNoteInput())


def planting(fault: Fault) -> Prepare:
    return lambda simulator, _: simulator.faults.plant(fault)


def refusals() -> Iterator[tuple[str, Prepare, Call]]:
    """Yield (name, how it comes about, the call that is refused)."""

    def as_is(simulator: ContaSimulator, invoice: int) -> None: ...

    later = NOW + timedelta(hours=1)
    yield "AmountGreaterThanRemainingOnInvoiceException", as_is, payment_of("9999.00")
    yield "PaymentDateInFutureException", as_is, payment_of("1.00", date(2026, 11, 25))
    yield "AccountingYearIsLockedException", lambda s, _: s.lock_year(2026), payment_of("1.00")
    yield (
        "VatPeriodIsAlreadySettledException",
        lambda s, _: s.settle_vat(date(2026, 11, 1), date(2026, 12, 31)),
        payment_of("1.00"),
    )
    yield (
        "BookkeepingAccountReconciledForPeriodException",
        lambda s, _: s.reconcile(3_001, date(2026, 11, 20)),
        payment_of("1.00"),
    )
    yield (
        "CannotCreateTransactionBeforeStartDateException",
        lambda s, _: setattr(s.books.periods, "starts_on", date(2026, 11, 21)),
        payment_of("1.00"),
    )
    yield (
        "AmountGreaterThanRemainingOnKraviaException",
        lambda s, invoice: s.kravia_confirms(invoice),
        payment_of("9999.00"),
    )
    yield "InvoiceHasPaymentsException", as_is, a_credit
    yield (
        "InvoiceOnKraviaHasPaymentsException",
        lambda s, invoice: s.kravia_pays(invoice, Decimal(1), on=date(2026, 11, 20)),
        a_credit,
    )
    yield (
        "CannotCreditCreditNotesException",
        as_is,
        lambda client, scene: client.credit_note(scene.note, CreditNoteInput()),
    )
    yield "InvoiceIsClosedWithLossException", lambda s, invoice: s.write_off(invoice), a_deletion
    yield "TransactionAlreadyResetException", lambda s, _: s.delete_payment(930_001), a_deletion
    yield "InUseIdModelStorageException", lambda s, _: s.hold(930_001), a_deletion
    yield (
        "CustomerNotFoundException",
        as_is,
        lambda client, _: client.invoices(InvoiceQuery(customerId=1)),
    )
    yield (
        "NotFoundIdModelStorageToolException",
        as_is,
        lambda client, _: client.invoice(1),
    )
    yield "MaintenanceException", lambda s, _: s.maintain_until(later), a_read
    yield "OrgReadOnlyModeException", lambda s, _: s.read_only_until(later), payment_of("1.00")
    for status, name in (
        (400, "RestRequestException"),
        (401, "LoginRequiredException"),
        (403, "OrgAccessDeniedException"),
        (409, "InputOpException"),
        (413, "PostRequestTooLargeException"),
        (503, "SystemException"),
    ):
        fault = Fault(kind=FaultKind.STATUS, status=status, name=name, times=None)
        yield name, planting(fault), payment_of("1.00")


@pytest.mark.parametrize(
    ("name", "prepare", "call"), [pytest.param(*case, id=case[0]) for case in refusals()]
)
async def test_a_refusal_keeps_the_contract_and_reaches_the_caller(
    world: tuple[ContaSimulator, ContaClient, CheckedTransport],
    name: str,
    prepare: Prepare,
    call: Call,
) -> None:
    simulator, client, transport = world
    scene = live_a_while(simulator)
    prepare(simulator, scene.invoice)

    with pytest.raises(ClientError, match=name):
        await call(client, scene)

    assert transport.refusals == {name}
