"""What a debtor may ask of a creditor: all that is held on them, and that it be erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.oslo import oslo_date
from gateway.domain.retention import retention_of
from gateway.operations.arguments import Arguments, creditor_of, needed, needed_reason
from gateway.operations.errors import OperationError
from gateway.operations.forgetting import forget_claims, pseudonym_of
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.operations.purging import has_unsettled
from gateway.storage import claims, held, retained
from gateway.storage.claims import Claim
from gateway.storage.desk import record_action
from gateway.storage.held import Row
from gateway.storage.tables import alert, event, ledger_invoice, mirror, task
from outbox.instants import from_ms

NAMED_MAX: Final = 5
"""Claims named in a refusal: enough to begin with."""

_KEPT: Final = (
    ("claim", "number, dates, amounts, letters and states of the claim"),
    ("receipt", "payments and credit notes that the ledger told of"),
    ("collected", "payments that Kravia collected"),
    ("settlement_line", "what Kravia paid out"),
    ("booking", "what was booked in the ledger"),
    ("bank_line", "day and amount of a movement on the creditor's account"),
)
"""What bokføringsloven § 13 wants kept, and what of it stays."""


async def export(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Everything held on a debtor, opened; it is written into the audit that it was looked at."""
    creditor_id, number = creditor_of(gateway, arguments), needed(arguments, "debtor")
    reason, now = needed_reason(arguments), gateway.clock()
    found = await gateway.database.read(partial(_held_beside, creditor_id, number))
    events = await _events(gateway, creditor_id, number, found["claim"])
    if not events and not any(found.values()):
        raise _unknown(creditor_id, number)
    await gateway.database.write(
        partial(_audit, gateway, "privacy.export", creditor_id, number, actor, reason, now)
    )
    seal = gateway.seal
    tables = {name: [held.shown(row, seal) for row in rows] for name, rows in found.items()}
    return {
        "creditor_id": creditor_id,
        "debtor_number": number,
        "exported_at": now.isoformat(),
        "other_numbers": await gateway.database.read(
            partial(_other_numbers, creditor_id, number, found["claim"])
        ),
        "held": {**tables, "event": [held.shown(row, seal) for row in events]},
    }


async def erase(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Take a debtor out of everything; refuses while anything of theirs is under way."""
    creditor_id, number = creditor_of(gateway, arguments), needed(arguments, "debtor")
    reason, now = needed_reason(arguments), gateway.clock()
    found = await gateway.database.read(partial(_held_beside, creditor_id, number))
    events = await _events(gateway, creditor_id, number, found["claim"])
    if not events and not any(found.values()):
        raise _unknown(creditor_id, number)
    seqs = [int(row["seq"]) for row in events]

    def run(connection: sa.Connection) -> None:
        known = claims.of_debtor(connection, creditor_id, number)
        _refuse_if_under_way(connection, known, seqs)
        lines = _held_beside(creditor_id, number, connection)["bank_line"]
        forget_claims(connection, gateway, known, now)
        retained.empty_events(connection, gateway.seal, seqs, now)
        retained.empty_lines(connection, gateway.seal, [int(row["seq"]) for row in lines])
        _erase_beside(connection, gateway, creditor_id, number, events)
        _audit(gateway, "privacy.erase", creditor_id, number, actor, reason, now, connection)

    await gateway.database.write(run, scope=creditor_id)
    until = max(
        (retention_of(oslo_date(each)).primary_until for each in _ends(found["claim"])),
        default=None,
    )
    return {
        "pseudonym": pseudonym_of(gateway, creditor_id, number),
        "erased": {
            "claims": len(found["claim"]),
            "events": len(seqs),
            "messages": len(found["message"]),
            "ledger_invoices": len(found["ledger_invoice"]),
            "bank_lines": len(found["bank_line"]),
            "tasks": len(found["task"]),
        },
        "kept": [
            {
                "what": name,
                "rows": len(found[name]),
                "as": says,
                "until": until.isoformat() if until else None,
                "source": "bokføringsloven § 13",
            }
            for name, says in _KEPT
            if found[name]
        ],
        "command": "kravia-gateway privacy vacuum",
    }


async def vacuum(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Write the database anew, so that nothing erased is left in its files."""
    reason, now = needed_reason(arguments), gateway.clock()
    await gateway.database.write(
        lambda connection: record_action(
            connection,
            actor=actor,
            action="privacy.vacuum",
            subject="all",
            reason=reason,
            now=now,
        )
    )
    if not await gateway.database.rewrite():
        raise OperationError(
            "the database was written anew, but a read still held the log: run it again",
            kind="refused",
        )
    remains = "backups made before, and what the file system has not yet overwritten"
    if gateway.database.is_shared:
        remains = f"the server's log until it is recycled, its archives, standbys, {remains}"
    return {"rewritten": True, "remains": remains}


def _held_beside(creditor_id: str, number: str, connection: sa.Connection) -> dict[str, list[Row]]:
    known = held.claims_of(connection, creditor_id, number)
    return {"claim": known, **held.beside(connection, creditor_id, number, known)}


async def _events(
    gateway: Gateway, creditor_id: str, number: str, known: Sequence[Row]
) -> list[Row]:
    """The debtor's events, looked for stretch by stretch.

    Also of claims that are erased already: the ledger may have told of them again since.
    """
    erased = await gateway.database.read(
        partial(
            held.claims_of,
            creditor_id=creditor_id,
            debtor_number=pseudonym_of(gateway, creditor_id, number),
        )
    )
    invoice_ids = frozenset(row["invoice_id"] for row in (*known, *erased))
    newest = await gateway.database.read(held.newest_event)
    found: list[Row] = []
    for above in range(0, newest, held.STRETCH_ROWS):
        look = partial(
            held.events_of,
            seal=gateway.seal,
            creditor_id=creditor_id,
            debtor_number=number,
            invoice_ids=invoice_ids,
            above=above,
        )
        found += await gateway.database.read(look)
    return found


def _refuse_if_under_way(
    connection: sa.Connection, known: Sequence[Claim], event_seqs: Sequence[int]
) -> None:
    live = [each for each in known if each.state is not ClaimState.CLOSED]
    if live:
        named = ", ".join(f"{each.claim_id} ({each.state})" for each in live[:NAMED_MAX])
        more = f" and {len(live) - NAMED_MAX} more" if len(live) > NAMED_MAX else ""
        raise OperationError(
            f"a case is live: {named}{more}. The debtor's data is needed for it"
            " (GDPR art. 17(3)(e)); end it first: claims withdraw CLAIM_ID, and wait until it is"
            " closed",
            kind="refused",
        )
    claim_ids = [each.claim_id for each in known]
    if has_unsettled(connection, claim_ids):
        raise OperationError(
            "a message about a closed claim is not over; let it go, or cancel it: outbox list",
            kind="refused",
        )
    waits = sa.select(task.c.task_id).where(
        task.c.claim_id.in_(claim_ids), task.c.done_at.is_(None)
    )
    open_task = connection.execute(waits.limit(1)).scalar()
    if open_task is not None:
        raise OperationError(
            f"a task about a closed claim waits for a person: tasks done {open_task}",
            kind="refused",
        )
    unhandled = sa.select(sa.literal(1)).where(
        event.c.seq.in_(event_seqs), event.c.outcome == "recorded"
    )
    if connection.execute(unhandled.limit(1)).first() is not None:
        raise OperationError(
            "an event about this debtor is not handled yet; try again in a moment", kind="refused"
        )


def _erase_beside(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    number: str,
    events: Sequence[Row],
) -> None:
    connection.execute(
        sa.delete(ledger_invoice).where(
            ledger_invoice.c.creditor_id == creditor_id, ledger_invoice.c.debtor_number == number
        )
    )
    connection.execute(
        sa.update(mirror)
        .where(mirror.c.creditor_id == creditor_id, mirror.c.debtor_number == number)
        .values(debtor_number=pseudonym_of(gateway, creditor_id, number))
    )
    about = [number, *(str(row["event_id"]) for row in events)]
    connection.execute(
        sa.delete(alert).where(alert.c.creditor_id == creditor_id, alert.c.about.in_(about))
    )


def _audit(
    gateway: Gateway,
    action: str,
    creditor_id: str,
    number: str,
    actor: str,
    reason: str,
    now: datetime,
    connection: sa.Connection,
) -> None:
    """The audit is for ever, so it names the debtor by what stands for them once erased."""
    record_action(
        connection,
        actor=actor,
        action=action,
        subject=f"{creditor_id}/{pseudonym_of(gateway, creditor_id, number)}",
        reason=reason,
        now=now,
    )


def _other_numbers(
    creditor_id: str, number: str, known: Sequence[Row], connection: sa.Connection
) -> list[str]:
    """Numbers under which the creditor may know the same person."""
    found: set[str] = set()
    for row in known:
        for column in ("organization_token", "name_token"):
            if row[column]:
                found |= {*claims.debtors_by_token(connection, creditor_id, column, row[column])}
    return sorted(found - {number})


def _ends(known: Sequence[Row]) -> list[datetime]:
    return [from_ms(row["updated_at"]) for row in known]


def _unknown(creditor_id: str, number: str) -> OperationError:
    return OperationError(
        f"nothing is held on debtor {number} of {creditor_id}; debtor numbers are in: claims list",
        kind="not_found",
    )
