"""The message that books a settlement's voucher, found by the settlement: one there is at most."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.storage.tables import message
from outbox.message import MessageState


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherCall:
    """Where the booking of a settlement's voucher stands; ``voucher_id`` once it is booked."""

    message_id: str
    state: MessageState
    voucher_id: str | None

    @property
    def is_over(self) -> bool:
        """Whether it is booked, or a person gave it up."""
        return self.state in {MessageState.DELIVERED, MessageState.CANCELLED}


def key_of(creditor_id: str, settlement_id: str) -> str:
    """The key of the message; a settlement has one voucher of ours."""
    return f"voucher.{creditor_id}/{settlement_id}"


def of_settlement(
    connection: sa.Connection, creditor_id: str, kind: str, settlement_id: str
) -> VoucherCall | None:
    """The newest message of ``kind`` that books the settlement's voucher, if there is one."""
    row = connection.execute(
        sa.select(message.c.message_id, message.c.state, message.c.result)
        .where(
            message.c.scope == creditor_id,
            message.c.kind == kind,
            message.c.key == key_of(creditor_id, settlement_id),
        )
        .order_by(message.c.seq.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    state = MessageState(row.state)
    booked = row.result if state is MessageState.DELIVERED else None
    return VoucherCall(message_id=row.message_id, state=state, voucher_id=booked)
