"""``python -m tests.benchmarks.reconcile [CLAIMS [FOLDER]]``: compare so many claims on SQLite.

A child process fills the database, so that the peak of memory is the comparison's own; its time is
told apart as ``fill_seconds``. ``first_mb`` is the peak after a twentieth of the claims: memory is
flat where ``peak_mb`` is about the same, and ``last_over_first`` is how much longer a batch takes
near the end of the claims than near their beginning. Each claim
has a case at Kravia and its register's message; every second one a payment that Kravia was told of,
every tenth a payment that Kravia collected, settled and paid out. One in ten thousand has drifted.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.app import open_gateway
from gateway.operations import registry
from gateway.settings import Settings
from gateway.storage.sqlite_file import connect_writer, prepare_writer
from outbox.instants import to_ms

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SINCE = to_ms(NOW - timedelta(days=2))
DRIFTED_EVERY = 10_000
CHUNK_ROWS = 20_000
PART = 0.05
"""Share of the claims that the beginning and the end are measured by."""
PAYLOAD = b"\x00" + json.dumps({"receipt_id": "p", "on": "2026-11-20", "amount": "500.00"}).encode()
SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="

Values = dict[str, Any]


def settings(folder: Path) -> Settings:
    """One creditor whose ledger is told by webhooks."""
    ledger = {"kind": "webhook", "url": "http://127.0.0.1:2/in", "secret": "env:SECRET"}
    creditor = {
        "kravia_creditor_id": 10_759,
        "webhook_secrets": ["env:SECRET"],
        "ledger": ledger,
    }
    document = {
        "database": {"url": "sqlite:///gateway.db"},
        "kravia": {"base_url": "http://127.0.0.1:1", "token": "env:TOKEN"},
        "creditors": {"acme": creditor},
    }
    return Settings.build(document, {"SECRET": SECRET, "TOKEN": "a-token"}, base=folder)


def fill(path: Path, claims: int) -> None:
    """Write the books of all sides."""
    raw = connect_writer(path)
    prepare_writer(raw, path)
    raw.close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = OFF")
        file.execute("INSERT INTO feed VALUES ('acme', 'x', ?, ?)", (SINCE, to_ms(NOW)))
        for first in range(0, claims, CHUNK_ROWS):
            places = range(first, min(first + CHUNK_ROWS, claims))
            for table, make in _MAKERS.items():
                _insert(file, table, [row for at in places for row in make(at)])
            file.commit()
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _insert(file: sqlite3.Connection, table: str, rows: list[Values]) -> None:
    if not rows:
        return
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(f":{name}" for name in names)
    file.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - our own names


def _claim(at: int) -> Iterator[Values]:
    entries: list[list[Any]] = [[f"k{at}", f"p{at}", 50_000, 0, 0]] if at % 2 else []
    entries += [[f"c{at}", None, 20_000, 0, 0]] if at % 10 == 0 else []
    yield {
        "claim_id": f"clm_{at:09}",
        "case_id": f"cas_{at:09}",
        "creditor_id": "acme",
        "invoice_id": f"inv-{at}",
        "invoice_number": f"{at}",
        "debtor_number": f"d-{at // 2}",
        "issue_date": "2026-08-01",
        "state": "active",
        "currency": "NOK",
        "outstanding_minor": 100_000,
        "registered_minor": 200_000,
        "registered_at": SINCE,
        "sealed_facts": bytes(1_200),
        "facts_at": SINCE,
        "facts_hash": b"",
        "snapshot_hash": b"",
        "kravia_invoice_id": f"{1_000_000_000 + at}",
        "kravia_status": "Open",
        "details_at": to_ms(NOW),
        "remaining_minor": 200_000 - sum(entry[2] for entry in entries),
        "agency_entries": json.dumps(entries),
        "created_at": SINCE,
        "updated_at": SINCE,
    }


def _case(at: int) -> Iterator[Values]:
    yield {
        "creditor_id": "acme",
        "kravia_invoice_id": f"{1_000_000_000 + at}",
        "last_updated": "2026-11-22T10:00:00",
        "accounting_invoice_id": f"inv-{at}",
        "invoice_number": f"{at}",
        "invoice_date": "2026-08-01",
        "amount_minor": 200_000 + (at % DRIFTED_EVERY == 0),
        "debtor_number": f"d-{at // 2}",
        "status": "Open",
        "seen_at": SINCE,
    }


def _message(at: int) -> Iterator[Values]:
    for name, kind, payload in (
        ("r", "kravia.register", bytes(1_500)),
        ("t", "ledger.claim.registered", bytes(500)),
        *([("p", "kravia.payment", PAYLOAD)] if at % 2 else []),
    ):
        yield {
            "message_id": f"msg_{name}{at:09}",
            "scope": "acme",
            "key": f"{kind.partition('.')[0]}.clm_{at:09}",
            "kind": kind,
            "subject": f"clm_{at:09}",
            "payload": payload,
            "doubtful": 1,
            "state": "delivered",
            "head": 0,
            "due_at": SINCE,
            "created_at": SINCE,
            "settled_at": SINCE,
        }


def _receipt(at: int) -> Iterator[Values]:
    known: Values = {"creditor_id": "acme", "claim_id": f"clm_{at:09}", "kind": "payment"}
    known |= {"on": "2026-11-20", "event_at": SINCE}
    if at % 2:
        told: Values = {"receipt_id": f"p{at}", "amount_minor": 50_000, "state": "reported"}
        yield {**known, **told, "message_id": f"msg_p{at:09}"}
    if at % 10 == 0:
        told = {"receipt_id": f"o{at}", "amount_minor": 20_000, "state": "payout"}
        yield {**known, **told, "message_id": None}


def _collected(at: int) -> Iterator[Values]:
    if at % 10 == 0:
        yield {
            "creditor_id": "acme",
            "claim_id": f"clm_{at:09}",
            "payment_id": f"c{at}",
            "paid_on": "2026-11-10",
            "amount_minor": 20_000,
            "principal_minor": 20_000,
            "told_at": SINCE,
        }


def _settlement(at: int) -> Iterator[Values]:
    if at % 10_000 == 0:
        yield {
            "creditor_id": "acme",
            "settlement_id": f"{at // 10_000}",
            "amount_minor": 20_000 * 1_000,
            "currency": "NOK",
            "received_at": SINCE,
        }


def _line(at: int) -> Iterator[Values]:
    if at % 10 == 0:
        yield {
            "creditor_id": "acme",
            "settlement_id": f"{at // 10_000}",
            "kravia_invoice_id": f"{1_000_000_000 + at}",
            "amount_minor": 20_000,
            "principal_minor": 20_000,
            "receipt_id": f"o{at}",
        }


_MAKERS: dict[str, Callable[[int], Iterator[Values]]] = {
    "claim": _claim,
    "mirror": _case,
    "message": _message,
    "receipt": _receipt,
    "collected": _collected,
    "settlement": _settlement,
    "settlement_line": _line,
}


@dataclass(slots=True)
class Course:
    """How a comparison went: what was compared, the signs found, and what each batch took."""

    compared: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)
    cpu_seconds: list[float] = field(default_factory=list)
    """Processor time of each batch of claims."""
    first_mb: float = 0.0

    def take(self, page: Values, cpu_seconds: float, claims: int) -> None:
        """Count one page."""
        self.compared.update(page["compared"])
        self.signs.update(row["sign"] for row in page["differences"])
        if page["compared"]["claims"]:
            self.cpu_seconds.append(cpu_seconds)
        if not self.first_mb and self.compared["claims"] >= claims * PART:
            self.first_mb = peak_mb()

    @property
    def last_over_first(self) -> float:
        """How much longer the last batches of claims took than the first."""
        some = max(1, int(len(self.cpu_seconds) * PART))
        return sum(self.cpu_seconds[-some:]) / sum(self.cpu_seconds[:some])


def peak_mb() -> float:
    """The most memory this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


async def compare(folder: Path, claims: int) -> Course:
    """Turn the pages of ``reconcile`` to the end."""
    course = Course()
    async with open_gateway(settings(folder), clock=lambda: NOW) as gateway:
        after: Values = {}
        while True:
            began_cpu = time.process_time()
            page: Values = await registry.call(gateway, "reconcile", after, "bench")
            course.take(page, time.process_time() - began_cpu, claims)
            if page["next"] is None:
                return course
            after = {"after": page["next"]}


def main(claims: int, place: str | None) -> int:
    """Fill, compare and say what it took; 1 if the drift was not found, and nothing else."""
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        began = time.perf_counter()
        child = multiprocessing.get_context("spawn").Process(
            target=fill, args=(folder / "gateway.db", claims)
        )
        child.start()
        child.join()
        filled, began_cpu = time.perf_counter(), time.process_time()
        course = asyncio.run(compare(folder, claims))
        wall, cpu = time.perf_counter() - filled, time.process_time() - began_cpu
        size_mb = (folder / "gateway.db").stat().st_size / 1e6
    drifted = len(range(0, claims, DRIFTED_EVERY))
    sys.stdout.write(
        f"reconcile claims={course.compared['claims']:,} cases={course.compared['cases']:,}"
        f" fill_seconds={filled - began:.1f} wall_seconds={wall:.1f} cpu_seconds={cpu:.1f}"
        f" last_over_first={course.last_over_first:.2f} first_mb={course.first_mb:.0f}"
        f" peak_mb={peak_mb():.0f} database_mb={size_mb:.0f} found={dict(course.signs)}\n"
    )
    return int(course.signs != Counter({"amount_registered": drifted}))


if __name__ == "__main__":
    count = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    sys.exit(main(count, sys.argv[2] if len(sys.argv) > 2 else None))
