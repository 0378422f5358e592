"""A database with a million held claims, as it would stand after years: written in a minute.

Two claims are taken in and decided by the gateway itself; their rows are then copied under other
ids, numbers and debtors, straight into the file.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gateway.domain.invoice import (
    Address,
    Channel,
    Debtor,
    DebtorKind,
    Invoice,
    Notice,
    NoticeKind,
)
from gateway.operations.decide import decide_debtor
from gateway.operations.gateway import Gateway
from gateway.operations.snapshot import new_claim
from gateway.storage.tables import claim

CREDITOR = "acme"
CLAIMS_OF_DEBTOR = 2  # every other debtor owes a second invoice, so that siblings are looked at
_NUMBER = "777000777"  # stands for each number in the rows that are copied

INVOICE = Invoice(
    id=f"inv-{_NUMBER}",
    number=_NUMBER,
    issue_date=date(2026, 9, 1),
    due_date=date(2026, 9, 15),
    supplied_on=date(2026, 8, 31),
    delivery_evidence="ehf",
    currency="NOK",
    total=Decimal("4800.00"),
    outstanding=Decimal("4800.00"),
    debtor=Debtor(
        number=f"debtor-{_NUMBER}",
        name="Kari Nordmann",
        kind=DebtorKind.PERSON,
        address=Address(line1="Nygata 3", postal_code="0154", city="Oslo", country="NO"),
        email="kari@example.com",
    ),
    notices=(
        Notice(
            kind=NoticeKind.REMINDER,
            sent_on=date(2026, 10, 1),
            deadline=date(2026, 10, 15),
            channel=Channel.POST,
            fee=Decimal("38.00"),
        ),
    ),
)


def _with_notice(sent_on: date) -> Invoice:
    notice = Notice(
        kind=NoticeKind.COLLECTION_NOTICE,
        sent_on=sent_on,
        deadline=sent_on + timedelta(days=14),
        channel=Channel.POST,
        fee=Decimal("38.00"),
    )
    return replace(INVOICE, notices=(*INVOICE.notices, notice))


async def fill(gateway: Gateway, file: Path, *, held: int, due: int, now: datetime) -> None:
    """Write ``held`` claims that wait on, and ``due`` more whose day is that of ``now``.

    The gateway's database, ``file``, must be empty and is used by nobody else meanwhile.
    """
    day = now.date()
    # Four days of grace and weekend after a Friday's deadline: due on Tuesday.
    waiting = await _template(gateway, _with_notice(day - timedelta(days=4)), now)
    ready = await _template(
        gateway, _with_notice(day - timedelta(days=18)), now - timedelta(days=4)
    )
    if ready["decide_on"] != day.isoformat() or waiting["decide_on"] <= day.isoformat():
        raise RuntimeError("the templates are not due as they should be")
    columns = [name for name in ready if name != "seq"]
    marks = ", ".join("?" for _ in columns)
    connection = sqlite3.connect(file, isolation_level=None)
    for statement in ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "BEGIN"):
        connection.execute(statement)
    connection.executemany(
        f"INSERT INTO claim ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - our own names
        _rows(ready, waiting, columns, due=due, held=held),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def _template(gateway: Gateway, invoice: Invoice, now: datetime) -> dict[str, Any]:
    """The row of a claim as the gateway itself decides it; taken out of the database again."""

    def write(connection: sa.Connection) -> dict[str, Any]:
        new_claim(connection, gateway, CREDITOR, invoice, now, now)
        decide_debtor(connection, gateway, CREDITOR, invoice.debtor.number, now)
        row = dict(connection.execute(sa.select(claim)).mappings().one())
        for table in ("claim", "message"):
            connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
        return row

    return await gateway.database.write(write)


def _rows(
    ready: dict[str, Any], waiting: dict[str, Any], columns: list[str], *, due: int, held: int
) -> Iterator[tuple[Any, ...]]:
    every = (held + due) // due  # the due ones lie scattered among the others
    for number in range(held + due):
        row = ready if number % every == 0 and number // every < due else waiting
        debtor = number - number % CLAIMS_OF_DEBTOR * ((number // CLAIMS_OF_DEBTOR) % 2)
        invoice_number, debtor_number = str(100_000_000 + number), str(100_000_000 + debtor)
        facts = (
            row["sealed_facts"]
            .replace(f"debtor-{_NUMBER}".encode(), f"debtor-{debtor_number}".encode())
            .replace(_NUMBER.encode(), invoice_number.encode())
        )
        changed = {
            "claim_id": f"clm_{number:024x}",
            "case_id": f"cas_{debtor:024x}",
            "invoice_id": f"inv-{invoice_number}",
            "invoice_number": invoice_number,
            "debtor_number": f"debtor-{debtor_number}",
            "sealed_facts": facts,
            "facts_hash": hashlib.sha256(facts[1:]).digest(),
            "decision": row["decision"].replace(_NUMBER, invoice_number),
        }
        yield tuple(changed.get(name, row[name]) for name in columns)
