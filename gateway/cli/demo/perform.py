"""Does the steps of the stories, each by whom it belongs to, over HTTP where HTTP is spoken."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import cast

import orjson

from clients.exchange import Response
from clients.webhook.ledger_events import Document, event_body, payment_data
from clients.webhook.signature import signed_headers
from gateway.cli.demo import story as steps
from gateway.cli.demo.cast import DemoInvoice
from gateway.cli.demo.host import Host
from gateway.cli.demo.stage import CREDITOR, KRAVIA_CREDITOR_ID, Stage
from gateway.cli.demo.story import Answer, KraviaStep, Remote, Step
from gateway.domain.oslo import oslo_date

_REASON = "as the story tells"


@dataclass(slots=True)
class Performer:
    """Does one step after the other; ``surprises`` are webhook answers that no story expects."""

    stage: Stage
    recorded: int = 0
    surprises: list[str] = field(default_factory=list)
    _sent: int = 0

    async def prepare(self) -> None:
        """Before the first story: a case that is none of ours, and Kravia's webhook switched on."""
        self.stage.kravia.preload(
            creditor_id=KRAVIA_CREDITOR_ID,
            invoice_no="10001",
            invoice_date=date(2025, 3, 3),
            original_amount=Decimal(1_000),
            debtor_number="40001",
        )
        await self.stage.call(
            "creditors.configure_webhook",
            creditor=CREDITOR,
            url=f"{self.stage.gateway_url}/kravia/webhooks/{CREDITOR}",
        )

    async def perform(self, invoice: DemoInvoice, step: Step) -> None:
        """Do one step of an invoice's story."""
        match step:
            case steps.Sends():
                await self._send(step)
            case steps.Stops(remote=remote):
                await self._host(remote).stop()
            case steps.Starts(remote=remote):
                await self._host(remote).start()
            case steps.Approves():
                await self._approve(invoice)
            case steps.Repairs():
                await self._repair(step)
            case _:
                self._happens_at_kravia(invoice, step)

    def _happens_at_kravia(self, invoice: DemoInvoice, step: KraviaStep) -> None:
        kravia = self.stage.kravia
        match step:
            case steps.HasAlready():
                self._preload(invoice, step)
            case steps.Fails(fault=fault):
                kravia.faults.plant(fault)
            case steps.LosesHint():
                kravia.set_conditions(webhooks_lost=1)
            case steps.PaysKravia(amount=amount, at=at):
                kravia.debtor_pays(self._kravia_id(invoice), amount, oslo_date(at))
            case steps.SaysStatus(word=word):
                kravia.books.invoices[self._kravia_id(invoice)].status = word
                kravia.touch(self._kravia_id(invoice))
            case steps.CallsOff():
                kravia.withdraw(self._kravia_id(invoice))
            case steps.OthersMove():
                kravia.touch(next(iter(kravia.books.invoices)))

    def pay_out(self, on: date) -> None:
        """Kravia pays the creditor what debtors paid it."""
        self.stage.kravia.pay_out(KRAVIA_CREDITOR_ID, on)

    async def read_account(self, on: date) -> None:
        """The creditor's bank shows Kravia's pay-outs; the ledger books and tells them as payments.

        Nothing in them says Kravia: only the settlement's lines tell them from a debtor's own.
        """
        kravia, book = self.stage.kravia, self.stage.book
        for settlement in kravia.books.settlements.values():
            for number, (kravia_id, amount, _) in enumerate(settlement.lines, start=1):
                payment_id = f"bank-{settlement.settlement_id}-{number}"
                if payment_id in book.payout_ids:
                    continue
                book.payout_ids.add(payment_id)
                data = payment_data(
                    invoice_id=kravia.books.invoices[kravia_id].accounting_invoice_id or "",
                    payment_id=payment_id,
                    amount=f"{amount:.2f}",
                    paid_on=on.isoformat(),
                )
                sends = steps.Sends(at=self.stage.clock.now, type="payment.received", data=data)
                await self._send(sends)

    async def _send(self, step: steps.Sends) -> None:
        now = self.stage.clock.now
        body = orjson.dumps(event_body(step.type, step.data, (step.happened_at or now).isoformat()))
        self._sent += 1
        headers = signed_headers(
            [self.stage.secret],
            step.webhook_id or f"demo-{self._sent}",
            int(now.timestamp()),
            body,
        )
        if not step.is_signed:
            headers = {"content-type": headers["content-type"]}
        answer = _answer(await self.stage.post(f"/webhooks/{CREDITOR}", headers, body))
        if answer == Answer.RECORDED:
            self.recorded += 1
            self.stage.book.booked(step.type, step.data)
        if answer != step.answer:
            self.surprises.append(f"{step.type} was answered {answer}, not {step.answer}")

    def _preload(self, invoice: DemoInvoice, step: steps.HasAlready) -> None:
        self.stage.kravia.preload(
            creditor_id=KRAVIA_CREDITOR_ID,
            invoice_no=invoice.number,
            invoice_date=step.invoice_date,
            original_amount=invoice.amount,
            debtor_number=invoice.debtor_number,
            debtor_name=str(invoice.debtor["name"]),
            meaning=step.meaning,
        )

    def _kravia_id(self, invoice: DemoInvoice) -> str:
        """Kravia's id of an invoice we registered."""
        return next(
            each.invoice_id
            for each in self.stage.kravia.books.invoices.values()
            if each.accounting_invoice_id == invoice.invoice_id
        )

    def _host(self, remote: Remote) -> Host:
        return self.stage.kravia_host if remote is Remote.KRAVIA else self.stage.ledger_host

    async def _approve(self, invoice: DemoInvoice) -> None:
        page = await self.stage.call("claims.list", debtor=invoice.debtor_number)
        for claim in cast("list[Document]", page["items"]):
            await self.stage.call("claims.approve", claim_id=claim["claim_id"], reason=_REASON)

    async def _repair(self, step: steps.Repairs) -> None:
        page = await self.stage.call("events.list", outcome="rejected")
        body = orjson.dumps(event_body(step.type, step.data, self.stage.clock.now.isoformat()))
        for event in cast("list[Document]", page["items"]):
            await self.stage.call(
                "events.repair", event_id=event["event_id"], body=body.decode(), reason=_REASON
            )
        self.stage.book.booked(step.type, step.data)


def _answer(response: Response) -> str:
    """The gateway's answer in a word of the stories."""
    match response.status:
        case 202:
            return str(orjson.loads(response.body)["outcome"])
        case 401:
            return Answer.UNAUTHORIZED
        case 422:
            return Answer.NOT_VALID
        case status:
            return str(status)
