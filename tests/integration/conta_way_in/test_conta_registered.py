"""Invoices from elsewhere of a creditor whose ledger is Conta: Conta does not know them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from clients.webhook import ledger_events
from gateway.storage import claims


async def register(world: Any, **debtor: Any) -> str:
    """Register an invoice that is in no ledger; returns its id."""
    fields: dict[str, Any] = {"id": None, "number": "E-1"}
    data = ledger_events.invoice_data(debtor=debtor, **fields)
    told = await world.call("registrations.start", creditor="acme", drafts=[{"data": data}])
    await world.intake()
    return str(told["items"][0]["invoice_id"])


async def test_it_goes_though_conta_has_never_heard_of_it(world: Any) -> None:
    invoice_id = await register(world, number=None)

    await world.settle()

    assert world.registered() == [invoice_id]
    assert await world.alerts() == []


async def test_of_a_debtor_in_conta_the_others_are_still_asked_for(world: Any) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()
    claim = await world.gateway.database.read(
        lambda connection: claims.find(connection, "acme", str(made))
    )
    known = claim.invoice(world.gateway.seal).debtor
    same = {"name": known.name, "organization_number": known.organization_number}
    born = known.birth_date.isoformat() if known.birth_date else None
    invoice_id = await register(world, number=known.number, birth_date=born, **same)
    await world.poll_kravia()
    world.conta.pay_by_ocr(made, Decimal("1000.00"), on=date(2026, 11, 24))

    await world.settle()

    assert sorted(world.registered()) == sorted([invoice_id, str(made)])
    amounts = {case.original_amount for case in world.kravia.books.invoices.values()}
    assert Decimal("1250.00") in amounts
