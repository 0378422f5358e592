"""Booking pay-outs in Conta: one POST per settlement line, and what shows whether it went through.

Conta takes no idempotency key and shows no description. A payment of ours is known by the id its
POST answered; without an answer, by what stands on the invoice that did not stand there before.
"""

from __future__ import annotations

from datetime import timedelta

from clients.conta import wire
from clients.conta.client import ContaClient
from clients.conta.refusals import PeriodLockedError
from gateway.ledgers.conta_ids import conta_id
from gateway.ledgers.ledger import Booked, Booking, DayClosed, PaymentSeen
from mappers.payment_to_conta import payment_to_conta

BY_BANK_FILE = "OCR_CREMUL"
"""The payment type of what the bank's file booked; a POST has no field that could make one."""


class ContaBookings:
    """The booking side of one organisation in Conta.

    ``bank_account_id`` is the clearing account. ``on_first_open_day``: what falls into a locked
    period is booked on the first day after it, where Conta tells that day; else a person decides.
    """

    def __init__(
        self, client: ContaClient, *, bank_account_id: int, on_first_open_day: bool
    ) -> None:
        self._client = client
        self._bank_account_id = bank_account_id
        self._on_first_open_day = on_first_open_day

    @property
    def settle_window(self) -> timedelta:
        """``payments.settle_window_seconds`` of the assumptions."""
        return timedelta(seconds=self._client.assumptions.payments.settle_window_seconds)

    @property
    def where(self) -> str:
        """Say on which account, and what happens in a locked period."""
        locked = (
            "on the first open day that Conta tells" if self._on_first_open_day else "by a person"
        )
        return (
            f"each line of a settlement is booked in Conta on bank account {self._bank_account_id};"
            f" what falls into a locked period is booked {locked}"
        )

    @property
    def vouchers(self) -> None:
        """Conta takes payments on invoices and nothing else."""
        return

    async def payments_on(self, invoice_id: str) -> tuple[PaymentSeen, ...]:
        """Read the invoice's payments whole: the only list that names them by their POST's id."""
        number = conta_id(invoice_id)
        return tuple(_seen(payment, number) for payment in await self._client.payments(number))

    async def book(self, booking: Booking) -> Booked | DayClosed:
        """POST one payment."""
        number = conta_id(booking.invoice_id)
        request = payment_to_conta(
            paid_on=booking.on,
            settled_on=booking.settled_on,
            amount=booking.amount,
            settlement_id=booking.settlement_id,
            line=booking.line,
            kravia_invoice_id=booking.kravia_invoice_id,
            bank_account_id=self._bank_account_id,
            department=booking.department,
            project=booking.project,
        )
        try:
            made = await self._client.create_payment(number, request)
        except PeriodLockedError as error:
            instead = error.first_open_day if self._on_first_open_day else None
            return DayClosed(why=str(error), instead=instead)
        return Booked(payment_id=str(made.id))


def _seen(payment: wire.Payment, invoice_id: int) -> PaymentSeen:
    """What of a payment falls on the invoice; a part that names no invoice is this one's."""
    parts = [part for part in payment.partialPayments if part.invoiceId in {invoice_id, None}]
    only = parts[0] if len(parts) == 1 else None
    return PaymentSeen(
        payment_id=str(payment.id),
        on=None if only is None else only.date,
        amount=None if only is None else only.amount,
        may_be_ours=not (
            payment.isFromKravia is True
            or payment.isMultiPayment is True
            or payment.paymentType == BY_BANK_FILE
        ),
    )
