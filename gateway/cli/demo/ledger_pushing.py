"""A ledger that pushes: everything that happens in it becomes a signed webhook at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

from clients.webhook import ledger_events as events
from clients.webhook.simulator import LedgerSimulator, Told
from clients.webhook.simulator_server import build_ledger_app
from gateway.cli.demo import steps
from gateway.cli.demo.agreement import Side
from gateway.cli.demo.cast import DemoInvoice
from gateway.cli.demo.door import REASON, Document, Door
from gateway.cli.demo.host import Host
from gateway.cli.demo.ledger import PayOut
from gateway.cli.demo.steps import LedgerStep, Sends
from gateway.domain.invoice import Invoice
from mappers.invoice_to_webhook import invoice_to_webhook

OVERDUE: Final = "invoice.overdue"


class PushingLedger:
    """Sends what happens, keeps a book of what is open, and is told by webhooks in return."""

    transport = None

    def __init__(self, *, secret: bytes, now: datetime) -> None:
        self._told = LedgerSimulator(secret=secret, now=now)
        self._host = Host(lambda: build_ledger_app(self._told))
        self._now = now
        self._facts: dict[str, Invoice] = {}
        self._open: dict[str, Decimal] = {}
        self._booked: dict[str, str] = {}  # by Kravia's id, as what it was booked

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen on a port of its own."""
        await self._host.start()
        try:
            yield
        finally:
            await self._host.stop()

    def settings(self) -> Document:
        """Be told under a path of its own."""
        url = f"{self._host.url}/collections"
        return {"kind": "webhook", "url": url, "secret": "env:SECRET"}

    def set_now(self, now: datetime) -> None:
        """Move its clock."""
        self._now = now
        self._told.set_now(now)

    def id_of(self, invoice: DemoInvoice) -> str:
        """Return the play's: it is this ledger's too."""
        return invoice.facts.id

    def number_of(self, invoice: DemoInvoice) -> str:
        """Return the number it was dealt."""
        return invoice.facts.number

    def debtor_of(self, invoice: DemoInvoice) -> str:
        """Return the number the debtor was dealt."""
        return invoice.debtor.number

    async def act(self, door: Door, invoice: DemoInvoice, step: LedgerStep) -> None:
        """Send what happens as an event."""
        match step:
            case steps.Sends():
                await self._send(door, step)
            case steps.Repairs():
                await self._repair(door, step)
            case steps.AnswersObjection(on=on):
                await door.answer_objection(self.id_of(invoice), on)
            case steps.Stops():
                await self._host.stop()
            case steps.Starts():
                await self._host.start()
            case _:
                type_, data = self._event(invoice, step)
                await self._send(door, Sends(at=self._now, type=type_, data=data))

    def _event(self, invoice: DemoInvoice, step: LedgerStep) -> tuple[str, Document]:
        """Word what happens."""
        invoice_id, number = invoice.facts.id, invoice.facts.number
        match step:
            case steps.Appears(facts=facts):
                return OVERDUE, self._snapshot(facts or invoice.facts)
            case steps.SendsLetter(letter=letter):
                known = self._facts[invoice_id]
                version = (known.version or 0) + 1
                changed = replace(known, notices=(*known.notices, letter), version=version)
                return "invoice.updated", self._snapshot(changed)
            case steps.PaysCreditor(amount=amount, on=on):
                return "payment.received", events.payment_data(
                    invoice_id=invoice_id,
                    payment_id=f"pay-{number}",
                    amount=f"{amount:.2f}",
                    paid_on=on.isoformat(),
                )
            case steps.Credits(amount=amount, on=on):
                return "credit_note.issued", events.credit_note_data(
                    invoice_id=invoice_id,
                    credit_note_id=f"cre-{number}",
                    amount=f"{amount:.2f}",
                    issued_on=on.isoformat(),
                )
            case steps.Objects(on=on):
                return "objection.raised", events.objection_data(
                    invoice_id=invoice_id, raised_on=on.isoformat()
                )
            case steps.Withdraws():
                return "collection.withdrawn", events.withdrawn_data(invoice_id=invoice_id)
            case _:
                raise ValueError(f"a ledger that pushes does not do {type(step).__name__}")

    def _snapshot(self, facts: Invoice) -> Document:
        self._facts[facts.id] = facts
        return invoice_to_webhook(facts)

    async def book(
        self, door: Door, pay_outs: Sequence[PayOut], on: date, *, by_link: bool = False
    ) -> None:
        """Book each as a payment, and tell it as any other."""
        says_whose: Document = {"from_agency": True} if by_link else {}
        for each in pay_outs:
            if each.payment_id in self._booked:
                continue
            self._booked[each.payment_id] = payment_id = f"bank-{each.payment_id}"
            data = events.payment_data(
                invoice_id=each.invoice_id,
                payment_id=payment_id,
                amount=f"{each.amount:.2f}",
                paid_on=on.isoformat(),
                **says_whose,
            )
            await self._send(door, Sends(at=self._now, type="payment.received", data=data))

    @property
    def pay_out_ids(self) -> frozenset[str]:
        """The payments that were pay-outs."""
        return frozenset(self._booked.values())

    def collected(self) -> Counter[str]:
        """Count what it was told; the account statement books pay-outs, so no krone twice."""
        return Counter(map(_invoice_id, self._told.of_type("payment.collected")))

    def sides(self, invoice_ids: Iterable[str]) -> dict[str, Side]:
        """Return what was booked and told."""
        registered = Counter(map(_invoice_id, self._told.of_type("claim.registered")))
        ended = {
            _invoice_id(told): str(told.data["reason"])
            for told in self._told.of_type("claim.closed")
        }
        return {
            invoice_id: Side(
                collecting=registered[invoice_id] == 1 and invoice_id not in ended,
                ended=ended.get(invoice_id),
                open=self._open.get(invoice_id, Decimal(0)),
            )
            for invoice_id in invoice_ids
        }

    def filed_under(self, department: str | None, project: str | None) -> tuple[str, str]:
        """Return them: this ledger sends names."""
        return department or "", project or ""

    async def _send(self, door: Door, event: Sends) -> None:
        if await door.send(event):
            self._keep(event.type, event.data)

    async def _repair(self, door: Door, step: steps.Repairs) -> None:
        page = await door.call("events.list", outcome="rejected")
        body = door.body(step.type, step.data, self._now).decode()
        for event in page["items"]:
            await door.call("events.repair", event_id=event["event_id"], body=body, reason=REASON)
        self._keep(step.type, step.data)

    def _keep(self, type_: str, data: Mapping[str, object]) -> None:
        """Book what an event says; the same rules as any ledger's."""
        match type_:
            case "invoice.overdue" | "invoice.updated":
                stated = _part(data, "invoice")
                self._open[str(stated["id"])] = Decimal(str(stated["outstanding"]))
            case "payment.received":
                self._reduce(data, "payment")
            case "credit_note.issued":
                self._reduce(data, "credit_note")

    def _reduce(self, data: Mapping[str, object], name: str) -> None:
        invoice_id = str(data["invoice_id"])
        rest = self._open[invoice_id] - Decimal(str(_part(data, name)["amount"]))
        self._open[invoice_id] = max(Decimal(0), rest)  # what is too much stands elsewhere


def _part(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", data[name])


def _invoice_id(told: Told) -> str:
    claim: Any = told.data["claim"]
    return str(claim["invoice_id"])
