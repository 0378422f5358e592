"""Delivers messages: the send gate, the mapper, the remote, and what its answer means."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from clients.errors import (
    AuthenticationError,
    ClientError,
    GoneError,
    InDoubtError,
    NotFoundError,
    NotSentError,
    ProtocolError,
    RateLimitedError,
    RestingError,
    TemporaryError,
)
from clients.kravia.wire import InvoiceDetails
from clients.pacing import BreakerState
from gateway.domain.claim import ClaimState
from gateway.ledgers.ledger import ByHand
from gateway.operations import restored, send_gate, whose_payment
from gateway.operations.booking_orders import BOOKING
from gateway.operations.case_actions import CALLS, done_at_kravia, told_payments
from gateway.operations.discretion import own_words, without_data_of
from gateway.operations.doubts import SENT_AGAIN, told_before
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import VOUCHER, mark_if_booked, mark_order
from gateway.operations.messages import (
    Kind,
    ReceiptOrder,
    action_order,
    receipt_order,
    register_order,
)
from gateway.operations.settled import place_of
from gateway.operations.tell import NOTIFY, NOTIFY_ALERT, alert, ask_person
from gateway.storage import claims
from gateway.storage.claims import Claim
from gateway.storage.desk import NewAlert, NewTask, add_task, alert_stands
from gateway.storage.errors import StorageError
from gateway.storage.tables import QUARANTINE
from gateway.storage.tables import message as table
from gateway.tracing import Span
from gateway.workers.bookings import deliver_booking
from gateway.workers.freshness import refresh
from gateway.workers.turn import is_turn
from gateway.workers.vouchers import deliver_voucher
from mappers.claim_to_kravia import claim_to_kravia
from mappers.credit_note_to_kravia import credit_note_to_kravia
from mappers.payment_to_kravia import payment_to_kravia
from outbox import store
from outbox.message import Cancelled, Delivered, InDoubt, Message, Outcome, Parked, Retry
from outbox.retry import after_failure, out_of_budget

REFUSED_WAIT_SECONDS = 300.0
"""Kravia refuses our token or has no such path: a setting is wrong, no claim is."""

SETTLEMENT = "settlement.received"
"""The type of webhook that a ledger may answer with its voucher."""

GONE = "gone"
"""The kind of alert about a receiver that answered 410."""

GONE_UNSEEN_SECONDS = 1.0
"""How long a look that found no such alert is good for: a read for every webhook costs more than
the few that another process's 410 comes too late for. A 410 of our own ends it at once."""


def word_of(outcome: Outcome) -> str:
    """An outcome's word in logs, metrics and traces."""
    match outcome:
        case Delivered():
            return "delivered"
        case Retry():
            return "retry"
        case InDoubt():
            return "in_doubt"
        case Parked():
            return "parked"
        case Cancelled():
            return "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers one message and says what became of it; settles nothing itself."""

    gateway: Gateway
    jitter: random.Random
    settling: dict[str, Span] = field(default_factory=dict)  # by message, until ``settled``
    # When (creditor, place) was last seen to take webhooks still.
    taking: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def deliver(self, message: Message) -> Outcome:
        """Never raises a ``ClientError``: each becomes an outcome by what to do next."""
        tracing = self.gateway.tracing
        with tracing.span(
            "message.send",
            parent=message.trace,
            as_="producer",
            message_id=message.message_id,
            creditor_id=message.scope,
            claim_id=message.subject,
            kind=message.kind,
            attempts=message.attempts,
        ) as span:
            try:
                outcome = await self._deliver(message)
                span.tell(outcome=word_of(outcome))
            finally:  # also where the time was up: what follows is written down all the same
                self.settling[message.message_id] = tracing.begin(
                    "message.settle",
                    message_id=message.message_id,
                    creditor_id=message.scope,
                    claim_id=message.subject,
                )
        return outcome

    def cause_of(self, message: Message) -> str | None:
        """The traceparent of what the message's settlement causes."""
        span = self.settling.get(message.message_id)
        return message.trace if span is None else span.traceparent

    def settled(self, message: Message, outcome: Outcome) -> None:
        """The outcome is written down."""
        span = self.settling.pop(message.message_id, None)
        if span is not None:
            span.tell(outcome=word_of(outcome))
            span.end()

    async def _deliver(self, message: Message) -> Outcome:
        host = self.gateway.host_of(message.scope, message.kind)
        is_retry = message.attempts > 1
        if host is not None and is_retry and not host.may_retry():
            now, policy = self.gateway.clock(), self.gateway.pace.retry
            return out_of_budget(message, now=now, policy=policy, jitter=self.jitter)
        outcome = await self._try(message)
        if host is not None and is_retry and not _failed_again(outcome):
            host.retried_well()
        return outcome

    async def _try(self, message: Message) -> Outcome:
        try:
            if message.kind == Kind.REGISTER:
                return await self._register(message)
            if message.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
                return await self._receipt(message)
            if message.kind in {BOOKING, VOUCHER}:
                return await self._book(message)
            if message.kind in CALLS:
                return await self._act(message)
            if message.kind == Kind.BOOKKEEP:
                return await self._mark_booked(message)
            return await self._tell(message)
        except ClientError as error:
            return await self._failed(message, error)

    async def _register(self, message: Message) -> Outcome:
        gateway = self.gateway
        stale = await refresh(gateway, message, gateway.clock())
        if stale is not None:
            return stale
        now = gateway.clock()
        answer = await gateway.database.write(
            lambda connection: send_gate.ask(connection, gateway, message, now),
            scope=message.scope,
        )
        match answer:
            case send_gate.Wait(at=at, why=why):
                if why.startswith(send_gate.MIRROR):
                    gateway.wake.poll(message.scope)
                return Retry(at=at, error=why, counted=False)
            case send_gate.TakeBack(why=why):
                return Cancelled(reason=why)
            case send_gate.AlreadyThere(kravia_invoice_id=kravia_id):
                return Delivered(result=kravia_id)
            case send_gate.Go():
                pass
        order = register_order(gateway, message.payload)
        creditor = gateway.creditors[message.scope]
        request = claim_to_kravia(
            order.invoice,
            kravia_creditor_id=creditor.kravia_creditor_id,
            amount=order.amount,
            due_date=order.due_date,
            with_national_id=creditor.sends_national_id,
        )
        return Delivered(result=await gateway.kravia.register(request))

    async def _receipt(self, message: Message) -> Outcome:
        gateway = self.gateway
        creditor = gateway.creditors.get(message.scope)
        if creditor is None:
            return self._later("its creditor is not in the settings")
        if creditor.observe:
            return self._later("mode is observe: nothing is sent")
        claim = await gateway.database.read(
            lambda connection: claims.get(connection, message.subject or "")
        )
        if claim is None or claim.kravia_invoice_id is None:
            return Parked(reason="its claim has no case at Kravia")
        if claim.state is ClaimState.CLOSED:
            return await self._came_too_late(message, claim)
        known = await self._known_at_kravia(message, claim, claim.kravia_invoice_id)
        if known is not None:
            return known
        if not await self._being_sent(message):
            return Retry(at=gateway.clock(), error="its lease was lost", counted=False)
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

    async def _book(self, message: Message) -> Outcome:
        creditor = self.gateway.creditors.get(message.scope)
        if creditor is None:
            return self._later("its creditor is not in the settings")
        if creditor.observe:
            return self._later("mode is observe: nothing is sent")
        if message.kind == VOUCHER:
            return await deliver_voucher(self.gateway, message)
        return await deliver_booking(self.gateway, message)

    async def _act(self, message: Message) -> Outcome:
        """Withdraw, object or reverse by the configured call, unless the case shows it as done."""
        gateway = self.gateway
        creditor = gateway.creditors.get(message.scope)
        if creditor is None:
            return self._later("its creditor is not in the settings")
        if creditor.observe:
            return self._later("mode is observe: nothing is sent")
        claim = await gateway.database.read(
            lambda connection: claims.get(connection, message.subject or "")
        )
        if claim is None or claim.kravia_invoice_id is None:
            return Parked(reason="its claim has no case at Kravia")
        if claim.state is ClaimState.CLOSED and message.kind != Kind.REVERSAL:
            return Cancelled(reason="Kravia had closed the case")
        details = await gateway.kravia.details(claim.kravia_invoice_id)
        if done_at_kravia(gateway, message, details):
            return Delivered()
        payment_id: str | None = None
        if message.kind == Kind.REVERSAL:
            receipt_id = action_order(gateway, message.payload).receipt_id or ""
            told = told_payments(details, receipt_id)
            if told is None or len(told) != 1:
                return Parked(reason="Kravia does not show which payment is to be reversed")
            payment_id = told[0].paymentId
        if not await self._being_sent(message):
            return Retry(at=gateway.clock(), error="its lease was lost", counted=False)
        await gateway.kravia.act(
            CALLS[Kind(message.kind)], invoice_id=claim.kravia_invoice_id, payment_id=payment_id
        )
        gateway.wake.poll(message.scope)
        return Delivered()

    async def _mark_booked(self, message: Message) -> Outcome:
        """Mark a settlement booked; one that Kravia no longer lists as open is marked already."""
        gateway = self.gateway
        creditor = gateway.creditors.get(message.scope)
        if creditor is None:
            return self._later("its creditor is not in the settings")
        if creditor.observe:
            return self._later("mode is observe: nothing is sent")
        order = mark_order(gateway, message.payload)
        listed = await gateway.kravia.settlements(creditor.kravia_creditor_id)
        is_open = listed.has(order.settlement_id)
        if is_open is False:
            return Delivered(result=order.voucher_id)
        if is_open is None:
            return self._later("Kravia lists a settlement without an id: it may be this one")
        if not await self._being_sent(message):
            return Retry(at=gateway.clock(), error="its lease was lost", counted=False)
        await gateway.kravia.bookkeep(order.settlement_id, order.voucher_id)
        return Delivered(result=order.voucher_id)

    async def _being_sent(self, message: Message) -> bool:
        """Note that the call goes out now: a crash from here on leaves it in doubt."""
        now = self.gateway.clock()
        return await self.gateway.database.write(
            lambda connection: store.sending(
                connection,
                table,
                message.message_id,
                message.fence,
                now=now,
                theirs=self.gateway.remote_clock.latest(now),
            ),
            scope=message.scope,
        )

    async def _known_at_kravia(
        self, message: Message, claim: Claim, kravia_invoice_id: str
    ) -> Outcome | None:
        """Look before every report: Kravia has no idempotency key, its list of payments must do."""
        order = receipt_order(self.gateway, message.payload)
        details = await self.gateway.kravia.details(kravia_invoice_id)
        for payment in told_before(self.gateway, message.kind, order.receipt_id, details):
            if abs(payment.amount) != order.amount:
                return Parked(reason=f"{QUARANTINE}Kravia has this id with another amount")
            return Delivered(result=payment.paymentId)
        if message.kind == Kind.PAYMENT and await self._may_be_payout(message, claim, details):
            return Cancelled(reason="Kravia collected as much: a person says whose it was")
        looked = (message.last_error or "").startswith(SENT_AGAIN)
        if details.payments is None and not looked and await self._may_be_told(order):
            why = "restored from a copy, and Kravia shows no payments to look in"
            return Parked(reason=f"{QUARANTINE}{why}")
        return None

    async def _may_be_payout(self, message: Message, claim: Claim, details: InvoiceDetails) -> bool:
        """Whether the case's news leave in doubt whose the payment is; then a person is asked.

        Where Kravia's accounts are known, a payment that is told is none of its own.
        """
        gateway = self.gateway
        order = receipt_order(gateway, message.payload)
        if gateway.creditors[message.scope].payout_accounts:
            return False
        to_report, news = await gateway.database.read(
            lambda connection: (
                whose_payment.is_to_report(connection, message.message_id),
                whose_payment.is_news(connection, claim, order, details),
            )
        )
        if to_report and not news:
            return False
        now = gateway.clock()
        await gateway.database.write(
            lambda connection: whose_payment.ask_whose(
                connection, gateway, claim, message.message_id, details, now
            ),
            scope=message.scope,
        )
        return True

    async def _may_be_told(self, order: ReceiptOrder) -> bool:
        """Whether the original of a copy may have told Kravia of it before we came back."""
        return await self.gateway.database.read(
            lambda connection: restored.may_be_known(connection, order.on)
        )

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
            ),
            scope=message.scope,
        )
        return Cancelled(reason="Kravia had closed the case")

    async def _tell(self, message: Message) -> Outcome:
        gateway = self.gateway
        document = orjson.loads(gateway.seal.open(message.payload))
        place, type_ = message.kind.split(".", 1)
        now = gateway.clock()
        creditor = gateway.creditors.get(message.scope)
        if creditor is not None and creditor.observe and message.kind != NOTIFY_ALERT:
            return self._later("mode is observe: nothing is sent")
        if await self._is_gone(message, place, now):
            return self._later(f"{place} wants no more webhooks: outbox resend asks it again")
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
        if ledger is None:
            return self._later("its creditor is not in the settings")
        answer = await ledger.deliver(
            message_id=message.message_id,
            kind=type_,
            timestamp=document["timestamp"],
            data=document["data"],
            now=now,
        )
        if answer.voucher_id is not None and type_ == SETTLEMENT:
            await self._booked(message, document["data"], answer.voucher_id, now)
        if answer.by_hand is not None:
            await self._leave_to_person(message, answer.by_hand, now)
        return Delivered(result=answer.result)

    async def _booked(
        self, message: Message, data: dict[str, object], voucher_id: str, now: datetime
    ) -> None:
        """The ledger has booked a settlement and says as what; said again it changes nothing."""
        gateway = self.gateway
        await gateway.database.write(
            lambda connection: mark_if_booked(
                connection,
                gateway,
                message.scope,
                str(data["settlement_id"]),
                now,
                voucher_id=voucher_id,
            ),
            scope=message.scope,
        )

    async def _leave_to_person(self, message: Message, by_hand: ByHand, now: datetime) -> None:
        """Make a task of what the ledger takes from people only; made again it is the same one."""
        gateway = self.gateway
        new = NewTask(
            creditor_id=message.scope,
            claim_id=message.subject,
            kind=by_hand.kind,
            about=by_hand.about,
            text=by_hand.text,
        )
        await gateway.database.write(
            lambda connection: add_task(connection, new, gateway.new_id("tsk_"), now),
            scope=message.scope,
        )

    async def _is_gone(self, message: Message, place: str, now: datetime) -> bool:
        """Whether the receiver answered 410 to another webhook, and nobody has looked since."""
        seen_at = self.taking.get((message.scope, place))
        if not is_turn(seen_at, now, timedelta(seconds=GONE_UNSEEN_SECONDS)):
            return False
        is_gone = await self.gateway.database.read(
            lambda connection: alert_stands(connection, message.scope, GONE, place)
        )
        if not is_gone:
            self.taking[message.scope, place] = now
        return is_gone

    async def _failed(self, message: Message, error: ClientError) -> Outcome:
        now = self.gateway.clock()
        told = await self._discreet(message, error)
        is_call = message.kind in (*Kind, BOOKING, VOUCHER)  # of an API; all else are webhooks
        match error:
            case InDoubtError() if message.doubtful:
                self.gateway.wake.poll(message.scope)
                wait = timedelta(seconds=self.gateway.pace.doubt_recheck_seconds)
                return InDoubt(at=now + wait, error=told)
            case RestingError(retry_after_seconds=after):
                return Retry(at=now + timedelta(seconds=after), error=told, counted=False)
            case (
                RateLimitedError(retry_after_seconds=after)
                | TemporaryError(retry_after_seconds=after)
            ):
                return self._again(
                    message, told, now, after, slow_down=isinstance(error, RateLimitedError)
                )
            case NotSentError() | InDoubtError() | ProtocolError():
                return self._again(message, told, now)
            case GoneError() if not is_call:
                return await self._gone(message, told, now)
            case AuthenticationError() if is_call:
                return await self._refused(message, told, now)
            case NotFoundError() if message.kind == Kind.REGISTER:
                return await self._refused(message, told, now)
            case _:
                return Parked(reason=told)

    async def _discreet(self, message: Message, error: ClientError) -> str:
        """The remote's words, without what they repeat of the debtor's."""
        gateway = self.gateway
        if message.kind == Kind.REGISTER:
            order = register_order(gateway, message.payload)
            return without_data_of(str(error), order.invoice)
        try:
            claim = await gateway.database.read(
                lambda connection: claims.get(connection, message.subject or "")
            )
        except StorageError:  # what the remote answered stands, whatever became of the disk
            claim = None
        if claim is None:
            return own_words(error)
        return without_data_of(str(error), claim.invoice(gateway.seal))

    def _later(self, why: str) -> Retry:
        """Nothing is wrong with the message: a setting or a person stops it for now."""
        at = self.gateway.clock() + timedelta(seconds=send_gate.STOPPED_WAIT_SECONDS)
        return Retry(at=at, error=why, counted=False)

    def _again(
        self,
        message: Message,
        error: str,
        now: datetime,
        retry_after_seconds: float | None = None,
        *,
        slow_down: bool = False,
    ) -> Outcome:
        host = self.gateway.host_of(message.scope, message.kind)
        up_seconds = None if host is None else host.up_seconds()
        return after_failure(
            message,
            error=error,
            now=now,
            policy=self.gateway.pace.retry,
            jitter=self.jitter,
            retry_after_seconds=retry_after_seconds,
            rate_limited=slow_down,
            is_down=host is not None and host.state is not BreakerState.CLOSED,
            up_since=None if up_seconds is None else now - timedelta(seconds=up_seconds),
        )

    async def _refused(self, message: Message, error: str, now: datetime) -> Outcome:
        """Nothing is wrong with the message, a setting is: say so once, keep it waiting."""
        place = "kravia" if message.kind in tuple(Kind) else "the ledger"
        await self._alert(
            message, "refused", f"{place} refuses our calls: {error}", "check-config", now
        )
        wait = timedelta(seconds=REFUSED_WAIT_SECONDS)
        return Retry(at=now + wait, error=error, counted=False)

    async def _gone(self, message: Message, error: str, now: datetime) -> Outcome:
        """The receiver wants no more webhooks: park this one, let the rest wait for a person."""
        place = message.kind.split(".", 1)[0]
        command = f"outbox resend {message.message_id}"
        await self._alert(message, GONE, f"{place} wants no more webhooks: {error}", command, now)
        self.taking.pop((message.scope, place), None)
        return Parked(reason=f"the receiver wants no more of this: {error}")

    async def _alert(
        self, message: Message, kind: str, text: str, command: str, now: datetime
    ) -> None:
        gateway = self.gateway
        new = NewAlert(
            creditor_id=message.scope,
            kind=kind,
            about=place_of(message.kind),
            text=text,
            command=f"kravia-gateway {command}",
        )
        await gateway.database.write(
            lambda connection: alert(connection, gateway, new, now), scope=message.scope
        )


def _failed_again(outcome: Outcome) -> bool:
    """Whether an attempt of a retry was one more failure of its receiver's."""
    return isinstance(outcome, InDoubt | Parked) or (isinstance(outcome, Retry) and outcome.counted)
