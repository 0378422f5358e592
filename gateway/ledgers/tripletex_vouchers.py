"""Booking in Tripletex what of a settlement is no principal: one voucher, one POST.

A voucher carries an ``externalVoucherNumber`` made of the settlement's id, by which it is found
again: that, and no idempotency key, keeps it from being booked twice. Its other side is the account
of the payment type, on which the principal is booked too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal

from clients.errors import NotFoundError, RejectedError
from clients.tripletex.client import TripletexClient
from clients.tripletex.protocol import EXTERNAL_NUMBER_MAX_CHARS
from gateway.ledgers.ledger import DayClosed, Voucher, VoucherBooked, VoucherLine
from gateway.ledgers.tripletex_ids import tripletex_id
from mappers.voucher_to_tripletex import voucher_to_tripletex

_NORWEGIAN_CROWNS = "NOK"


class TripletexVouchers:
    """Vouchers of one company in Tripletex; ``closed`` answers for a day in a closed period."""

    def __init__(
        self,
        client: TripletexClient,
        *,
        payment_type_id: int,
        closed: Callable[[date], Awaitable[DayClosed | None]],
    ) -> None:
        self._client = client
        self._payment_type_id = payment_type_id
        self._closed = closed

    @property
    def settle_window(self) -> timedelta:
        """``payments.settle_window_seconds`` of the assumptions."""
        return timedelta(seconds=self._client.assumptions.payments.settle_window_seconds)

    async def vouchers_like(self, voucher: Voucher) -> tuple[str, ...]:
        """Look up the settlement's ``externalVoucherNumber``."""
        number = external_number(voucher.settlement_id)
        return tuple(map(str, await self._client.vouchers(number)))

    async def book_voucher(self, voucher: Voucher) -> VoucherBooked | DayClosed:
        """Book it, if its day is open and Tripletex has its accounts."""
        if voucher.currency != _NORWEGIAN_CROWNS:
            raise RejectedError(
                f"the settlement is in {voucher.currency}, and a voucher is reckoned in NOK."
            )
        closed = await self._closed(voucher.on)
        if closed is not None:
            return closed
        numbers = dict.fromkeys(line.account for line in voucher.lines)
        request = voucher_to_tripletex(
            on=voucher.on,
            external_number=external_number(voucher.settlement_id),
            text=voucher.text,
            lines=tuple(map(_line, voucher.lines)),
            clearing_account_id=await self._account_id(await self._clearing_account()),
            account_ids={number: await self._account_id(number) for number in numbers},
            no_vat_type_id=self._client.assumptions.vouchers.no_vat_type_id,
        )
        return VoucherBooked(voucher_id=str(await self._client.create_voucher(request)))

    async def _clearing_account(self) -> str:
        try:
            found = await self._client.payment_type(self._payment_type_id)
        except NotFoundError as error:
            told = f"the company has no payment type {self._payment_type_id}."
            raise RejectedError(told) from error
        if found.debitAccountNumber is None:
            raise RejectedError(f"payment type {self._payment_type_id} has no debit account.")
        return str(found.debitAccountNumber)

    async def _account_id(self, text: str) -> int:
        """Look an account up by its number; refused here where Tripletex would not take it."""
        if not (text.isascii() and text.isdigit()):
            raise RejectedError(f"account {text} is no number of an account in Tripletex.")
        found = await self._client.accounts(int(text))
        if len(found) != 1 or found[0].isInactive is True:
            raise RejectedError(f"Tripletex has no active account {text}.")
        if found[0].ledgerType not in {None, "GENERAL"}:
            raise RejectedError(f"account {text} has a ledger of its own in Tripletex.")
        no_vat = self._client.assumptions.vouchers.no_vat_type_id
        if found[0].vatLocked is True and found[0].vatTypeId not in {None, no_vat}:
            raise RejectedError(
                f"account {text} is locked to VAT type {found[0].vatTypeId} in Tripletex, and an"
                " amount of its own is booked without VAT."
            )
        return found[0].id


def _line(line: VoucherLine) -> tuple[str, Decimal, str, int | None, int | None]:
    department = None if line.department is None else tripletex_id(line.department)
    project = None if line.project is None else tripletex_id(line.project)
    return line.account, line.amount, line.text, department, project


def external_number(settlement_id: str) -> str:
    """Return the id that Tripletex finds the voucher by again; a long one ends in its hash."""
    whole = f"kravia-settlement-{settlement_id}"
    if len(whole) <= EXTERNAL_NUMBER_MAX_CHARS:
        return whole
    digest = hashlib.sha256(settlement_id.encode()).hexdigest()[:24]
    return f"{whole[: EXTERNAL_NUMBER_MAX_CHARS - 25]}-{digest}"
