"""Statements that go straight to the driver behave as they would through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from gateway.storage.postgres_connection import engine_of
from outbox.columns import WHOLE, WORDS
from outbox.prepared import Prepared

METADATA = sa.MetaData()
NOTE = sa.Table(
    "note",
    METADATA,
    sa.Column("number", WHOLE, primary_key=True),
    sa.Column("text", WORDS, unique=True),
    sa.Column("bytes", sa.LargeBinary),
)
INSERT = Prepared(sa.insert(NOTE).returning(NOTE.c.bytes, NOTE.c.number))
UPDATE = Prepared(sa.update(NOTE).where(NOTE.c.number >= sa.bindparam("at_least", type_=WHOLE)))
SELECT = Prepared(
    sa.select(NOTE.c.text, NOTE.c.number)
    .where(NOTE.c.number > sa.bindparam("above", type_=WHOLE), NOTE.c.text != "left out")
    .order_by(NOTE.c.number.desc())
    .limit(2)
)


@pytest.fixture(params=["sqlite", "postgresql", "postgresql prepared by psycopg"])
def connection(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sa.Connection]:
    """A connection in a transaction, with an empty table."""
    # SQLAlchemy never forgets that other tests once listened to every engine.
    monkeypatch.setattr(sa.Engine, "_has_events", False)
    if request.param == "sqlite":
        engine = sa.create_engine("sqlite://")
    else:
        url = request.getfixturevalue("empty_postgres_url")
        psycopgs = url.replace("postgresql://", "postgresql+psycopg://", 1)
        is_ours = request.param == "postgresql"
        engine = engine_of(url) if is_ours else sa.create_engine(psycopgs)
    with engine.connect() as connection:
        METADATA.create_all(connection)
        _begin(connection)
        yield connection
        connection.rollback()
    engine.dispose()


def test_values_go_by_name_and_rows_come_in_the_order_of_the_columns(
    connection: sa.Connection,
) -> None:
    for number, text in ((1, "a"), (2, "b"), (3, "left out"), (4, "d")):
        inserted = INSERT.all(connection, text=text, bytes=b"\x00'", number=number)
        assert inserted == [(b"\x00'", number)]

    assert SELECT.all(connection, above=0) == [("d", 4), ("b", 2)]
    assert SELECT.first(connection, above=1) == ("d", 4)
    assert SELECT.scalar(connection, above=1) == "d"
    assert SELECT.scalar(connection, above=4) is None


def test_an_update_sets_the_columns_that_are_named_and_tells_how_many_rows(
    connection: sa.Connection,
) -> None:
    for number in (1, 2):
        INSERT.all(connection, number=number, text=str(number), bytes=b"old")

    assert UPDATE.change(connection, at_least=1, bytes=b"new") == 2
    assert UPDATE.change(connection, at_least=2, text=None) == 1
    assert UPDATE.change(connection, at_least=3, text=None) == 0
    rows = connection.execute(sa.select(NOTE).order_by(NOTE.c.number))
    assert [tuple(row) for row in rows] == [(1, "1", b"new"), (2, None, b"new")]


def test_an_error_has_sqlalchemys_name_and_tells_no_values(connection: sa.Connection) -> None:
    INSERT.all(connection, number=1, text="Ola Nordmann", bytes=b"")

    with pytest.raises(sa.exc.IntegrityError) as caught:
        INSERT.all(connection, number=2, text="Ola Nordmann", bytes=b"Kari")

    assert "Kari" not in str(caught.value)
    assert "INSERT INTO note" in str(caught.value)


def test_who_listens_to_the_connection_hears_it(connection: sa.Connection) -> None:
    heard: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement.split(maxsplit=1)[0])

    sa.event.listen(connection, "before_cursor_execute", listen)
    assert INSERT.all(connection, number=1, text="a", bytes=b"") == [(b"", 1)]
    assert UPDATE.change(connection, at_least=1, text="b") == 1
    assert SELECT.all(connection, above=0) == [("b", 1)]
    assert heard == ["INSERT", "UPDATE", "SELECT"]


def test_what_the_driver_cannot_take_as_it_is_is_refused(connection: sa.Connection) -> None:
    dated = Prepared(sa.select(sa.bindparam("day", type_=sa.Date)))

    with pytest.raises(TypeError, match="day of SELECT"):
        dated.all(connection, day="2026-11-24")


def test_what_is_prepared_outlives_a_rollback(connection: sa.Connection) -> None:
    _end(connection, "commit")
    for _ in range(2):
        INSERT.all(connection, text="a", bytes=b"", number=1)
        for _ in range(8):  # psycopg prepares what has run five times
            connection.exec_driver_sql("SELECT text FROM note").all()
        _end(connection, "rollback")

    assert SELECT.all(connection, above=0) == []


def _is_ours(connection: sa.Connection) -> bool:
    """Whether transactions begin and end by SQL alone."""
    raw: Any = connection.connection.dbapi_connection
    return connection.dialect.name == "postgresql" and bool(raw.autocommit)


def _begin(connection: sa.Connection) -> None:
    if _is_ours(connection):
        connection.exec_driver_sql("BEGIN")


def _end(connection: sa.Connection, how: Literal["commit", "rollback"]) -> None:
    """End the transaction, and begin another."""
    if _is_ours(connection):
        connection.exec_driver_sql(how)
    else:
        getattr(connection, how)()
    _begin(connection)
