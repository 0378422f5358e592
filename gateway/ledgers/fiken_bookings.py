"""Booking pay-outs in Fiken: one POST per settlement line, and what shows whether it went through.

Fiken takes no idempotency key, and its payments carry no text. A payment of ours is known by the id
in its POST's ``Location``; without an answer, by what stands on the sale that did not stand there
before.
"""

from __future__ import annotations

from datetime import timedelta

from clients.errors import ProtocolError, RejectedError
from clients.fiken import wire
from clients.fiken.client import FikenClient
from gateway.ledgers.fiken_ids import fiken_id
from gateway.ledgers.fiken_vouchers import FikenVouchers
from gateway.ledgers.ledger import Booked, Booking, DayClosed, PaymentSeen
from mappers.amount_from_fiken import amount_from_fiken
from mappers.payment_to_fiken import payment_to_fiken

_NORWEGIAN_CROWNS = "NOK"


class FikenBookings:
    """The booking side of one company in Fiken; ``payment_account`` is the clearing account.

    Fiken tells of no locked days in words a program could read: what it refuses waits for a person.
    """

    def __init__(self, client: FikenClient, *, payment_account: str) -> None:
        self._client = client
        self._payment_account = payment_account
        self.vouchers = FikenVouchers(client, payment_account=payment_account)

    @property
    def settle_window(self) -> timedelta:
        """``payments.settle_window_seconds`` of the assumptions."""
        return timedelta(seconds=self._client.assumptions.settle_window_seconds)

    @property
    def where(self) -> str:
        """Say on which account, and what happens with what Fiken refuses."""
        return (
            f"each line of a settlement is booked in Fiken on account {self._payment_account},"
            " and what is no principal as one entry on your accounts; what Fiken refuses is booked"
            " by a person"
        )

    async def payments_on(self, invoice_id: str) -> tuple[PaymentSeen, ...]:
        """Read the payments of the invoice's sale."""
        sale = _sale_of(await self._client.invoice(fiken_id(invoice_id)))
        return tuple(self._seen(each) for each in await self._client.payments(sale.saleId))

    async def book(self, booking: Booking) -> Booked | DayClosed:
        """POST one payment; the reading before it, to learn the sale, is no part of the doubt."""
        invoice = await self._client.invoice(fiken_id(booking.invoice_id))
        sale = _sale_of(invoice)
        if (invoice.currency or _NORWEGIAN_CROWNS) != _NORWEGIAN_CROWNS:
            raise RejectedError(
                f"the invoice is in {invoice.currency}: Fiken needs the amount in NOK too, which"
                " Kravia's settlement does not tell. Book it by hand."
            )
        try:
            request = payment_to_fiken(
                paid_on=booking.on, amount=booking.amount, account=self._payment_account
            )
        except ValueError as error:
            raise RejectedError(str(error)) from error
        return Booked(payment_id=str(await self._client.create_payment(sale.saleId, request)))

    def _seen(self, payment: wire.Payment) -> PaymentSeen:
        """What only a POST of ours could look like: on our account, in NOK, without a fee."""
        return PaymentSeen(
            payment_id=str(payment.paymentId),
            on=payment.date,
            amount=None if payment.amount is None else amount_from_fiken(payment.amount),
            may_be_ours=payment.account in {None, self._payment_account}
            and payment.currency in {None, _NORWEGIAN_CROWNS}
            and not payment.fee,
        )


def _sale_of(invoice: wire.Invoice) -> wire.Sale:
    if invoice.sale is None:
        raise ProtocolError("Fiken does not tell the invoice's sale")
    return invoice.sale
