"""Kravia's operations over a transport: the one client class, and nothing but calls.

Writes (register, payment, credit note, webhook, bookkeep, invite, act) are sent once, never retried
here; they raise ``NotSentError``, ``RateLimitedError``, ``InDoubtError`` or a ``RejectedError``.
Reads (search, details, settlements) are tried a few times; they raise ``TemporaryError``,
``ProtocolError`` or a ``RejectedError``.
"""

from __future__ import annotations

from clients.errors import RejectedError
from clients.exchange import Request, Response
from clients.kravia import protocol, protocol_answers, verdict
from clients.kravia.assumptions import Assumptions
from clients.kravia.wire import (
    CreditNoteRequest,
    InvoiceDetails,
    PaymentRequest,
    RegisterRequest,
    SearchPage,
    SettlementList,
)
from clients.remote_client import RemoteClient


class KraviaClient(RemoteClient[Assumptions]):
    """Speaks for one token."""

    secret_name = "token"

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
        return await self._read(
            request,
            lambda response: protocol_answers.decipher_search(response, self.assumptions),
        )

    async def details(self, invoice_id: str) -> InvoiceDetails:
        """Read one invoice; ``NotFoundError`` if Kravia does not know it."""
        return await self._read(
            protocol.build_details(invoice_id),
            lambda response: protocol_answers.decipher_details(
                response, self.assumptions, invoice_id=invoice_id
            ),
        )

    async def settlements(self, creditor_id: int) -> SettlementList:
        """Read the pay-outs not yet booked, without those known to be another creditor's."""
        found = await self._read(
            protocol.build_settlements(self.assumptions, creditor_id=creditor_id),
            lambda response: protocol_answers.decipher_settlements(response, self.assumptions),
        )
        theirs = {None, creditor_id}
        return SettlementList(
            read=tuple(each for each in found.read if each.creditorId in theirs),
            unread=tuple(each for each in found.unread if each.creditorId in theirs),
        )

    async def bookkeep(self, settlement_id: str, internal_accounting_id: str) -> None:
        """Tell Kravia that a settlement is booked under our voucher id."""
        response = await self._write(protocol.build_bookkeep(settlement_id, internal_accounting_id))
        protocol_answers.decipher_write(response, self.assumptions)

    async def act(self, name: str, *, invoice_id: str, payment_id: str | None = None) -> None:
        """Make one of the calls that ``actions`` of the assumptions names; there must be one."""
        call = self.assumptions.actions[name]
        if call is None:
            raise RejectedError(f"actions.{name} of the assumptions names no call")
        request = protocol.build_action(call, invoice_id=invoice_id, payment_id=payment_id)
        response = await self._write(request)
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

    def _authorize(self, request: Request, secret: str) -> Request:
        return protocol.authorize(request, self.assumptions, secret)

    def _check_write(self, response: Response) -> None:
        verdict.check_write(response)

    def _check_read(self, response: Response) -> None:
        verdict.check_read(response)
