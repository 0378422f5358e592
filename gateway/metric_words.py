"""The closed lists of words that metrics are labelled with; what is in none is ``other``."""

from __future__ import annotations

from typing import Final

from gateway.operations.booking_orders import BOOKING
from gateway.operations.mark_booked import VOUCHER
from gateway.operations.messages import Kind
from gateway.operations.tell import LEDGER, NOTIFY
from gateway.storage.events import OUTCOMES

OTHER: Final = "other"

EVENT_OUTCOMES: Final = frozenset(OUTCOMES)

EVENT_TYPES: Final = frozenset(
    {
        *("invoice.overdue", "invoice.updated"),
        *("payment.received", "payment.reversed", "credit_note.issued"),
        *("objection.raised", "objection.resolved", "collection.withdrawn"),
    }
)
"""Types of webhooks in (contract §3); a test compares them with the schema."""

TOLD: Final = frozenset(
    {
        *("claim.registered", "claim.held", "claim.rejected", "claim.review_requested"),
        *("claim.status_changed", "claim.closed", "claim.facts_requested"),
        *("payment.collected", "payment.collected_reversed", "settlement.received"),
    }
)
"""Types of webhooks out (contract §5), to the ledger and to ``notify``."""

MESSAGE_KINDS: Final = frozenset(
    {
        *(kind.value for kind in Kind),
        *(f"{place}{type_}" for place in (LEDGER, NOTIFY) for type_ in TOLD),
        f"{NOTIFY}alert",
        BOOKING,
        VOUCHER,
    }
)
"""Kinds of messages in the outbox."""
