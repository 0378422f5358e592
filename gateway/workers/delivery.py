"""Delivers messages: the send gate, the mapper, the remote, and what its answer means."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from clients.errors import (
    AuthenticationError,
    ClientError,
    GoneError,
    InDoubtError,
    NotFoundError,
    NotSentError,
    ProtocolError,
    RateLimitedError,
    TemporaryError,
)
from gateway.domain.claim import ClaimState
from gateway.operations import send_gate
from gateway.operations.doubts import QUARANTINE
from gateway.operations.gateway import Gateway
from gateway.operations.messages import (
    LEDGER,
    NOTIFY,
    Kind,
    alert,
    ask_person,
    receipt_order,
    register_order,
)
from gateway.storage import claims
from gateway.storage.claims import Claim
from gateway.storage.desk import NewAlert
from mappers.claim_to_kravia import claim_to_kravia
from mappers.credit_note_to_kravia import credit_note_to_kravia
from mappers.payment_to_kravia import payment_to_kravia
from outbox.message import Cancelled, Delivered, InDoubt, Message, Outcome, Parked, Retry
from outbox.retry import after_failure

REFUSED_WAIT_SECONDS = 300.0
"""Kravia refuses our token or has no such path: a setting is wrong, no claim is. Ask now and then."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers one message and says what became of it; settles nothing itself."""

    gateway: Gateway
    jitter: random.Random

    async def deliver(self, message: Message) -> Outcome:
        """Never raises a ``ClientError``: each becomes an outcome by what to do next."""
        try:
            if message.kind == Kind.REGISTER:
                return await self._register(message)
            if message.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
                return await self._receipt(message)
            return await self._tell(message)
        except ClientError as error:
            return await self._failed(message, error)

    async def _register(self, message: Message) -> Outcome:
        gateway = self.gateway
        now = gateway.clock()
        answer = await gateway.database.write(
            lambda connection: send_gate.ask(connection, gateway, message, now)
        )
        match answer:
            case send_gate.Wait(at=at, why=why):
                gateway.wake.poll(message.scope)
                return Retry(at=at, error=why, counted=False)
            case send_gate.TakeBack(why=why):
                return Cancelled(reason=why)
            case send_gate.AlreadyThere(kravia_invoice_id=kravia_id):
                return Delivered(result=kravia_id)
            case send_gate.Go():
                pass
        order = register_order(gateway, message.payload)
        request = claim_to_kravia(
            order.invoice,
            kravia_creditor_id=gateway.creditors[message.scope].kravia_creditor_id,
            amount=order.amount,
            due_date=order.due_date,
        )
        return Delivered(result=await gateway.kravia.register(request))

    async def _receipt(self, message: Message) -> Outcome:
        gateway = self.gateway
        claim = await gateway.database.read(
            lambda connection: claims.get(connection, message.subject or "")
        )
        if claim is None or claim.kravia_invoice_id is None:
            return Parked(reason="its claim has no case at Kravia")
        if claim.state is ClaimState.CLOSED:
            return await self._came_too_late(message, claim)
        known = await self._known_at_kravia(message, claim.kravia_invoice_id)
        if known is not None:
            return known
        order = receipt_order(gateway, message.payload)
        if message.kind == Kind.PAYMENT:
            await gateway.kravia.payment(
                payment_to_kravia(
                    kravia_invoice_id=claim.kravia_invoice_id,
                    payment_id=order.receipt_id,
                    paid_on=order.on,
                    amount=order.amount,
                )
            )
        else:
            await gateway.kravia.credit_note(
                credit_note_to_kravia(
                    kravia_invoice_id=claim.kravia_invoice_id,
                    credit_note_id=order.receipt_id,
                    issued_on=order.on,
                    amount=order.amount,
                )
            )
        gateway.wake.poll(message.scope)
        return Delivered()

    async def _known_at_kravia(self, message: Message, kravia_invoice_id: str) -> Outcome | None:
        """Look before every report: Kravia has no idempotency key, its list of payments must do."""
        order = receipt_order(self.gateway, message.payload)
        details = await self.gateway.kravia.details(kravia_invoice_id)
        for payment in details.payments or ():
            if payment.AccountingPaymentId != order.receipt_id:
                continue
            if abs(payment.amount) != order.amount:
                return Parked(reason=f"{QUARANTINE}Kravia has this id with another amount")
            return Delivered(result=payment.paymentId)
        return None

    async def _came_too_late(self, message: Message, claim: Claim) -> Outcome:
        gateway = self.gateway
        now = gateway.clock()
        order = receipt_order(gateway, message.payload)
        text = (
            f"{message.kind} {order.receipt_id} of {order.amount} {claim.currency} was not told"
            " before Kravia closed the case: check it there"
        )
        await gateway.database.write(
            lambda connection: ask_person(
                connection, gateway, claim, "money_after_close", text, now
            )
        )
        return Cancelled(reason="Kravia had closed the case")

    async def _tell(self, message: Message) -> Outcome:
        gateway = self.gateway
        document = json.loads(gateway.seal.open(message.payload))
        place, type_ = message.kind.split(".", 1)
        now = gateway.clock()
        if f"{place}." == NOTIFY:
            notifier = gateway.notifiers.get(message.scope)
            if notifier is None:
                return Cancelled(reason="the creditor has no notify setting any more")
            await notifier.send(
                webhook_id=message.message_id,
                type=type_,
                timestamp=document["timestamp"],
                data=document["data"],
                now=now,
            )
            return Delivered()
        ledger = gateway.ledgers.get(message.scope)
        if ledger is None or f"{place}." != LEDGER:
            return Retry(
                at=now + timedelta(seconds=gateway.pace.gate_wait_seconds),
                error="its creditor is not in the settings",
                counted=False,
            )
        result = await ledger.deliver(
            message_id=message.message_id,
            kind=type_,
            timestamp=document["timestamp"],
            data=document["data"],
            now=now,
        )
        return Delivered(result=result)

    async def _failed(self, message: Message, error: ClientError) -> Outcome:
        now = self.gateway.clock()
        told = str(error)
        match error:
            case InDoubtError() if message.doubtful:
                self.gateway.wake.poll(message.scope)
                wait = timedelta(seconds=self.gateway.pace.doubt_recheck_seconds)
                return InDoubt(at=now + wait, error=told)
            case (
                RateLimitedError(retry_after_seconds=after)
                | TemporaryError(retry_after_seconds=after)
            ):
                return self._again(
                    message, told, now, after, slow_down=isinstance(error, RateLimitedError)
                )
            case NotSentError() | InDoubtError() | ProtocolError():
                return self._again(message, told, now)
            case GoneError():
                return Parked(reason=f"the receiver wants no more of this: {told}")
            case AuthenticationError():
                return await self._refused(message, told, now)
            case NotFoundError() if message.kind == Kind.REGISTER:
                return await self._refused(message, told, now)
            case _:
                return Parked(reason=told)

    def _again(
        self,
        message: Message,
        error: str,
        now: datetime,
        retry_after_seconds: float | None = None,
        *,
        slow_down: bool = False,
    ) -> Outcome:
        return after_failure(
            message,
            error=error,
            now=now,
            policy=self.gateway.pace.retry,
            jitter=self.jitter,
            retry_after_seconds=retry_after_seconds,
            rate_limited=slow_down,
        )

    async def _refused(self, message: Message, error: str, now: datetime) -> Outcome:
        """Nothing is wrong with the message, a setting is: say so once, keep the message waiting."""
        gateway = self.gateway
        place = message.kind.split(".", 1)[0]
        new = NewAlert(
            creditor_id=message.scope,
            kind="refused",
            about=place,
            text=f"{place} refuses our calls: {error}",
            command="kravia-gateway check-config",
        )
        await gateway.database.write(lambda connection: alert(connection, gateway, new, now))
        return Retry(at=now + timedelta(seconds=REFUSED_WAIT_SECONDS), error=error, counted=False)
