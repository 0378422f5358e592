"""A database as it stands after years: whole lives of claims, a million of them in some minutes.

A few claims are lived through by the gateway itself, between both simulators. Every row they left
in any table is then copied in SQL under other numbers and ids, so that the tables stand to each
other as they do in life. Sealed texts are copied as they are.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.storage.tables import metadata
from tests.integration.main_path.conftest import KRAVIA_CREDITOR_ID, World

Row = Mapping[str, object]
Rows = Mapping[str, Sequence[Row]]

WEIGHTS: Final = {"closed": 46, "active": 36, "held": 12, "review": 4, "disputed": 2}
"""Of a hundred claims: most are over, some wait for a day, few for a person."""

NUMBERS: Final = {life: str(30001 + at) for at, life in enumerate(WEIGHTS)}
"""The invoice that lives each life; its debtor has the number 2000 higher."""

STUCK_EVERY: Final = 2_500
"""One message of a kind in so many is in doubt, parked or tried again; one event refused."""

CHUNK: Final = 20_000  # claims: within it, those of one life stand together
FIRST: Final = 100_000_000
CLAIMS_OF_SETTLEMENT: Final = 200
OTHER_CREDITOR_EVERY: Final = 10

_ALONE: Final = frozenset(
    {"account", "session", "writer", "audit_head", "copy_mark", "feed", "known_creditor"}
    | {"token_key", "register_count", "duty", "ledger_sweep", "pause", "seal_key"}
)
"""Tables whose rows are not of a claim."""

_UNIQUE: Final = {
    "claim": ("kid_token",),
    "event": ("webhook_id",),
    "bank_line": ("identity",),
    "task": ("about",),
    "receipt": ("receipt_id",),
    "collected": ("payment_id",),
}
"""Columns that must differ, whatever they hold."""

_LINE_SEQ: Final = {("bank_line", "seq"), ("bank_line_part", "line_seq")}
"""A line of the bank and its parts are one by its seq."""

_DIRECT: Final = ("settlement", "alert")
"""Copied by the hundred, not for each claim."""


async def live(world: World) -> None:
    """Have the gateway live through each of the lives."""
    for number in NUMBERS.values():
        debtor = {"number": str(int(number) + 2000)}
        if number == NUMBERS["held"]:
            notice = {"kind": "collection_notice", "sent_on": "2026-11-20", "channel": "post"}
            notices = [{**notice, "deadline": "2026-12-06"}]
            await world.overdue(number, debtor=debtor, notices=notices)
        elif number == NUMBERS["review"]:
            await world.overdue(number, debtor={**debtor, "birth_date": "2010-05-04"})
        else:
            await world.overdue(number, debtor=debtor)
        await world.settle()
    for life in ("closed", "disputed"):
        kravia_id = (await world.claim(NUMBERS[life]))["kravia_invoice_id"]
        world.debtor_pays(kravia_id, "9000.00" if life == "closed" else "1000.00")
    await world.paid("300.00", number=NUMBERS["active"])
    await world.call(
        "payments.register",
        creditor="acme",
        invoice=NUMBERS["closed"],
        amount="20.00",
        reason="seen on the account",
    )
    world.kravia.pay_out(KRAVIA_CREDITOR_ID, world.now[0].date())
    await world.settle()
    await world.disputed(NUMBERS["disputed"])
    await world.settle()
    for number in NUMBERS.values():
        claim = await world.claim(number)
        await world.call("claims.note", claim_id=claim["claim_id"], reason="looked at")
    await world.watch()


@dataclass(frozen=True, slots=True)
class Copied:
    """What was written: rows by table, and one id of each kind to open a page by."""

    rows: Mapping[str, int]
    ids: Mapping[str, str]


def copy_lives(file: Path, claims: int) -> Copied:
    """Copy the lives in ``file``, which nobody has open, until there are ``claims`` claims."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for index in indexes:
            connection.execute(f'DROP INDEX "{index["name"]}"')
        _copy_all(connection, claims)
        _get_stuck(connection)
        for index in indexes:
            connection.execute(index["sql"])
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
        return Copied(_counted(connection), _ids(connection))


def _copy_all(connection: sqlite3.Connection, claims: int) -> None:
    lives = {life: _rows_of(connection, number) for life, number in NUMBERS.items()}
    connection.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
    for first in range(0, claims, CHUNK):
        last = min(first + CHUNK, claims)
        share = (last - first) / sum(WEIGHTS.values())
        begin = float(first)
        for life, rows in lives.items():
            end = begin + share * WEIGHTS[life]
            connection.execute("DELETE FROM numbers")
            connection.executemany(
                "INSERT INTO numbers VALUES (?)", ((n,) for n in range(round(begin), round(end)))
            )
            _copy(connection, rows, _names(rows, NUMBERS[life]))
            begin = end


def _copy(connection: sqlite3.Connection, rows: Rows, names: Mapping[str, str]) -> None:
    """Copy one life for each of ``numbers``, its names replaced by expressions."""
    for table, own in rows.items():
        for row in own:
            columns, values, given = [], [], []
            for column, value in row.items():
                if column == "seq" and table != "bank_line":
                    continue
                columns.append(f'"{column}"')
                expression = _expression(value, names, is_unique=column in _UNIQUE.get(table, ()))
                if (table, column) in _LINE_SEQ:
                    expression = f"{FIRST} + n"
                values.append(expression or "?")
                given += [] if expression else [value]
            where = f"WHERE n % {CLAIMS_OF_SETTLEMENT} = 0" if table in _DIRECT else ""
            connection.execute(
                f'INSERT INTO "{table}" ({", ".join(columns)})'  # noqa: S608 - our own names
                f" SELECT {', '.join(values)} FROM numbers {where}",
                given,
            )


def _rows_of(connection: sqlite3.Connection, number: str) -> Rows:
    """Every row of every table that names the invoice, its claim, its case or one of its ids."""
    claim = connection.execute("SELECT * FROM claim WHERE invoice_number = ?", [number]).fetchone()
    known = {str(claim[name]) for name in ("claim_id", "invoice_id", "kravia_invoice_id")}
    known = (known | {number}) - {"None"}
    found: dict[str, list[Row]] = {}
    for table in metadata.sorted_tables:
        if table.name in _ALONE:
            continue
        rows = connection.execute(f'SELECT * FROM "{table.name}"').fetchall()  # noqa: S608
        own: list[Row] = [dict(row) for row in rows if known & {str(value) for value in tuple(row)}]
        if table.name == "bank_line":
            own = [dict(row) for row in rows] if number == NUMBERS["closed"] else []
        if table.name == "settlement":
            own = [dict(row) for row in rows] if number == NUMBERS["closed"] else []
        found[table.name] = own
    return found


def _names(rows: Rows, number: str) -> Mapping[str, str]:
    """What is another in each copy, longest first, and the SQL that names it."""
    debtor = f"({FIRST} + n - n % 2 * (n / 2 % 2))"  # every other one owes a second invoice
    names = {
        number: f"({FIRST} + n)",
        str(int(number) + 2000): debtor,
        "acme": f"iif(n / 2 % {OTHER_CREDITOR_EVERY}, 'acme', 'beta')",
    }
    for table, own in rows.items():
        for row in own:
            for column, value in row.items():
                if column == "case_id":
                    names[str(value)] = f"('cas_' || printf('%024x', {debtor}))"
                elif column == "settlement_id":
                    names[str(value)] = f"('{value}-' || (n / {CLAIMS_OF_SETTLEMENT}))"
                elif column in {"message_id", "event_id", "task_id", "claim_id", "line_id"} or (
                    column == "kravia_invoice_id" and table == "claim" and value
                ):
                    names[str(value)] = f"(substr('{value}', 1, 12) || printf('%016x', n))"
    return names


def _expression(value: object, names: Mapping[str, str], *, is_unique: bool) -> str | None:
    """The SQL for a text with names in it; nothing for what stays as it is."""
    if not isinstance(value, str):
        return None
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    parts = re.split(f"({pattern})", value)
    told = [
        names[part] if part in names else "'" + part.replace("'", "''") + "'"
        for part in parts
        if part
    ]
    if is_unique:
        told.append("'-'")
        told.append("n")
    return " || ".join(told) if len(told) > 1 or (parts and value in names) else None


def _get_stuck(connection: sqlite3.Connection) -> None:
    """Some messages are in doubt, parked, in quarantine or tried again; some events refused."""
    for at, (kind, state, error) in enumerate(
        (
            ("kravia.register", "in_doubt", "no answer"),
            ("kravia.register", "parked", "quarantine: absent from the mirror, and no witness"),
            ("ledger.claim.registered", "parked", "410 Gone"),
            ("ledger.claim.registered", "pending", "503 Service Unavailable"),
        )
    ):
        connection.execute(  # no head: nothing is sent from here
            "UPDATE message SET state = ?, last_error = ?, settled_at = NULL, head = 0"  # noqa: S608
            f" WHERE kind = ? AND state = 'delivered' AND seq / 9 % {STUCK_EVERY} = {at}",
            [state, error, kind],
        )
    connection.execute(
        "UPDATE event SET outcome = 'rejected', problem = 'data.invoice.total: is required'"  # noqa: S608
        f" WHERE seq % {STUCK_EVERY} = 0"
    )


def _counted(connection: sqlite3.Connection) -> Mapping[str, int]:
    def counts() -> Iterator[tuple[str, int]]:
        for table in metadata.sorted_tables:
            found = connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()  # noqa: S608
            if found[0] > 1:
                yield table.name, int(found[0])

    return dict(counts())


def _ids(connection: sqlite3.Connection) -> Mapping[str, str]:
    """One id of each kind, from the depth of its table; of a claim with the longest life."""
    middle = (
        "SELECT * FROM {0} WHERE seq >= (SELECT max(seq) / 4 FROM {0}) {1} ORDER BY seq LIMIT 1"
    )
    ids: dict[str, str] = {}
    for table, names, more in (
        ("event", ("event_id",), ""),
        ("message", ("message_id",), "AND state = 'delivered'"),
        ("task", ("task_id",), ""),
        ("bank_line", ("line_id",), ""),
        ("settlement", ("creditor_id", "settlement_id"), ""),
        (
            "claim",
            ("claim_id", "case_id", "invoice_number", "debtor_number", "kravia_invoice_id"),
            "AND state = 'closed'",
        ),
    ):
        row = connection.execute(middle.format(table, more)).fetchone()
        ids |= {name: str(row[name]) for name in names} if row else {}
    doubt = connection.execute("SELECT message_id FROM message WHERE state = 'in_doubt'").fetchone()
    return ids | ({"doubt_id": str(doubt[0])} if doubt else {})
