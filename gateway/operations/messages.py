"""What goes to Kravia, as messages of the outbox.

A payload is frozen when the message is added. The order per claim is register, payments, credits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import orjson
import sqlalchemy as sa

from gateway.domain.invoice import Invoice
from gateway.operations.gateway import Gateway
from gateway.storage import facts
from gateway.storage.claims import Claim
from gateway.storage.receipts import ReceiptKind
from gateway.storage.tables import QUARANTINE
from gateway.storage.tables import message as table
from outbox import store
from outbox.instants import from_ms
from outbox.message import MessageState, NewMessage
from outbox.table import UNSETTLED


class Kind(StrEnum):
    """Messages to Kravia; others are named ``ledger.…`` and ``notify.…`` by their type."""

    REGISTER = "kravia.register"
    PAYMENT = "kravia.payment"
    CREDIT_NOTE = "kravia.credit_note"
    BOOKKEEP = "kravia.bookkeep"
    WITHDRAW = "kravia.withdraw"
    OBJECTION = "kravia.objection"
    REVERSAL = "kravia.reversal"


ANOTHERS_CASE = f"{QUARANTINE}Kravia answered with case "
"""How that reason begins when the answer named a case that another claim of ours has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterOrder:
    """The frozen payload of a register message."""

    invoice: Invoice
    facts_hash: bytes
    amount: Decimal
    due_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptOrder:
    """The frozen payload of a payment or credit note message; ``amount`` is positive."""

    receipt_id: str
    on: date
    amount: Decimal


def add_register(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    order: RegisterOrder,
    now: datetime,
    due_at: datetime,
) -> str:
    """Queue the hand-over of a claim; one register at a time per debtor (the lane)."""
    document = {
        "invoice": orjson.Fragment(facts.dump(order.invoice)),
        "facts_hash": order.facts_hash.hex(),
        "amount": str(order.amount),
        "due_date": order.due_date.isoformat(),
    }
    lane = f"{claim.creditor_id}/{claim.debtor_number}"
    return _add_kravia(connection, gateway, claim, Kind.REGISTER, document, now, lane, due_at)


def register_order(gateway: Gateway, payload: bytes) -> RegisterOrder:
    """Read what ``add_register`` froze."""
    document = orjson.loads(gateway.seal.open(payload))
    return RegisterOrder(
        invoice=facts.load(orjson.dumps(document["invoice"])),
        facts_hash=bytes.fromhex(document["facts_hash"]),
        amount=Decimal(document["amount"]),
        due_date=date.fromisoformat(document["due_date"]),
    )


def queued_register(connection: sa.Connection, gateway: Gateway, claim_id: str) -> RegisterOrder:
    """The order of the claim's register that is not over yet; ``LookupError`` without one."""
    payload = connection.execute(
        sa.select(table.c.payload)
        .where(
            table.c.key == f"kravia.{claim_id}",
            table.c.kind == Kind.REGISTER.value,
            UNSETTLED,
        )
        .order_by(table.c.seq.desc())
        .limit(1)
    ).scalar()
    if payload is None:
        raise LookupError(f"{claim_id} has no register under way")
    return register_order(gateway, payload)


def add_receipt(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    receipt_kind: ReceiptKind,
    order: ReceiptOrder,
    now: datetime,
) -> str:
    """Queue a payment or credit note for Kravia, behind everything of the claim already queued."""
    kind = Kind.PAYMENT if receipt_kind is ReceiptKind.PAYMENT else Kind.CREDIT_NOTE
    document = {
        "receipt_id": order.receipt_id,
        "on": order.on.isoformat(),
        "amount": str(order.amount),
    }
    return _add_kravia(connection, gateway, claim, kind, document, now)


def receipt_order(gateway: Gateway, payload: bytes) -> ReceiptOrder:
    """Read what ``add_receipt`` froze."""
    document = orjson.loads(gateway.seal.open(payload))
    return ReceiptOrder(
        receipt_id=document["receipt_id"],
        on=date.fromisoformat(document["on"]),
        amount=Decimal(document["amount"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMessage:
    """A message to Kravia about a claim that is not over yet."""

    message_id: str
    kind: str
    state: MessageState
    attempts: int
    due_at: datetime
    last_error: str | None

    @property
    def is_surely_unsent(self) -> bool:
        """Whether Kravia certainly has nothing of it: waiting, or parked after a plain refusal."""
        if self.state is MessageState.PARKED:
            return not (self.last_error or "").startswith(QUARANTINE)
        return self.state is MessageState.PENDING


def live_messages(connection: sa.Connection, claim_id: str) -> tuple[LiveMessage, ...]:
    """The claim's messages to Kravia that are not over, in the order they will go."""
    rows = connection.execute(
        sa.select(table)
        .where(
            table.c.key == f"kravia.{claim_id}",
            UNSETTLED,
        )
        .order_by(table.c.seq)
    ).mappings()
    return tuple(
        LiveMessage(
            message_id=row["message_id"],
            kind=row["kind"],
            state=MessageState(row["state"]),
            attempts=row["attempts"],
            due_at=from_ms(row["due_at"]),
            last_error=row["last_error"],
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOrder:
    """The frozen payload of what no document tells a call for; what a person does if it fails.

    ``receipt_id`` is the payment that a reversal undoes.
    """

    receipt_id: str | None
    task_kind: str
    by_hand: str


def add_action(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    kind: Kind,
    order: ActionOrder,
    now: datetime,
) -> str:
    """Queue a withdrawal, objection or reversal behind everything of the claim."""
    return _add_kravia(connection, gateway, claim, kind, asdict(order), now)


def action_order(gateway: Gateway, payload: bytes) -> ActionOrder:
    """Read what ``add_action`` froze."""
    return ActionOrder(**orjson.loads(gateway.seal.open(payload)))


def _add_kravia(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    kind: Kind,
    document: Mapping[str, object],
    now: datetime,
    lane: str | None = None,
    due_at: datetime | None = None,
) -> str:
    message_id = gateway.new_id("msg_")
    store.add(
        connection,
        table,
        NewMessage(
            message_id=message_id,
            scope=claim.creditor_id,
            key=f"kravia.{claim.claim_id}",
            lane=lane,
            kind=kind,
            subject=claim.claim_id,
            payload=gateway.seal.seal(orjson.dumps(document)),
            due_at=due_at or now,
            doubtful=True,
            trace=gateway.trace,
        ),
        now=now,
    )
    return message_id
