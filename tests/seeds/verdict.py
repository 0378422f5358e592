"""Whether the promises were kept, from everybody's own books after the calm.

P1 nothing answered is lost, P2 everything ends, P3 one effect each, P4 order per claim, P5 doubts
end or are shown, P6 nothing late is believed (it shows as one of the others).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.seeds.universe import Universe

UNFINISHED = (
    "state IN ('leased', 'in_doubt') OR (state = 'pending'"
    " AND key NOT IN (SELECT key FROM message WHERE state = 'parked'))"
)
"""What still waits for something else than a person: what stands behind a parked message does."""


def violations(universe: Universe) -> list[str]:
    """Sentences, none where every promise was kept."""
    with sqlite3.connect(universe.folder / "gateway.db") as connection:
        connection.row_factory = sqlite3.Row
        return [
            *_lost(universe, connection),
            *_forgotten(universe, connection),
            *_unfinished(connection),
            *_doubled(universe),
            *_out_of_order(universe, connection),
            *_disagreeing(universe, connection),
            *_untold(universe, connection),
            *_own_faults(connection),
            *universe.seen,
        ]


def is_at_rest(universe: Universe) -> bool:
    """Whether nothing waits any more."""
    with sqlite3.connect(universe.folder / "gateway.db") as connection:
        waiting = connection.execute(
            f"SELECT count(*) FROM message WHERE {UNFINISHED}"  # noqa: S608 - its own words
        ).fetchone()
        unread = connection.execute("SELECT count(*) FROM event WHERE outcome = 'recorded'")
        return not waiting[0] and not unread.fetchone()[0]


def _rows(connection: sqlite3.Connection, statement: str, *values: object) -> list[Any]:
    return connection.execute(statement, values).fetchall()


def _lost(universe: Universe, connection: sqlite3.Connection) -> Iterator[str]:
    kept = {row["webhook_id"]: row for row in _rows(connection, "SELECT * FROM event")}
    for webhook_id in universe.acked:
        if webhook_id not in kept:
            yield f"{webhook_id} was answered and is not kept"
        elif kept[webhook_id]["outcome"] in {"recorded", "waiting", "rejected"}:
            yield f"{webhook_id} ended as {kept[webhook_id]['outcome']}"


def _forgotten(universe: Universe, connection: sqlite3.Connection) -> Iterator[str]:
    """What the ledger said was done, and nothing was done that it did not say."""
    for row in _rows(connection, "SELECT * FROM event"):
        if row["webhook_id"] not in universe.sent:
            yield f"{row['webhook_id']} was never sent"
        type_, data = universe.sent.get(row["webhook_id"], ("", {}))
        claims = _rows(
            connection, "SELECT * FROM claim WHERE invoice_id = ?", data.get("invoice_id", "")
        )
        for claim in claims if row["outcome"] == "handled" else ():
            if type_ == "collection.withdrawn" and not (
                claim["withdrawn_at"] or claim["state"] == "closed"
            ):
                yield f"{claim['claim_id']} goes on although it was withdrawn"
            for money in (data.get("payment"), data.get("credit_note")):
                if money is not None and not _rows(
                    connection,
                    "SELECT 1 FROM receipt WHERE claim_id = ? AND receipt_id = ?",
                    claim["claim_id"],
                    money["id"],
                ):
                    yield f"{money['id']} was handled and is not booked"


def _unfinished(connection: sqlite3.Connection) -> Iterator[str]:
    for row in _rows(connection, f"SELECT * FROM message WHERE {UNFINISHED}"):  # noqa: S608 - its own words
        yield f"{row['kind']} {row['message_id']} is still {row['state']}: {row['last_error']}"
    alerted = {row["about"] for row in _rows(connection, "SELECT * FROM alert")}
    for row in _rows(connection, "SELECT * FROM message"):
        if row["state"] == "parked" and row["message_id"] not in alerted:
            yield f"{row['kind']} {row['message_id']} is parked and nobody is told"
        for bad in ("unexpectedly", "could not be recorded"):
            if bad in (row["last_error"] or ""):
                yield f"{row['kind']} {row['message_id']}: {row['last_error']}"


def _doubled(universe: Universe) -> Iterator[str]:
    books = universe.kravia.books
    for invoice_id in books.duplicates:
        yield f"case {invoice_id} is a second one on its claim"
    for call in (*books.payments, *books.credit_notes):
        if call.duplicate:
            yield f"reported twice: {call.body}"
    for case in books.invoices.values():
        ours = sum((p.amount for p in case.payments if p.accounting_payment_id), Decimal(0))
        if ours > case.original_amount:
            yield f"case {case.invoice_id}: {ours} reported on {case.original_amount}"
        for payment in case.payments:
            if payment.accounting_payment_id in universe.payouts:
                yield f"pay-out {payment.accounting_payment_id} was echoed to Kravia"
    if universe.ledger.conflicts:
        yield "the ledger was told two things under one webhook-id"


def _out_of_order(universe: Universe, connection: sqlite3.Connection) -> Iterator[str]:
    """Order per claim: as the messages stand in the outbox, so they stand at Kravia."""
    for claim in _rows(connection, "SELECT * FROM claim WHERE kravia_invoice_id IS NOT NULL"):
        sent = _rows(
            connection,
            "SELECT receipt.receipt_id FROM message JOIN receipt USING (message_id)"
            " WHERE message.subject = ? AND message.state = 'delivered'"
            " AND message.kind IN ('kravia.payment', 'kravia.credit_note') ORDER BY message.seq",
            claim["claim_id"],
        )
        case = universe.kravia.books.invoices[claim["kravia_invoice_id"]]
        there = [p.accounting_payment_id for p in case.payments if p.accounting_payment_id]
        ours = [row["receipt_id"] for row in sent]
        if [each for each in there if each in ours] != ours:
            yield f"{claim['claim_id']}: sent in the order {ours}, at Kravia {there}"


def _disagreeing(universe: Universe, connection: sqlite3.Connection) -> Iterator[str]:
    for claim in _rows(connection, "SELECT * FROM claim"):
        cases = [
            case
            for case in universe.kravia.books.invoices.values()
            if case.accounting_invoice_id == claim["invoice_id"]
        ]
        ids = [case.invoice_id for case in cases]
        # A case of day one that a claim never came to need is Kravia's alone: reconciling shows it.
        is_left = claim["kravia_invoice_id"] is None and all(case.preloaded for case in cases)
        if len(ids) > 1 or not (is_left or ids == [claim["kravia_invoice_id"]] * len(ids)):
            yield f"{claim['claim_id']} knows {claim['kravia_invoice_id']}, Kravia has {ids}"
        if claim["state"] == "sending" and not _is_shown(connection, claim):
            yield f"{claim['claim_id']} is still being sent"
        if cases and claim["state"] == "active" and not _is_shown(connection, claim):
            collected = sum(p.capital for p in cases[0].payments if p.accounting_payment_id is None)
            open_there = int((cases[0].remaining + collected) * 100)
            # A pay-out is booked at the ledger, and counts there alone: Kravia has counted it.
            open_here = claim["outstanding_minor"] + _paid_out(connection, claim)
            if open_there != open_here:
                yield (
                    f"{claim['claim_id']}: {open_here} øre open here before pay-outs,"
                    f" {open_there} at Kravia before what it collected, and nobody is told"
                )
            if cases[0].is_closed:
                yield f"{claim['claim_id']} is active here and closed at Kravia"


def _paid_out(connection: sqlite3.Connection, claim: Any) -> int:
    """Øre that were taken for Kravia's pay-outs."""
    (row,) = _rows(
        connection,
        "SELECT coalesce(sum(amount_minor), 0) AS minor FROM receipt"
        " WHERE claim_id = ? AND state = 'payout'",
        claim["claim_id"],
    )
    return int(row["minor"])


def _is_shown(connection: sqlite3.Connection, claim: Any) -> bool:
    """Whether a person is told to look: an open task, a problem, or something parked."""
    tasks = _rows(
        connection,
        "SELECT 1 FROM task WHERE claim_id = ? AND done_at IS NULL"
        " UNION SELECT 1 FROM message WHERE subject = ? AND state = 'parked'",
        claim["claim_id"],
        claim["claim_id"],
    )
    return bool(tasks) or claim["problem"] is not None


def _untold(universe: Universe, connection: sqlite3.Connection) -> Iterator[str]:
    told = Counter((each.type, each.claim_id) for each in universe.ledger.told)
    for claim in _rows(connection, "SELECT * FROM claim"):
        if _rows(
            connection,
            "SELECT 1 FROM message WHERE key = ? AND state = 'parked'",
            f"ledger.{claim['claim_id']}",
        ):
            continue  # it waits for a person, and its alert says so
        wanted = int(claim["kravia_invoice_id"] is not None)
        found = told["claim.registered", claim["claim_id"]]
        if found != wanted:
            yield f"{claim['claim_id']}: told of {found} registers instead of {wanted}"
        if told["claim.closed", claim["claim_id"]] > 1:
            yield f"{claim['claim_id']}: told twice that it ended"
        if claim["kravia_invoice_id"] is None:
            continue
        case = universe.kravia.books.invoices[claim["kravia_invoice_id"]]
        collected = sorted(p.payment_id for p in case.payments if p.accounting_payment_id is None)
        said = sorted(
            str(each.data["payment_id"])
            for each in universe.ledger.of_claim(claim["claim_id"])
            if each.type == "payment.collected"
        )
        if said != collected:
            yield f"{claim['claim_id']}: Kravia collected {collected}, the ledger was told {said}"


def _own_faults(connection: sqlite3.Connection) -> Iterator[str]:
    for row in _rows(connection, "SELECT * FROM alert"):
        if row["kind"] in {"event_failed", "decision_failed"}:
            yield f"alert {row['kind']}: {row['text']}"
