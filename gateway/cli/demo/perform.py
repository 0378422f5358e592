"""Does the steps of the stories, each by whom it belongs to, over HTTP where HTTP is spoken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gateway.cli.demo import steps
from gateway.cli.demo.cast import DemoInvoice
from gateway.cli.demo.door import CREDITOR, REASON
from gateway.cli.demo.ledger import PayOut
from gateway.cli.demo.stage import KRAVIA_CREDITOR_ID, Stage
from gateway.cli.demo.steps import KraviaStep, Remote, Step
from gateway.domain.oslo import oslo_date


@dataclass(slots=True)
class Performer:
    """Does one step after the other."""

    stage: Stage

    async def prepare(self) -> None:
        """Before the first story: a case that is none of ours, and Kravia's webhook switched on."""
        self.stage.kravia.preload(
            creditor_id=KRAVIA_CREDITOR_ID,
            invoice_no="10001",
            invoice_date=date(2025, 3, 3),
            original_amount=Decimal(1_000),
            debtor_number="40001",
        )
        door = self.stage.door
        await door.call(
            "creditors.configure_webhook",
            creditor=CREDITOR,
            url=f"{door.url}/kravia/webhooks/{CREDITOR}",
        )

    async def perform(self, invoice: DemoInvoice, step: Step) -> None:
        """Do one step of an invoice's story."""
        match step:
            case steps.Stops(remote=Remote.KRAVIA):
                await self.stage.kravia_host.stop()
            case steps.Starts(remote=Remote.KRAVIA):
                await self.stage.kravia_host.start()
            case steps.Approves():
                await self._approve(invoice)
            case steps.LinkBooksPayOut(at=at):
                invoice_id = self.stage.ledger.id_of(invoice)
                of_it = [each for each, _ in self._taken() if each.invoice_id == invoice_id]
                await self.stage.ledger.book(self.stage.door, of_it, oslo_date(at), by_link=True)
            case (
                steps.HasAlready()
                | steps.Fails()
                | steps.LosesHint()
                | steps.PaysKravia()
                | steps.SaysStatus()
                | steps.CallsOff()
                | steps.OthersMove()
            ):
                self._happens_at_kravia(invoice, step)
            case _:
                await self.stage.ledger.act(self.stage.door, invoice, step)

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
        """The creditor's bank shows Kravia's pay-outs, and the ledger books them."""
        paid_out = [each for each, is_paid_out in self._taken() if is_paid_out]
        await self.stage.ledger.book(self.stage.door, paid_out, on)

    def _taken(self) -> Iterator[tuple[PayOut, bool]]:
        """What debtors paid Kravia, and whether it has been paid out."""
        for case in self.stage.kravia.books.invoices.values():
            for payment in case.payments:
                if payment.accounting_payment_id is None and not payment.is_credit_note:
                    pay_out = PayOut(
                        payment_id=payment.payment_id,
                        invoice_id=case.accounting_invoice_id or "",
                        amount=payment.capital,
                    )
                    yield pay_out, payment.settlement_id is not None

    def _preload(self, invoice: DemoInvoice, step: steps.HasAlready) -> None:
        ledger = self.stage.ledger
        self.stage.kravia.preload(
            creditor_id=KRAVIA_CREDITOR_ID,
            invoice_no=ledger.number_of(invoice),
            invoice_date=step.invoice_date,
            original_amount=invoice.amount,
            debtor_number=ledger.debtor_of(invoice),
            debtor_name=invoice.debtor.name,
            meaning=step.meaning,
        )

    def _kravia_id(self, invoice: DemoInvoice) -> str:
        """Kravia's id of an invoice we registered."""
        invoice_id = self.stage.ledger.id_of(invoice)
        return next(
            each.invoice_id
            for each in self.stage.kravia.books.invoices.values()
            if each.accounting_invoice_id == invoice_id
        )

    async def _approve(self, invoice: DemoInvoice) -> None:
        door = self.stage.door
        for claim in await door.claims_of(self.stage.ledger.debtor_of(invoice)):
            await door.call("claims.approve", claim_id=claim["claim_id"], reason=REASON)
