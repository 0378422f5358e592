"""Looks that end a doubt: when one is late enough, when to look again, and when a person must."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.operations.gateway import Gateway
from gateway.storage.tables import QUARANTINE
from outbox.message import InDoubt, Message, Parked


def is_late_enough(message: Message, began_at: datetime, settle_window: timedelta) -> bool:
    """Whether a look that began then would show what was sent: only so is its absence a proof."""
    sent_at = message.sent_at or message.last_attempt_at
    return sent_at is not None and began_at > sent_at + settle_window


def look_again(gateway: Gateway, message: Message, why: str, now: datetime) -> InDoubt | Parked:
    """Wait for the next look, or leave it to a person once it has been looked up for too long."""
    since = message.sent_at or message.last_attempt_at or now
    if now - since > timedelta(seconds=gateway.pace.doubt_quarantine_seconds):
        return Parked(reason=f"{QUARANTINE}{why}")
    return InDoubt(at=now + timedelta(seconds=gateway.pace.doubt_recheck_seconds), error=why)
