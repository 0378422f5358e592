"""More of the simulated Conta's life: bank, bookkeeper, its own link to Kravia, its operators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from clients.conta import simulator_money as money
from clients.conta.simulator_books import AT_KRAVIA
from clients.conta.simulator_life import LedgerLife


class PeoplesLife(LedgerLife):
    """What the bank, the bookkeeper and Conta's operators do."""

    # Money. Payments are per invoice id; several make one multi-payment.

    def pay_by_ocr(self, invoice_id: int, amount: Decimal, *, on: date) -> int:
        """Let the bank's OCR file register a payment with KID."""
        return money.pay(self.books, {invoice_id: amount}, on, payment_type="OCR_CREMUL").id

    def pay_by_hand(self, shares: Mapping[int, Decimal], *, on: date) -> int:
        """Let a user register a payment on one or more invoices."""
        return money.pay(self.books, shares, on).id

    def delete_payment(self, payment_id: int) -> None:
        """Let a user delete a payment."""
        money.remove_payment(self.books, self.books.payments[payment_id])

    def disconnect_payment(self, payment_id: int) -> None:
        """Let a user take an OCR payment off its invoices."""
        payment = self.books.payments[payment_id]
        money.remove_payment(self.books, payment, "PAYMENT_DISCONNECTED")

    def credit(self, invoice_id: int, *, on: date) -> int:
        """Let a user credit the rest of an invoice; returns the credit note's id."""
        return money.credit(self.books, self.books.invoices[invoice_id], on).id

    def delete_credit_note(self, credit_note_id: int) -> None:
        """Let a user delete a credit note."""
        money.remove_credit_note(self.books, self.books.invoices[credit_note_id])

    # Conta's own link to Kravia.

    def click_send_to_kravia(self, invoice_id: int) -> None:
        """Let a user press "send to Kravia" in Conta; Kravia has not confirmed yet."""
        self.books.invoices[invoice_id].status = "BEING_SENT_TO_KRAVIA"

    def kravia_confirms(self, invoice_id: int) -> None:
        """Let Conta's link finish what the user began."""
        invoice = self.books.invoices[invoice_id]
        invoice.status, invoice.kravia_status = "SENT_TO_KRAVIA", "ACTIVE"
        invoice.sent_to_kravia_on = self.books.today
        self.books.tell(invoice, "SENT_TO_KRAVIA", facts={"kraviaStatus": "SENT"})

    def pull_from_kravia(self, invoice_id: int) -> None:
        """Let a user withdraw the invoice from Kravia in Conta."""
        invoice = self.books.invoices[invoice_id]
        invoice.kravia_status = "WITHDRAWN"
        invoice.status = money.open_status(invoice)
        self.books.tell(invoice, "PULLED_FROM_KRAVIA")

    def kravia_pays(self, invoice_id: int, amount: Decimal, *, on: date) -> int:
        """Let Conta's link book a pay-out of Kravia's."""
        return money.pay(self.books, {invoice_id: amount}, on, from_kravia=True).id

    def kravia_gives_up(self, invoice_id: int) -> None:
        """Let Kravia close the case with something remaining."""
        invoice = self.books.invoices[invoice_id]
        invoice.kravia_status = "CLOSED"
        if invoice.status in AT_KRAVIA:
            invoice.status = money.open_status(invoice)
        self.books.tell(invoice, "CLOSED_WITH_SUM_REMAINING_BY_KRAVIA")

    # Closed periods and bad hours.

    def lock_year(self, year: int) -> None:
        """Lock an accounting year."""
        self.books.periods.locked_years.add(year)

    def settle_vat(self, first: date, last: date) -> None:
        """Settle a VAT period."""
        self.books.periods.vat_settled.append((first, last))

    def reconcile(self, bank_account_id: int, until: date) -> None:
        """Reconcile a bank account up to and with a day."""
        self.books.periods.reconciled[bank_account_id] = until

    def open_all_periods(self) -> None:
        """Undo all locks."""
        periods = self.books.periods
        periods.locked_years.clear()
        periods.vat_settled.clear()
        periods.reconciled.clear()
        periods.starts_on = None

    def maintain_until(self, until: datetime | None) -> None:
        """Answer every call with 503 ``MaintenanceException`` until then."""
        self.books.maintenance_until = until

    def read_only_until(self, until: datetime | None) -> None:
        """Answer every write with 500 ``OrgReadOnlyModeException`` until then."""
        self.books.read_only_until = until

    def hold(self, number: int, *, held: bool = True) -> None:
        """Let something else in Conta use an invoice or payment (409 on change), or let go."""
        (self.books.in_use.add if held else self.books.in_use.discard)(number)
