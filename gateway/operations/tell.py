"""What people and ledgers are told: webhooks to the ledger and to ``notify``, alerts, tasks.

The ledger and ``notify`` have their own order per claim, so that neither waits for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson
import sqlalchemy as sa

from gateway.operations.gateway import Gateway
from gateway.storage.claims import Claim
from gateway.storage.desk import (
    ALL_CREDITORS,
    NewAlert,
    NewTask,
    add_task,
    alert_was_told,
    raise_alert,
    untold_alerts,
)
from gateway.storage.tables import message as table
from mappers.claim_to_webhook import claim_to_webhook
from outbox import store
from outbox.message import NewMessage

LEDGER = "ledger."
NOTIFY = "notify."
"""How the kinds of messages begin that go there; the rest is the contract's type."""

NOTIFY_ALERT = f"{NOTIFY}alert"
"""The kind that is for the operator, and goes in observe mode too."""

UNTOLD_MAX = 100
"""Alerts queued for ``notify`` at once; the next look takes the rest."""


def tell(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    type_: str,
    own: Mapping[str, object],
    now: datetime,
) -> None:
    """Queue one outgoing webhook for the ledger, and for ``notify`` where there is one."""
    data = claim_to_webhook(claim, own)
    places = [LEDGER]
    if gateway.creditors[claim.creditor_id].has_notify:
        places.append(NOTIFY)
    for place in places:
        _add_webhook(
            connection,
            gateway,
            creditor_id=claim.creditor_id,
            key=f"{place}{claim.claim_id}",
            kind=f"{place}{type_}",
            subject=claim.claim_id,
            data=data,
            now=now,
        )


def tell_creditor(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    type_: str,
    data: Mapping[str, object],
    now: datetime,
) -> None:
    """Queue one outgoing webhook that is about a creditor, not one claim."""
    places = [LEDGER]
    if gateway.creditors[creditor_id].has_notify:
        places.append(NOTIFY)
    for place in places:
        _add_webhook(
            connection,
            gateway,
            creditor_id=creditor_id,
            key=f"{place}{creditor_id}",
            kind=f"{place}{type_}",
            subject=None,
            data={"creditor_id": creditor_id, "case_id": None, "claim": None, **data},
            now=now,
        )


def alert(connection: sa.Connection, gateway: Gateway, new: NewAlert, now: datetime) -> None:
    """Raise an alert once, and send it to ``notify`` where there is one."""
    if raise_alert(connection, new, now):
        _tell_of(connection, gateway, new, now)


def tell_untold_alerts(connection: sa.Connection, gateway: Gateway, now: datetime) -> int:
    """Send alerts to ``notify`` that were raised where messages cannot be queued: at the edge."""
    untold = untold_alerts(connection, UNTOLD_MAX)
    for new in untold:
        _tell_of(connection, gateway, new, now)
    return len(untold)


def _tell_of(connection: sa.Connection, gateway: Gateway, new: NewAlert, now: datetime) -> None:
    alert_was_told(connection, new, now)
    concerned = gateway.creditors if new.creditor_id == ALL_CREDITORS else (new.creditor_id,)
    for creditor_id in concerned:
        creditor = gateway.creditors.get(creditor_id)
        if creditor is None or not creditor.has_notify:
            continue
        _add_webhook(
            connection,
            gateway,
            creditor_id=creditor_id,
            key=f"{NOTIFY}alert/{creditor_id}",
            kind=NOTIFY_ALERT,
            subject=None,
            data={
                "creditor_id": creditor_id,
                "case_id": None,
                "claim": None,
                "kind": new.kind,
                "message": new.text,
                "command": new.command,
            },
            now=now,
        )


def ask_person(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    kind: str,
    text: str,
    now: datetime,
    about: str | None = None,
) -> None:
    """Add a task about a claim; the same words (or ``about``) on the same claim are one task.

    The text a person reads begins with the names the invoice has in the ledger and at Kravia.
    """
    number, case = claim.invoice_number, claim.kravia_invoice_id
    add_task(
        connection,
        NewTask(
            creditor_id=claim.creditor_id,
            claim_id=claim.claim_id,
            kind=kind,
            about=about or text,
            text=f"invoice {number}, case {case} at Kravia: {text}"
            if case
            else f"invoice {number}: {text}",
        ),
        gateway.new_id("tsk_"),
        now,
    )


def _add_webhook(
    connection: sa.Connection,
    gateway: Gateway,
    *,
    creditor_id: str,
    key: str,
    kind: str,
    subject: str | None,
    data: Mapping[str, object],
    now: datetime,
) -> None:
    document = {"timestamp": now.isoformat(), "data": data}
    store.add(
        connection,
        table,
        NewMessage(
            message_id=gateway.new_id("msg_"),
            scope=creditor_id,
            key=key,
            kind=kind,
            subject=subject,
            payload=gateway.seal.seal(orjson.dumps(document)),
            due_at=now,
            doubtful=False,
            trace=gateway.trace,
        ),
        now=now,
    )
