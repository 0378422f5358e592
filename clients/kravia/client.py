"""Kravia's operations over a transport: the one client class, and nothing but calls.

Writes (register, payment, credit note, webhook, bookkeep, invite) are sent once, never retried
here; they raise ``NotSentError``, ``RateLimitedError``, ``InDoubtError`` or a ``RejectedError``.
Reads (search, details, settlements) are tried a few times; they raise ``TemporaryError``,
``ProtocolError`` or a ``RejectedError``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import tenacity

from clients.errors import InDoubtError, NotSentError, TemporaryError
from clients.exchange import Request, Response
from clients.kravia import protocol, protocol_answers, verdict
from clients.kravia.assumptions import Assumptions
from clients.kravia.wire import (
    CreditNoteRequest,
    InvoiceDetails,
    PaymentRequest,
    RegisterRequest,
    SearchPage,
    Settlement,
)
from clients.transport import Timeouts, Transport

READ_ATTEMPTS_MAX = 3
"""A passing hiccup is gone by the third try; a longer one is the poller's to wait out."""

READ_WAIT_MAX_SECONDS = 2.0
"""Longest pause between tries of one read: a poll must not outlive its interval."""

_TOO_MANY_REQUESTS = 429

T = TypeVar("T")


class KraviaClient:
    """Speaks for one token. Safe to use from many tasks at once.

    ``token_source`` is asked before every call, so a rotated token needs no restart.
    ``observe_date`` is told the Date header (aware UTC) of every answer, to notice clock skew.
    ``sleep`` exists for tests.
    """

    def __init__(
        self,
        transport: Transport,
        assumptions: Assumptions,
        token_source: Callable[[], str],
        *,
        timeouts: Timeouts | None = None,
        observe_date: Callable[[datetime], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.assumptions = assumptions
        self.observe_date = observe_date
        self._transport = transport
        self._token_source = token_source
        self._timeouts = timeouts or Timeouts()
        self._sleep = sleep

    async def register(self, request: RegisterRequest) -> str:
        """Register a claim, return Kravia's invoice id (accepted, but unreadable: in doubt)."""
        response = await self._write(protocol.build_register(request, self.assumptions))
        return protocol_answers.decipher_register(response, self.assumptions)

    async def payment(self, request: PaymentRequest) -> None:
        """Report money the debtor paid straight to the creditor."""
        response = await self._write(protocol.build_payment(request))
        protocol_answers.decipher_write(response, self.assumptions)

    async def credit_note(self, request: CreditNoteRequest) -> None:
        """Report a credit note (positive amounts in, Kravia's negative ones on the wire)."""
        response = await self._write(protocol.build_credit_note(request))
        protocol_answers.decipher_write(response, self.assumptions)

    async def search(
        self, *, updated_after: str | None, creditor_id: int, skip: int = 0, top: int | None = None
    ) -> SearchPage:
        """Read one page of the feed, oldest change first.

        ``updated_after`` is a ``lastUpdatedTime`` verbatim, None for the beginning; ``top`` is by
        default the assumed page size. Rows of other creditors (where the token covers several) are
        *not* taken out: look at ``creditorId``.
        """
        request = protocol.build_search(
            self.assumptions,
            updated_after=updated_after,
            creditor_id=creditor_id,
            skip=skip,
            top=self.assumptions.search.page_size_rows if top is None else top,
        )
        return await self._read(request, protocol_answers.decipher_search)

    async def details(self, invoice_id: str) -> InvoiceDetails:
        """Read one invoice; ``NotFoundError`` if Kravia does not know it."""
        return await self._read(
            protocol.build_details(invoice_id),
            lambda response, assumptions: protocol_answers.decipher_details(
                response, assumptions, invoice_id=invoice_id
            ),
        )

    async def settlements(self, creditor_id: int) -> tuple[Settlement, ...]:
        """Read the pay-outs not yet booked, without those known to be another creditor's."""
        found = await self._read(
            protocol.build_settlements(self.assumptions, creditor_id=creditor_id),
            protocol_answers.decipher_settlements,
        )
        return tuple(s for s in found if s.creditorId in {None, creditor_id})

    async def bookkeep(self, settlement_id: str, internal_accounting_id: str) -> None:
        """Tell Kravia that a settlement is booked under our voucher id."""
        response = await self._write(protocol.build_bookkeep(settlement_id, internal_accounting_id))
        protocol_answers.decipher_write(response, self.assumptions)

    async def configure_webhook(
        self, creditor_id: int, *, url: str, secret: str, enabled: bool = True
    ) -> None:
        """Set where Kravia sends its hints for a creditor."""
        response = await self._write(
            protocol.build_configure_webhook(creditor_id, url=url, secret=secret, enabled=enabled)
        )
        protocol_answers.decipher_write(response, self.assumptions)

    async def invite(
        self,
        creditor_id: int,
        *,
        email: str,
        name: str,
        is_accountant: bool = False,
        country_code: str | None = None,
        organization_number: str | None = None,
    ) -> None:
        """Invite a person to the creditor's workspace (or an accountant to their own)."""
        response = await self._write(
            protocol.build_invite(
                creditor_id,
                email=email,
                name=name,
                is_accountant=is_accountant,
                country_code=country_code,
                organization_number=organization_number,
            )
        )
        protocol_answers.decipher_write(response, self.assumptions)

    async def _write(self, request: Request) -> Response:
        response = await self._send(request)
        verdict.check_write(response)
        return response

    async def _read(self, request: Request, decipher: Callable[[Response, Assumptions], T]) -> T:
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(READ_ATTEMPTS_MAX),
            wait=tenacity.wait_random_exponential(multiplier=0.25, max=READ_WAIT_MAX_SECONDS),
            retry=tenacity.retry_if_exception(_is_worth_another_try),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(self._read_once, request, decipher)

    async def _read_once(
        self, request: Request, decipher: Callable[[Response, Assumptions], T]
    ) -> T:
        try:
            response = await self._send(request)
        except (NotSentError, InDoubtError) as error:
            raise TemporaryError(str(error), status=error.status) from error
        verdict.check_read(response)
        return decipher(response, self.assumptions)

    async def _send(self, request: Request) -> Response:
        try:
            token = self._token_source()
        except Exception as error:
            raise NotSentError(f"the token could not be read: {type(error).__name__}") from error
        response = await self._transport.send(
            protocol.authorize(request, self.assumptions, token), timeouts=self._timeouts
        )
        date = verdict.server_date(response)
        if date is not None and self.observe_date is not None:
            self.observe_date(date)
        return response


def _is_worth_another_try(error: BaseException) -> bool:
    """Tell a hiccup from a remote that asks to slow down, which is not asked again at once."""
    return isinstance(error, TemporaryError) and error.status != _TOO_MANY_REQUESTS
