"""The life of the simulated Kravia's cases, driven from outside: money, objections, ends, time.

Every change stamps the invoice, gives the feed a row and, where a creditor configured its webhook,
makes a hint that waits in ``take_webhooks``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

import orjson

from clients.kravia.assumptions import Assumptions
from clients.kravia.hints import sign_hint
from clients.kravia.simulator_books import (
    Books,
    SimulatedInvoice,
    SimulatedPayment,
    SimulatedSettlement,
)
from clients.kravia.simulator_conditions import Conditions
from clients.simulated_remote import SimulatedRemote

_UNKNOWN_RECIPE = "md5(data+secret)"  # what is signed with while no recipe is assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig:
    """Where a creditor's hints go."""

    url: str
    secret: str
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """A hint the shell is to POST."""

    creditor_id: int
    url: str
    body: bytes


class CaseLife(SimulatedRemote[Books, Conditions]):
    """Books, clock, faults and hints of a simulated Kravia, and what may happen to its cases."""

    def __init__(self, assumptions: Assumptions, *, now: datetime, seed: int) -> None:
        super().__init__(Books(zone=assumptions.time_zone, now=now, seed=seed), Conditions())
        self.assumptions = assumptions
        self.webhooks: dict[int, WebhookConfig] = {}
        self._outgoing: list[WebhookCall] = []

    def take_webhooks(self) -> tuple[WebhookCall, ...]:
        """Return the hints that became due since the last call, each once."""
        calls, self._outgoing = tuple(self._outgoing), []
        return calls

    # The life of a case, driven from outside.

    def preload(
        self,
        *,
        creditor_id: int,
        invoice_no: str,
        invoice_date: date,
        original_amount: Decimal,
        debtor_number: str | None,
        debtor_name: str | None = "Ola Nordmann",
        accounting_invoice_id: str | None = None,
        meaning: str = "active",
        currency: str = "NOK",
    ) -> str:
        """Enter an invoice that was there before us (no register is counted); return its id."""
        status, closing_reason = self._words(meaning)
        invoice = SimulatedInvoice(
            invoice_id=self.books.next_invoice_id(),
            creditor_id=creditor_id,
            accounting_invoice_id=accounting_invoice_id,
            invoice_no=invoice_no,
            invoice_date=invoice_date,
            original_amount=original_amount,
            currency=currency,
            debtor_number=debtor_number,
            debtor_name=debtor_name,
            status=status,
            closing_reason=closing_reason,
            is_closed=meaning != "active",
            remaining=original_amount,
            preloaded=True,
        )
        self.books.add_invoice(invoice)
        self._changed(invoice)
        return invoice.invoice_id

    def debtor_pays(self, invoice_id: str, amount: Decimal, on: date) -> SimulatedPayment:
        """Let the debtor pay Kravia; the invoice closes as paid when nothing remains."""
        return self._money(self.books.invoices[invoice_id], amount, on, meaning="paid")

    def reverse_payment(self, invoice_id: str, payment_id: str) -> None:
        """Take a payment back; the principal is open again."""
        invoice = self.books.invoices[invoice_id]
        payment = next(each for each in invoice.payments if each.payment_id == payment_id)
        payment.reversed = True
        invoice.remaining += payment.capital
        invoice.is_closed = False
        invoice.status, invoice.closing_reason = self._words("active")
        self._changed(invoice)

    def object_to(self, invoice_id: str) -> None:
        """Let the debtor dispute the claim: another word that means active, if there is one."""
        words = [word for word, meant in self.assumptions.status_words.items() if meant == "active"]
        invoice = self.books.invoices[invoice_id]
        known = [word for word in words if word in self.assumptions.objection_words]
        disputed = known[0] if known else words[-1]
        invoice.status = disputed.title()
        self._changed(invoice)

    def withdraw(self, invoice_id: str) -> None:
        """Close the invoice as withdrawn by the creditor."""
        self._close(self.books.invoices[invoice_id], "withdrawn")

    def close(self, invoice_id: str, status_word: str, closing_reason: str | None = None) -> None:
        """Close the invoice under any raw words, known or not."""
        invoice = self.books.invoices[invoice_id]
        invoice.status, invoice.closing_reason, invoice.is_closed = (
            status_word,
            closing_reason,
            True,
        )
        self._changed(invoice)

    def touch(self, invoice_id: str) -> None:
        """Stamp the invoice anew without a change of substance; a row of the feed all the same."""
        self._changed(self.books.invoices[invoice_id])

    def pay_out(
        self,
        creditor_id: int,
        on: date,
        *,
        costs: Decimal = Decimal(0),
        costs_vat: Decimal = Decimal(0),
    ) -> SimulatedSettlement | None:
        """Settle with the creditor what its debtors paid Kravia; None if there is nothing.

        ``costs`` and the VAT on them are kept back.
        """
        return self.books.settle(creditor_id, on, costs=costs, costs_vat=costs_vat)

    def _money(
        self,
        invoice: SimulatedInvoice,
        amount: Decimal,
        on: date,
        *,
        meaning: str,
        accounting_payment_id: str | None = None,
        is_credit_note: bool = False,
    ) -> SimulatedPayment:
        payment = self.books.add_payment(
            invoice,
            amount,
            on,
            accounting_payment_id=accounting_payment_id,
            is_credit_note=is_credit_note,
        )
        if invoice.remaining == 0 and not invoice.is_closed:
            self._close(invoice, meaning)
        else:
            self._changed(invoice)
        return payment

    def _close(self, invoice: SimulatedInvoice, meaning: str) -> None:
        invoice.status, invoice.closing_reason = self._words(meaning)
        invoice.is_closed = True
        self._changed(invoice)

    def _changed(self, invoice: SimulatedInvoice) -> None:
        self.books.changed(invoice, self.faults.conditions)
        config = self.webhooks.get(invoice.creditor_id)
        if config is None or not config.enabled:
            return
        conditions = self.faults.conditions
        if conditions.webhooks_lost > 0:
            self.faults.conditions = replace(conditions, webhooks_lost=conditions.webhooks_lost - 1)
            return
        call = WebhookCall(
            creditor_id=invoice.creditor_id, url=config.url, body=self._hint(invoice, config)
        )
        self._outgoing.append(call)
        if conditions.webhooks_duplicated > 0:
            left = conditions.webhooks_duplicated - 1
            self.faults.conditions = replace(conditions, webhooks_duplicated=left)
            self._outgoing.append(call)

    def _hint(self, invoice: SimulatedInvoice, config: WebhookConfig) -> bytes:
        data = {
            "timestamp": int(self.now.timestamp()),
            "eventType": "CaseUpdate",
            "claimId": int(invoice.invoice_id),
        }
        recipe = self.assumptions.webhook_recipe or _UNKNOWN_RECIPE
        signature = sign_hint(data, secret=config.secret, recipe=recipe)
        return orjson.dumps({"header": {"algorithm": "MD5"}, "data": data, "signature": signature})

    def _words(self, meaning: str) -> tuple[str, str | None]:
        status, closing = self.assumptions.words_for(meaning)
        return status.title(), closing.title() if closing else None
