"""Moving from a SQLite file to a PostgreSQL server: all of it, proved, or none of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from gateway.storage import copying
from gateway.storage.copying import CopyRefusedError, copy_database
from gateway.storage.database import Database
from gateway.storage.errors import DatabaseLocked
from gateway.storage.tables import audit, claim, event, metadata, pause

KEY = ("tokens", b"0" * 32)
MOVED = {table.name for table in metadata.sorted_tables} - {"duty", "writer", "token_key"}


@pytest.fixture
async def source(tmp_path: Path) -> str:
    """A file with rows of every kind of value, and a gap where rows were."""
    url = f"sqlite:///{tmp_path}/gateway.db"

    def fill(connection: sa.Connection) -> None:
        for number in range(2_500):  # more than one fetch
            connection.execute(
                sa.insert(event).values(
                    event_id=f"evt_{number}",
                    creditor_id="acme",
                    webhook_id=f"wh-{number}",
                    type="invoice.overdue",
                    invoice_id=None if number % 2 else "Ærlig Øre 🙂 \t'\\\"",
                    sealed_body=bytes(range(256)),
                    body_hash=hashlib.sha256(str(number).encode()).digest(),
                    received_at=2**40 + number,
                    outcome="handled",
                )
            )
        connection.execute(sa.delete(event).where(event.c.seq > 2_400))
        connection.execute(
            sa.insert(pause).values(creditor_id="acme", paused_at=1, reason="å, ø; \\N and \\.")
        )
        connection.execute(
            sa.insert(audit).values(at=1, actor="a", action="b", subject="c", reason=None)
        )

    async with await Database.open(url) as database:
        await database.write(fill)
    return url


async def test_every_row_is_there_and_counting_goes_on(
    source: str, empty_postgres_url: str
) -> None:
    copied = {each.name: each for each in copy_database(source, empty_postgres_url, KEY)}

    assert set(copied) == MOVED
    assert (copied["event"].rows, copied["pause"].rows, copied["claim"].rows) == (2_400, 1, 0)
    assert copied["claim"].content_hash == hashlib.sha256().hexdigest()

    def rows(connection: sa.Connection) -> list[tuple[object, ...]]:
        query = sa.select(event).order_by(event.c.seq)
        return [tuple(row) for row in connection.execute(query)]

    async with (
        await Database.open(source) as file,
        await Database.open(empty_postgres_url) as server,
    ):
        assert await server.read(rows) == await file.read(rows)
        seq = await server.write(
            lambda c: (
                c.execute(
                    sa.insert(event).values(
                        event_id="evt_new",
                        creditor_id="acme",
                        webhook_id="wh-new",
                        type="x",
                        sealed_body=b"",
                        body_hash=b"",
                        received_at=1,
                        outcome="handled",
                    )
                ).inserted_primary_key
            )
        )
        assert seq == (2_501,)
        key = await server.read(
            lambda c: c.exec_driver_sql("SELECT name, key FROM token_key").one()
        )
        assert tuple(key) == KEY


async def test_a_file_in_use_is_refused(source: str, empty_postgres_url: str) -> None:
    async with await Database.open(source):
        with pytest.raises(DatabaseLocked):
            copy_database(source, empty_postgres_url, KEY)


async def test_a_target_with_anything_in_it_is_refused(source: str, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("INSERT INTO pause VALUES ('x', 1, 'y')")

    with pytest.raises(CopyRefusedError, match="its table pause has rows"):
        copy_database(source, postgres_url, KEY)


async def test_a_target_that_a_gateway_has_open_is_refused(source: str, postgres_url: str) -> None:
    async with await Database.open(postgres_url):
        with pytest.raises(CopyRefusedError, match="Stop what runs on it"):
            copy_database(source, postgres_url, KEY)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, empty_postgres_url: str) -> None:
    with pytest.raises(CopyRefusedError, match="no file"):
        copy_database(f"sqlite:///{tmp_path}/none.db", empty_postgres_url, KEY)
    assert list(tmp_path.iterdir()) == []


async def test_a_difference_is_found_and_nothing_is_kept(source: str, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:  # a server that changes what it is given
        connection.execute(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " NEW.received_at := NEW.received_at + (NEW.seq = 1234)::int; RETURN NEW; END $$"
        )
        connection.execute(
            "CREATE TRIGGER spoil BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION spoil()"
        )

    with pytest.raises(CopyRefusedError, match="table event is not the same"):
        copy_database(source, postgres_url, KEY)
    with psycopg.connect(postgres_url) as connection:
        for table in metadata.tables:
            assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,)  # noqa: S608 - our own names


def test_every_table_is_copied_or_left_for_a_reason() -> None:
    assert {"claim", "message", "event", "mirror"} <= MOVED
    assert claim.name in MOVED
    assert {"duty", "writer"} == copying.OF_ITS_OWN
