"""Booking pay-outs in Tripletex: one PUT per settlement line, and what shows whether it went.

``:payment`` takes no idempotency key, no text, any amount, and answers with the invoice instead of
the payment. So a payment of ours is known by what stands on the invoice that did not stand there
before: looked for right after the call, and again by whoever ends a doubt.
"""

from __future__ import annotations

from datetime import date, timedelta

from clients.errors import ClientError, InDoubtError
from clients.tripletex import wire
from clients.tripletex.client import TripletexClient
from gateway.ledgers.ledger import Booked, Booking, DayClosed, PaymentSeen
from gateway.ledgers.tripletex_ids import tripletex_id
from gateway.ledgers.tripletex_vouchers import TripletexVouchers
from mappers.payment_to_tripletex import payment_to_tripletex


class TripletexBookings:
    """The booking side of one company in Tripletex.

    ``payment_type_id`` names the clearing account. ``on_first_open_day``: what falls into a closed
    period is booked on the first open day after it; else a person decides.
    """

    def __init__(
        self, client: TripletexClient, *, payment_type_id: int, on_first_open_day: bool
    ) -> None:
        self._client = client
        self._payment_type_id = payment_type_id
        self._on_first_open_day = on_first_open_day
        self.vouchers = TripletexVouchers(
            client, payment_type_id=payment_type_id, closed=self._closed
        )

    @property
    def settle_window(self) -> timedelta:
        """``payments.settle_window_seconds`` of the assumptions."""
        return timedelta(seconds=self._client.assumptions.payments.settle_window_seconds)

    @property
    def where(self) -> str:
        """Say with which payment type, and what happens in a closed period."""
        closed = "on the first open day" if self._on_first_open_day else "by a person"
        return (
            "each line of a settlement is booked in Tripletex with payment type"
            f" {self._payment_type_id}, and what is no principal as one voucher on your accounts;"
            f" what falls into a closed period is booked {closed}"
        )

    async def payments_on(self, invoice_id: str) -> tuple[PaymentSeen, ...]:
        """Read what made the invoice smaller, whoever booked it; taken back or not."""
        invoice = await self._client.invoice(tripletex_id(invoice_id))
        types = self._client.assumptions.payments.types
        return tuple(
            PaymentSeen(
                payment_id=str(each.id),
                on=each.date,
                amount=None if each.amount is None else -each.amount,
                # The KID stands behind what the bank's file booked; a call of ours has none.
                may_be_ours=each.type in types
                and (each.externalRef is None or each.externalRef != invoice.kid),
            )
            for each in invoice.postings
            if each.amount is None or each.amount < 0
        )

    async def book(self, booking: Booking) -> Booked | DayClosed:
        """Book one payment, if its day is open."""
        closed = await self._closed(booking.on)
        if closed is not None:
            return closed
        payment = payment_to_tripletex(
            paid_on=booking.on, amount=booking.amount, payment_type_id=self._payment_type_id
        )
        await self._client.pay(tripletex_id(booking.invoice_id), payment)
        return Booked(payment_id=await self._found(booking))

    async def _found(self, booking: Booking) -> str:
        """Find what the call just made. Where that is not one posting, the doubt path tells."""
        try:
            seen = await self.payments_on(booking.invoice_id)
        except ClientError as error:
            told = f"it was accepted, but the invoice could not be read: {error}"
            raise InDoubtError(told) from error
        like_ours = [
            each
            for each in seen
            if (each.on, each.amount) == (booking.on, booking.amount) and each.may_be_ours
        ]
        if len(like_ours) != 1:
            raise InDoubtError(
                f"it was accepted, and {len(like_ours)} payments on the invoice are like it"
            )
        return like_ours[0].payment_id

    async def _closed(self, on: date) -> DayClosed | None:
        """Return the answer for a day in a closed period, None for an open one."""
        periods = await self._client.accounting_periods()
        if not self._is_closed(on, periods):
            return None
        why = f"the accounting period of {on} is closed in Tripletex."
        if not self._on_first_open_day:
            return DayClosed(why=why)
        starts = sorted(each.start for each in periods if each.start is not None)
        open_days = (day for day in starts if day > on and not self._is_closed(day, periods))
        return DayClosed(why=why, instead=next(open_days, None))

    def _is_closed(self, on: date, periods: tuple[wire.AccountingPeriod, ...]) -> bool:
        exclusive = self._client.assumptions.period_end_exclusive
        return any(
            period.isClosed is True
            and period.start is not None
            and period.end is not None
            and period.start <= on
            and (on < period.end or (on == period.end and not exclusive))
            for period in periods
        )
