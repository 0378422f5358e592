"""What stands beside the lives of many claims: messages that wait their turn, and differences."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

from gateway.domain.reconciliation.difference import Difference, Sign

WAIT_EVERY: Final = 8
"""Of 820,000 messages one in so many waits untried: 100,000, as after a day without an answer."""

DIFFERENCES: Final = 100_000
FIRST_SEEN_MS: Final = 1_795_000_000_000  # 2026-11-18, then a minute between two of them


def add_waiting(file: Path) -> None:
    """Write both into a database that nobody has open."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(  # no head: nothing is sent from here
            "UPDATE message SET state = 'pending', last_error = NULL, settled_at = NULL, head = 0"
            " WHERE kind = 'ledger.claim.registered' AND state = 'delivered'"
            " AND seq / 9 % ? = 0",
            [WAIT_EVERY],
        )
        claims = connection.execute(
            "SELECT creditor_id, invoice_id, claim_id, kravia_invoice_id FROM claim"
            " WHERE kravia_invoice_id IS NOT NULL ORDER BY seq LIMIT ?",
            [DIFFERENCES],
        ).fetchall()
        signs = tuple(Sign)
        connection.executemany(
            "INSERT INTO difference VALUES (?, ?, ?, ?, ?, ?)",
            (_difference(signs[at % len(signs)], at, *claim) for at, claim in enumerate(claims)),
        )


def _difference(
    sign: Sign, at: int, creditor_id: str, invoice_id: str, claim_id: str, kravia_id: str
) -> tuple[str, str, str, int, int, str]:
    found = Difference(
        sign=sign,
        invoice_id=invoice_id,
        claim_id=claim_id,
        kravia_invoice_id=kravia_id,
        ledger="9000.00",
        gateway="9000.00",
        kravia="8000.00",
    )
    said = {name: value for name, value in asdict(found).items() if name != "sign" and value}
    seen = FIRST_SEEN_MS + at * 60_000 % 518_400_000  # over six days, several at a time
    return creditor_id, sign.value, found.about, seen, seen, json.dumps(said)
