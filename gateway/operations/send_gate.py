"""The last question before hand-over: may the claim still go today, and is it new to Kravia.

Asked inside one commit that also counts the register against the day's cap. A payload is never
edited: changed facts cancel the message, and the claim is decided again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.matching import SameCase, Unclear
from gateway.domain.oslo import next_midnight, oslo_date
from gateway.operations import restored
from gateway.operations.decide import decision_among, match_in_mirror, may_go
from gateway.operations.gateway import Gateway
from gateway.operations.messages import Kind, register_order
from gateway.storage import claims
from gateway.storage.claims import Claim
from gateway.storage.desk import count_register
from gateway.storage.gate_facts import GateFacts, gate_facts
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Send it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Not now, through no fault of the claim's; ask again at ``at``."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """The facts or the day no longer allow it, or it may be there already: decide again."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyThere:
    """Kravia has this very claim: take its case for ours."""

    kravia_invoice_id: str


Answer = Go | Wait | TakeBack | AlreadyThere

PAUSED = "paused: "
MIRROR = "the mirror of Kravia's cases "
"""How the reasons of waits begin that end by an event, not by time."""

INTAKE_WAIT_SECONDS = 1.0
"""For news of the claim to be read: an objection or payment we have answered for must count."""

STOPPED_WAIT_SECONDS = 300.0
"""Before what a pause or observe mode stops is looked at again; a resume asks at once."""


def ask(connection: sa.Connection, gateway: Gateway, message: Message, now: datetime) -> Answer:
    """Answer for one leased register message.

    A claim that was being sent before, by this message or one that was cancelled, goes again only
    after a newer look: the mirror must have been read from its end since, and show nothing. An
    answer of 4xx says that nothing was applied, so that one look is enough; where nobody knows,
    the message is in doubt instead, and absence needs a witness beyond the settle window.

    ``Go`` has been counted against the day's cap, and the message is noted as being sent: a crash
    from here on leaves it in doubt, a crash before does not.
    """
    known = claims.with_siblings(connection, message.subject or "")
    claim = _claim_of(gateway, message, known)
    if claim is None:
        return Wait(at=_stopped_until(now), why="its creditor is not in the settings")
    return (
        _refusal(connection, gateway, claim, known, message, now)
        or _within_cap(connection, gateway, claim, now)
        or _being_sent(connection, gateway, message, now)
    )


def would_go(connection: sa.Connection, gateway: Gateway, message: Message, now: datetime) -> bool:
    """Whether all but the day's cap lets it go, from what is known; changes nothing.

    Asked before the ledger is: what waits for other reasons is not worth a look there.
    """
    known = claims.with_siblings(connection, message.subject or "")
    claim = _claim_of(gateway, message, known)
    return claim is not None and _refusal(connection, gateway, claim, known, message, now) is None


def _claim_of(gateway: Gateway, message: Message, known: tuple[Claim, ...]) -> Claim | None:
    """The claim a register is for, among its debtor's, if its creditor is in the settings."""
    claim = next((each for each in known if each.claim_id == message.subject), None)
    return None if claim is None or claim.creditor_id not in gateway.creditors else claim


def _refusal(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    known: tuple[Claim, ...],
    message: Message,
    now: datetime,
) -> Answer | None:
    """All that may be in the way but the day's cap; changes nothing."""
    if claim.state is not ClaimState.SENDING:
        return TakeBack(why="the claim is no longer to be sent")
    if claim.withdrawn_at is not None:
        return TakeBack(why="the creditor withdrew it")
    facts = gate_facts(connection, claim, Kind.REGISTER.value)
    if facts.is_awaited:
        soon = now + timedelta(seconds=INTAKE_WAIT_SECONDS)
        return Wait(at=soon, why="an event about it has come and is not read yet")
    if facts.is_asked:
        why = "money came in that may be for it, and a person is asked: see payments list --waiting"
        return Wait(at=_stopped_until(now), why=why)
    stopped = _stopped(gateway, claim, facts, now)
    if stopped is None:
        return _still_true(connection, gateway, claim, known, message, now)
    if facts.feed.completed_at is None:
        return stopped  # another case that matches as well may still come
    return _came_meanwhile(connection, gateway, claim, message) or stopped


def open_for(connection: sa.Connection, creditor_id: str, waited_for: str, now: datetime) -> int:
    """What the creditor's registers waited for (``PAUSED``, ``MIRROR``) is over: ask them now."""
    return store.hasten(
        connection,
        table,
        scope=creditor_id,
        kind=Kind.REGISTER,
        error_prefix=waited_for,
        now=now,
    )


def _stopped(gateway: Gateway, claim: Claim, facts: GateFacts, now: datetime) -> Wait | None:
    """What stops every register of this creditor for now."""
    if gateway.creditors[claim.creditor_id].observe:
        return Wait(at=_stopped_until(now), why="mode is observe: nothing is sent")
    if facts.paused is not None:
        return Wait(at=_stopped_until(now), why=f"{PAUSED}{facts.paused}")
    later = now + timedelta(seconds=gateway.pace.gate_wait_seconds)
    feed = facts.feed
    if feed.completed_at is None or feed.polled_at is None:
        return Wait(at=later, why=f"{MIRROR}is not complete yet")
    shown_at = restored.all_shown_at(facts.copy_mark, gateway)
    if shown_at is not None and now <= shown_at:
        soon = shown_at + timedelta(seconds=gateway.pace.gate_wait_seconds)
        return Wait(at=soon, why="restored: what was sent before has time to show at Kravia")
    if shown_at is not None and feed.polled_at <= shown_at:
        return Wait(at=later, why=f"{MIRROR}was read too soon after the restore; it is read again")
    if now - feed.polled_at > timedelta(seconds=gateway.pace.mirror_max_age_seconds):
        return Wait(at=later, why=f"{MIRROR}is too old; it is being read")
    if facts.sent_at is not None and feed.polled_at <= facts.sent_at:
        return Wait(at=later, why=f"{MIRROR}is older than the last try; it is being read")
    return None


def _came_meanwhile(
    connection: sa.Connection, gateway: Gateway, claim: Claim, message: Message
) -> AlreadyThere | None:
    """Whether Kravia got the claim while its register was stopped: taking the case sends nothing.

    People may register it while the gateway observes, or it was registered before a restore.
    """
    order = register_order(gateway, message.payload)
    if order.facts_hash != claim.facts_hash or claim.frozen_on is not None:
        return None
    creditor = gateway.creditors[claim.creditor_id]
    found = match_in_mirror(connection, creditor, claim, claim.invoice(gateway.seal))
    if isinstance(found, SameCase):
        return AlreadyThere(kravia_invoice_id=found.kravia_invoice_id)
    return None


def _still_true(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    known: tuple[Claim, ...],
    message: Message,
    now: datetime,
) -> Answer | None:
    """Whether facts, day and mirror still say what they said when the message was frozen."""
    order = register_order(gateway, message.payload)
    if order.facts_hash != claim.facts_hash or claim.frozen_on is not None:
        return TakeBack(why="the facts changed before it was sent")
    invoice = claim.invoice(gateway.seal)
    found = match_in_mirror(connection, gateway.creditors[claim.creditor_id], claim, invoice)
    if isinstance(found, SameCase):
        return AlreadyThere(kravia_invoice_id=found.kravia_invoice_id)
    decision = decision_among(gateway, claim, invoice, known, found, oslo_date(now))
    if may_go(gateway, claim, decision):
        return None
    if isinstance(found, Unclear):
        return TakeBack(why=f"Kravia may have it already: {found.why}")
    return TakeBack(why="the rules no longer let it go today")


def _within_cap(
    connection: sa.Connection, gateway: Gateway, claim: Claim, now: datetime
) -> Wait | None:
    """A claim counts once a day, however often its register is tried."""
    today = oslo_date(now)
    if claim.counted_on == today:
        return None
    limit = gateway.creditors[claim.creditor_id].register_max_per_day
    if not count_register(connection, claim.creditor_id, today, limit):
        return Wait(at=next_midnight(now), why=f"today's cap of {limit} registers is reached")
    claims.count_on(connection, claim.claim_id, today, now)
    return None


def _being_sent(
    connection: sa.Connection, gateway: Gateway, message: Message, now: datetime
) -> Go | Wait:
    theirs = gateway.remote_clock.latest(now)
    if store.sending(connection, table, message.message_id, message.fence, now=now, theirs=theirs):
        return Go()
    return Wait(at=now, why="its lease was lost")


def _stopped_until(now: datetime) -> datetime:
    return now + timedelta(seconds=STOPPED_WAIT_SECONDS)
