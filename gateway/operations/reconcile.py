"""Ledger, gateway and Kravia compared, a batch at a time: what one page of it finds.

::

    claims ── cases of no claim ── the ledger's invoices of none ── settlements ── rest

A batch is read at one moment, so that nothing on its way looks like a difference; between two the
gateway goes on (decision 21).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from gateway.domain.reconciliation.books import Setting
from gateway.domain.reconciliation.compare import Item, differences
from gateway.domain.reconciliation.difference import Difference
from gateway.domain.reconciliation.signs import cause_of, command_of, kind_of
from gateway.operations.arguments import Arguments, creditor_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import differences as known
from gateway.storage import mirror
from gateway.storage.ledger_readings import swept_at
from gateway.storage.reconciliation import claim_books
from gateway.storage.reconciliation_rest import (
    ledger_only,
    settlement_books,
    strange_cases,
    unread,
)
from outbox.instants import from_ms

BATCH: Final = 500
"""Claims read at once: some 30 ms, so that neither a reader nor the write-ahead log waits long."""

CLAIMS, CASES, INVOICES, SETTLEMENTS, REST = (
    "claims",
    "cases",
    "ledger_invoices",
    "settlements",
    "rest",
)
STAGES: Final = (CLAIMS, CASES, INVOICES, SETTLEMENTS, REST)
"""What is walked through, in this order; the names under ``compared`` but for the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one batch brought. ``following``: the cursor to go on with; None at the end."""

    compared: Mapping[str, int]
    differences: tuple[Difference, ...]
    following: str | None


def setting_of(connection: sa.Connection, gateway: Gateway, creditor_id: str) -> Setting:
    """What the comparison of this creditor goes by now."""
    feed = mirror.get_feed(connection, creditor_id)
    return Setting(
        now=gateway.clock(),
        polled_at=None if feed.completed_at is None else feed.polled_at,
        completed_at=feed.completed_at,
        payout_days=gateway.pace.payout_days,
        sends_nothing=gateway.creditors[creditor_id].observe,
    )


def compare_batch(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, cursor: str | None
) -> Found:
    """Compare the next batch of a creditor; ``cursor`` None begins. Reads only."""
    stage, _, after = (cursor or f"{CLAIMS}:").partition(":")
    items, looked_at, last = _read(connection, gateway, creditor_id, stage, after)
    setting = setting_of(connection, gateway, creditor_id)
    following = None if last is None else f"{stage}:{last}"
    if following is None and stage != REST:
        following = f"{STAGES[STAGES.index(stage) + 1]}:"
    return Found(
        compared={} if stage == REST else {stage: looked_at},
        differences=tuple(differences(items, setting)),
        following=following,
    )


def _read(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, stage: str, after: str
) -> tuple[tuple[Item, ...], int, str | None]:
    """The next items of a stage, how many were looked at, and where it goes on; None: it is over.

    Raises ``OperationError`` for a cursor that is none of ours.
    """
    is_asked = _is_asked(gateway, creditor_id)
    match stage:
        case "claims":
            claims, seq = claim_books(
                connection,
                gateway.seal,
                creditor_id,
                after=_number(after),
                limit=BATCH,
                meaning=gateway.assumptions.meaning,
                ledger_is_asked=is_asked,
            )
            return claims, len(claims), None if seq is None else str(seq)
        case "cases":
            return strange_cases(
                connection,
                creditor_id,
                after=after,
                limit=BATCH,
                meaning=gateway.assumptions.meaning,
            )
        case "ledger_invoices":
            if not is_asked:
                return (), 0, None
            return ledger_only(connection, gateway.seal, creditor_id, after=after, limit=BATCH)
        case "settlements":
            found, seq = settlement_books(
                connection, creditor_id, after=_number(after), limit=BATCH
            )
            return found, len(found), None if seq is None else str(seq)
        case "rest":
            return unread(connection, creditor_id), 0, None
        case _:
            raise _no_cursor()


def _number(after: str) -> int:
    if after and not after.isdecimal():
        raise _no_cursor()
    return int(after or 0)


def _no_cursor() -> OperationError:
    return OperationError("after is no cursor of reconcile: begin without it", kind="invalid")


def reconcile(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """One batch of the comparison of a creditor, or of all, one after another.

    ``next`` goes on; ``incomplete`` names a creditor whose list at Kravia is not read whole yet, so
    that nothing is concluded from it. ``ledger_as_of`` says on a creditor's first batch when the
    last whole sweep of its ledger began: null before the first, absent for one that is not asked.
    """
    only = arguments.get("creditor")
    names = sorted(gateway.creditors) if only is None else [creditor_of(gateway, arguments)]
    compared: Counter[str] = Counter({stage: 0 for stage in STAGES if stage != REST})
    if not names:
        nothing: Document = {"differences": [], "incomplete": [], "ledger_as_of": {}}
        return {"compared": dict(compared), **nothing, "next": None}
    after = arguments.get("after")
    creditor_id, _, cursor = (names[0], "", "") if after is None else str(after).partition("|")
    if creditor_id not in names:
        raise _no_cursor()
    found = compare_batch(connection, gateway, creditor_id, cursor or None)
    compared.update(found.compared)
    following = None if found.following is None else f"{creditor_id}|{found.following}"
    if following is None and creditor_id != names[-1]:
        following = f"{names[names.index(creditor_id) + 1]}|"
    is_first = not cursor
    is_whole = setting_of(connection, gateway, creditor_id).polled_at is not None
    return {
        "compared": dict(compared),
        "differences": _rows(connection, creditor_id, found.differences),
        "incomplete": [creditor_id] if is_first and not is_whole else [],
        "ledger_as_of": _as_of(connection, gateway, creditor_id) if is_first else {},
        "next": following,
    }


def _as_of(connection: sa.Connection, gateway: Gateway, creditor_id: str) -> Document:
    """When what is known of the ledger's side was true."""
    if not _is_asked(gateway, creditor_id):
        return {}
    at = swept_at(connection, creditor_id)
    return {creditor_id: None if at is None else at.isoformat()}


def _is_asked(gateway: Gateway, creditor_id: str) -> bool:
    ledger = gateway.ledgers.get(creditor_id)
    return ledger is not None and ledger.source is not None


def _rows(
    connection: sa.Connection, creditor_id: str, found: tuple[Difference, ...]
) -> list[Document]:
    keys = [(each.sign.value, each.about) for each in found]
    seen = known.first_seen(connection, creditor_id, keys) if keys else {}
    return [
        difference_row(each, creditor_id, seen.get(key))
        for each, key in zip(found, keys, strict=True)
    ]


def difference_row(each: Difference, creditor_id: str, first_seen: int | None) -> Document:
    """A difference with its cause and the command that mends it; ``first_seen`` in ms."""
    return {
        "kind": kind_of(each).value,
        "sign": each.sign.value,
        "creditor_id": creditor_id,
        "invoice_id": each.invoice_id,
        "claim_id": each.claim_id,
        "kravia_invoice_id": each.kravia_invoice_id,
        "about": each.about,
        "ledger": each.ledger,
        "gateway": each.gateway,
        "kravia": each.kravia,
        "cause": cause_of(each),
        "command": command_of(each, creditor_id),
        "first_seen": None if first_seen is None else from_ms(first_seen).isoformat(),
    }
