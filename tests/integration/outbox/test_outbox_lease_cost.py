"""What leasing costs follows the heads that are due, not what waits behind them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from outbox import store
from outbox.message import Delivered, MessageState
from outbox.table import message_table

METADATA = sa.MetaData()
TABLE = message_table(METADATA)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=1)
KEYS = 40
STEPS_COUNTED_BY = 10  # instructions of SQLite's virtual machine between two counts


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/outbox.db")
    with engine.connect() as connection:
        METADATA.create_all(connection)
        yield connection
    engine.dispose()


def fill(connection: sa.Connection, *, behind_each_head: int) -> None:
    """Give each key a head that is due and so many messages behind it, all due as well."""
    rows = [
        {
            "message_id": f"m{place}.{key}",
            "scope": "acme",
            "key": f"claim-{key}",
            "lane": f"debtor-{key}",
            "kind": "register",
            "payload": b"{}",
            "doubtful": 1,
            "state": "pending",
            "head": int(place == 0),
            "due_at": 0,
            "created_at": 0,
        }
        for place in range(1 + behind_each_head)
        for key in range(KEYS)
    ]
    connection.execute(sa.insert(TABLE), rows)
    connection.commit()


def steps(connection: sa.Connection) -> tuple[int, int]:
    """Lease ten and settle one; gives the virtual machine's instructions for each, in tens."""
    raw = cast("sqlite3.Connection", connection.connection.driver_connection)
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    raw.set_progress_handler(count, STEPS_COUNTED_BY)
    leased = store.lease(connection, TABLE, now=NOW, until=UNTIL, limit=10)
    to_lease = counted
    first = leased[0]
    assert store.settle(connection, TABLE, first.message_id, first.fence, Delivered(), now=NOW)
    raw.set_progress_handler(None, 0)
    assert len(leased) == 10
    return to_lease, counted - to_lease


def test_a_backlog_behind_the_heads_costs_nothing(connection: sa.Connection) -> None:
    fill(connection, behind_each_head=1)
    few = steps(connection)
    connection.execute(sa.delete(TABLE))
    fill(connection, behind_each_head=1_000)
    many = steps(connection)

    assert many[0] <= few[0] * 1.1
    assert many[1] <= few[1] * 1.1


def test_a_long_line_costs_the_others_nothing(connection: sa.Connection) -> None:
    """Ten are leased of forty of ``acme``, and before them few or many of ``aaa``."""
    costs = []
    for before in (20, 20_000):
        connection.execute(sa.delete(TABLE))
        fill(connection, behind_each_head=0)
        row = connection.execute(sa.select(TABLE)).mappings().first()
        assert row is not None
        one = {**row, "scope": "aaa", "lane": None}
        del one["seq"]
        connection.execute(
            sa.insert(TABLE),
            [{**one, "message_id": f"a{n}", "key": f"a{n}"} for n in range(before)],
        )
        connection.commit()
        costs.append(steps(connection)[0])
    assert costs[1] <= costs[0] * 1.1


def plans(connection: sa.Connection) -> list[str]:
    """How SQLite goes about every statement of a lease and a settle that terminates."""
    told: list[tuple[str, Any]] = []

    def listen(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        told.append((statement, parameters))

    sa.event.listen(connection, "before_cursor_execute", listen)
    (message,) = store.lease(connection, TABLE, now=NOW, until=UNTIL, limit=1)
    store.settle(connection, TABLE, message.message_id, message.fence, Delivered(), now=NOW)
    store.next_due_at(connection, TABLE)
    store.listing(connection, TABLE, state=MessageState.PARKED, limit=10)
    store.counts(connection, TABLE)
    sa.event.remove(connection, "before_cursor_execute", listen)
    return [
        "; ".join(
            row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        )
        for sql, parameters in told
    ]


def test_every_statement_finds_its_rows_by_an_index(connection: sa.Connection) -> None:
    fill(connection, behind_each_head=10)
    first_of_lines, choose, take, settle, promote, next_due, parked, counts = plans(connection)

    assert "SEARCH message USING INDEX message_leasable (scope=? AND kind=? AND due_at<?)" in choose
    assert "SEARCH other USING INDEX message_leased (lane=?)" in choose
    assert choose.count("SCAN") == 1  # the leased, which are as many as there are slots
    assert "SCAN other USING INDEX message_leased" in choose
    assert "TEMP B-TREE" not in choose
    assert take == "SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"
    assert settle == "SEARCH message USING INDEX sqlite_autoindex_message_1 (message_id=?)"
    assert "SEARCH message USING INDEX message_unsettled_of_key (key=?)" in promote
    assert next_due == first_of_lines
    assert "SCAN message USING INDEX message_leasable" in first_of_lines  # its first row
    assert "SEARCH n USING INDEX message_leasable (scope=? AND kind>?)" in first_of_lines
    assert "SEARCH n USING INDEX message_leasable (scope>?)" in first_of_lines
    assert "SEARCH m USING INTEGER PRIMARY KEY (rowid=?)" in first_of_lines
    assert "TEMP B-TREE" not in first_of_lines
    assert parked == "SEARCH message USING INDEX message_unsettled (state=?)"
    assert counts == "SCAN message USING COVERING INDEX message_unsettled"
