"""A database with many claims, as it would stand after years: a million held in a minute or two.

Claims are taken in and decided by the gateway itself; their rows are then copied under other ids,
numbers and debtors, straight into the file.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from gateway.operations.messages import Kind
from gateway.operations.snapshot import new_claim
from gateway.settings import Settings
from gateway.storage.tables import claim, message
from outbox.instants import to_ms
from outbox.message import MessageState
from tests.benchmarks.signed_webhooks import SECRET_TEXT

Row = dict[str, Any]
CREDITOR = "acme"
CLAIMS_OF_DEBTOR = 2  # every other debtor owes a second invoice, so that siblings are looked at
FILE = "gateway.db"
ENVIRON = {"SECRET": SECRET_TEXT, "TOKEN": "t"}
NO_LIMIT = 1_000_000
"""Registers a day: the cap is counted as it always is, and never reached."""
_FIRST = 100_000_000
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


def settings(folder: Path) -> Settings:
    """The settings of a gateway on ``folder/gateway.db``; its remotes are never called."""
    remotes = "http://127.0.0.1:1"
    ledger = {"kind": "webhook", "url": f"{remotes}/collections", "secret": "env:SECRET"}
    document: dict[str, Any] = {
        "database": {"url": f"sqlite:///{FILE}"},
        "kravia": {"base_url": remotes, "token": "env:TOKEN"},
        "creditors": {
            CREDITOR: {
                "kravia_creditor_id": 10759,
                "webhook_secrets": ["env:SECRET"],
                "ledger": ledger,
                "register_max_per_day": NO_LIMIT,
            }
        },
    }
    return Settings.build(document, ENVIRON, base=folder)


def _ready(day: date) -> Invoice:
    """An invoice that is due on a Tuesday: four days of grace and weekend after a Friday."""
    return _with_notice(day - timedelta(days=18))


async def fill(gateway: Gateway, file: Path, *, held: int, due: int, now: datetime) -> None:
    """Write ``held`` claims that wait on, and ``due`` more whose day is that of ``now``.

    The gateway's database, ``file``, must be empty and is used by nobody else meanwhile.
    """
    day = now.date()
    waiting, _ = await _template(gateway, _with_notice(day - timedelta(days=4)), now)
    ready, _ = await _template(gateway, _ready(day), now - timedelta(days=4))
    if ready["decide_on"] != day.isoformat() or waiting["decide_on"] <= day.isoformat():
        raise RuntimeError("the templates are not due as they should be")
    every = (held + due) // max(due, 1)  # the due ones lie scattered among the others

    def rows() -> Iterator[Row]:
        for number in range(held + due):
            is_due = number % every == 0 and number // every < due
            yield _copy(ready if is_due else waiting, number)

    with _writing(file) as connection:
        _insert(connection, "claim", list(ready), rows())


async def fill_in_flight(
    gateway: Gateway, file: Path, *, states: Mapping[MessageState, int], now: datetime
) -> None:
    """Write so many claims whose register is in each state, as a killed process leaves them.

    ``LEASED`` ones are leased for another minute; every other of them was being sent.
    """
    row, register = await _template(gateway, _ready(now.date()), now)
    if register is None:
        raise RuntimeError("the template is not on its way")
    every = [state for state, count in states.items() for _ in range(count)]
    with _writing(file) as connection:
        claims = (_copy(row, number) for number in range(len(every)))
        _insert(connection, "claim", list(row), claims)
        messages = (
            _copy_of_register(register, row, number)
            | _as_left(state, is_sent=number % 2 == 0, now=now)
            for number, state in enumerate(every)
        )
        _insert(connection, "message", list(register), messages)


def _as_left(state: MessageState, *, is_sent: bool, now: datetime) -> Row:
    tried = state is not MessageState.PENDING
    is_sent = tried and (is_sent or state is MessageState.IN_DOUBT)
    at = to_ms(now) if tried else None
    return {
        "state": state.value,
        "attempts": int(tried),
        "fence": int(tried),
        "first_attempt_at": at,
        "last_attempt_at": at,
        "sent_at": at if is_sent else None,
        "sent_at_theirs": at if is_sent else None,
        "sent_fence": 1 if is_sent else None,
        "lease_until": to_ms(now) + 60_000 if state is MessageState.LEASED else None,
    }


@contextmanager
def _writing(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection in one transaction that does not wait for the disk before its end."""
    connection = sqlite3.connect(file, isolation_level=None)
    for statement in ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "BEGIN"):
        connection.execute(statement)
    yield connection
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _insert(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterator[Row]
) -> None:
    columns = [name for name in columns if name != "seq"]
    names, marks = ", ".join(columns), ", ".join("?" for _ in columns)
    connection.executemany(
        f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
        (tuple(row[name] for name in columns) for row in rows),
    )


async def _template(gateway: Gateway, invoice: Invoice, now: datetime) -> tuple[Row, Row | None]:
    """The rows of a claim and of its register, if it has one, as the gateway itself decides it.

    They are taken out of the database again.
    """

    def write(connection: sa.Connection) -> tuple[Row, Row | None]:
        new_claim(connection, gateway, CREDITOR, invoice, now, now)
        decide_debtor(connection, gateway, CREDITOR, invoice.debtor.number, now)
        row = connection.execute(sa.select(claim)).mappings().one()
        of_kind = message.c.kind == Kind.REGISTER.value
        register = connection.execute(sa.select(message).where(of_kind)).mappings().first()
        for table in ("claim", "message"):
            connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
        return dict(row), None if register is None else dict(register)

    return await gateway.database.write(write)


def _renamed(text: bytes, number: int) -> bytes:
    """The same of another number and debtor."""
    debtor = f"debtor-{_debtor(number)}".encode()
    named = text.replace(f"debtor-{_NUMBER}".encode(), debtor)
    return named.replace(_NUMBER.encode(), str(_FIRST + number).encode())


def _debtor(number: int) -> int:
    return _FIRST + number - number % CLAIMS_OF_DEBTOR * ((number // CLAIMS_OF_DEBTOR) % 2)


def _copy(row: Row, number: int) -> Row:
    """A claim's row, of another number and debtor."""
    facts = _renamed(row["sealed_facts"], number)
    return row | {
        "claim_id": f"clm_{number:024x}",
        "case_id": f"cas_{_debtor(number):024x}",
        "invoice_id": f"inv-{_FIRST + number}",
        "invoice_number": f"{_FIRST + number}",
        "debtor_number": f"debtor-{_debtor(number)}",
        "sealed_facts": facts,
        "facts_hash": hashlib.sha256(facts[1:]).digest(),
        "decision": _renamed(row["decision"].encode(), number).decode(),
    }


def _copy_of_register(register: Row, row: Row, number: int) -> Row:
    """The register of ``_copy(row, number)``."""
    copied = _copy(row, number)
    payload = _renamed(register["payload"], number)
    hashes = [each["facts_hash"].hex().encode() for each in (row, copied)]
    return register | {
        "message_id": f"msg_{number:024x}",
        "key": f"kravia.{copied['claim_id']}",
        "lane": f"{CREDITOR}/{copied['debtor_number']}",
        "subject": copied["claim_id"],
        "payload": payload.replace(*hashes),
    }
