"""The creditors of the settings against those served before; and how one is given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.domain.creditor_identity import Alive, Identity, IdentityFault, identity_faults
from gateway.operations.arguments import Arguments, needed, reason_of
from gateway.operations.doubts import is_open
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import known_creditors
from gateway.storage.desk import NewTask, add_task, record_action
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import TERMINAL, Message, MessageState

_PAGE: Final = 500

_CASES_NAMED_MAX: Final = 20
"""Cases at Kravia that the task names; claims list has the rest."""


def faults(
    connection: sa.Connection, identities: Mapping[str, Identity]
) -> tuple[IdentityFault, ...]:
    """What in the settings would orphan live claims or messages; changes nothing."""
    return identity_faults(
        identities, known_creditors.remembered(connection), known_creditors.alive(connection)
    )


def take_note(
    connection: sa.Connection, identities: Mapping[str, Identity], now: datetime
) -> tuple[IdentityFault, ...]:
    """The same; where there are no faults, remember who the creditors are from now on."""
    found = faults(connection, identities)
    if not found:
        known = known_creditors.remembered(connection)
        for name, identity in identities.items():
            if known.get(name) != identity:
                known_creditors.remember(connection, name, identity, now)
    return found


def plan_to_retire(connection: sa.Connection, _gateway: Gateway, arguments: Arguments) -> Document:
    """What ``retire`` would give up; refused while a message's outcome is unknown."""
    creditor_id = needed(arguments, "creditor")
    alive = known_creditors.alive(connection).get(creditor_id, Alive())
    if not alive and creditor_id not in known_creditors.remembered(connection):
        raise OperationError(f"the database knows no creditor {creditor_id}", kind="not_found")
    for message in _unsettled(connection, creditor_id):
        if message.state is MessageState.LEASED:
            raise OperationError(
                f"{message.message_id} is being sent, or was when a process died: try again in a"
                " minute",
                kind="refused",
            )
        if is_open(message):
            raise OperationError(
                f"{message.message_id} may have been sent: end the doubt first, with doubts list",
                kind="refused",
            )
    at_kravia = known_creditors.cases_at_agency(connection, creditor_id)
    return {
        "creditor_id": creditor_id,
        "open_claims": alive.claims,
        "at_kravia": len(at_kravia),
        "unsent_messages": alive.messages,
    }


def retire(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Close all claims of a creditor here and cancel what waits; tell Kravia and ledger nothing.

    What Kravia has stays there, and is a task for a person. The creditor needs no settings.
    """
    store.expire(connection, table, now=now, everything=False)  # what a dead process left
    plan = plan_to_retire(connection, gateway, arguments)
    creditor_id = needed(arguments, "creditor")
    for message in _unsettled(connection, creditor_id):
        store.cancel(connection, table, message.message_id, reason="creditor retired", now=now)
    cases = known_creditors.cases_at_agency(connection, creditor_id)
    problem = "its creditor was retired here; Kravia was told nothing"
    known_creditors.close_all(connection, creditor_id, problem, now)
    if cases:
        more = f" and {len(cases) - _CASES_NAMED_MAX} more" if len(cases) > _CASES_NAMED_MAX else ""
        text = (
            f"{creditor_id} was retired with {len(cases)} cases at Kravia"
            f" ({', '.join(cases[:_CASES_NAMED_MAX])}{more}): withdraw them in Kravia's portal, or"
            " follow them there"
        )
        new = NewTask(
            creditor_id=creditor_id, claim_id=None, kind="retired", about=now.isoformat(), text=text
        )
        add_task(connection, new, gateway.new_id("tsk_"), now)
    record_action(
        connection,
        actor=actor,
        action="creditors.retire",
        subject=creditor_id,
        reason=reason_of(arguments),
        now=now,
    )
    return {**plan, "retired": True}


def _unsettled(connection: sa.Connection, creditor_id: str) -> list[Message]:
    """Every message of the creditor that is not over."""
    found: list[Message] = []
    for state in MessageState:
        if state in TERMINAL:
            continue
        after: int | None = None
        while True:
            page = store.listing(
                connection, table, scope=creditor_id, state=state, limit=_PAGE, after=after
            )
            found += page
            if len(page) < _PAGE:
                break
            after = page[-1].seq
    return found
