"""Booking in Fiken what of a settlement is no principal: one free entry, one POST.

An entry has no field for an id of ours, and a POST no idempotency key. So it is known by its
description, which is the voucher's text; Fiken puts words of its own in front.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from clients.errors import ClientError, RejectedError
from clients.fiken.client import FikenClient
from gateway.ledgers.ledger import Voucher, VoucherBooked
from mappers.voucher_to_fiken import voucher_to_fiken

LOOK_SECONDS_MAX = 10.0
"""For the id of what was accepted: some 40 pages; the message's lease goes on meanwhile."""

_NORWEGIAN_CROWNS = "NOK"


class FikenVouchers:
    """Free entries of one company in Fiken, against the account that payments are booked on."""

    def __init__(self, client: FikenClient, *, payment_account: str) -> None:
        self._client = client
        self._payment_account = payment_account

    @property
    def settle_window(self) -> timedelta:
        """``payments.settle_window_seconds`` of the assumptions."""
        return timedelta(seconds=self._client.assumptions.settle_window_seconds)

    async def vouchers_like(self, voucher: Voucher) -> tuple[str, ...]:
        """List the entries since the settlement's day whose description ends with the text."""
        return tuple(
            [
                str(entry.journalEntryId)
                async for page in self._client.every_page(
                    lambda number: self._client.journal_entries(
                        date_from=voucher.settled_on, page=number
                    )
                )
                for entry in page.rows
                if _words(entry.description or "").endswith(_words(voucher.text))
            ]
        )

    async def book_voucher(self, voucher: Voucher) -> VoucherBooked:
        """POST one entry. It answers no body: the entry's id is looked up by its text.

        An accepted entry that the look does not show stands all the same, and is never sent again:
        then the number of its ``Location`` is its id, or the text itself.
        """
        if voucher.currency != _NORWEGIAN_CROWNS:
            raise RejectedError(
                f"the settlement is in {voucher.currency}, and Fiken's entries are in NOK."
            )
        try:
            request = voucher_to_fiken(
                on=voucher.on,
                text=voucher.text,
                parts=tuple((line.account, line.amount) for line in voucher.lines),
                clearing_account=self._payment_account,
            )
        except ValueError as error:
            raise RejectedError(str(error)) from error
        located = await self._client.create_journal_entry(request)
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                found = await self.vouchers_like(voucher)
        except (ClientError, TimeoutError):
            found = ()
        is_certain = len(found) == 1
        return VoucherBooked(voucher_id=found[0] if is_certain else located or voucher.text)


def _words(text: str) -> str:
    """Compare words: neither case nor spaces tell one entry from another."""
    return " ".join(text.casefold().split())
