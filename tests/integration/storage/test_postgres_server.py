"""Opening a database on a PostgreSQL server: what is refused, in plain words, and who migrates."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gateway.storage import migration
from gateway.storage.database import Database
from gateway.storage.errors import DatabaseTooNew, DatabaseUnreachable, DatabaseUnusable
from gateway.storage.tables import metadata


async def refusal(url: str, kind: type[Exception] = DatabaseUnusable) -> str:
    with pytest.raises(kind) as caught:
        await Database.open(url)
    return str(caught.value)


def schema(connection: sa.Connection) -> set[tuple[object, ...]]:
    """Columns, indexes and constraints as the server's catalogue has them."""
    columns = (
        "SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    )
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    constraints = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
    )
    queries = (columns, indexes, constraints)
    rows = {tuple(row) for query in queries for row in connection.exec_driver_sql(query)}
    return {row for row in rows if "alembic_version" not in str(row[0])}


async def test_all_migrations_make_the_schema_of_a_new_database(
    postgres_url: str, empty_postgres_url: str
) -> None:
    engine = sa.create_engine(empty_postgres_url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        migration.upgrade(connection, None)
        wanted = schema(connection)
    engine.dispose()

    async with await Database.open(postgres_url) as database:
        assert await database.read(schema) == wanted
        assert len(wanted) > 200
        assert await database.read(_differences) == []


def _differences(connection: sa.Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_processes_that_start_at_once_migrate_once(empty_postgres_url: str) -> None:
    opened = await asyncio.gather(*(Database.open(empty_postgres_url) for _ in range(3)))
    try:
        revisions = await opened[0].read(
            lambda c: c.exec_driver_sql("SELECT version_num FROM alembic_version").all()
        )
        assert [tuple(row) for row in revisions] == [(migration.HEAD,)]
    finally:
        for database in opened:
            await database.close()


async def test_a_migration_that_fails_leaves_nothing_half_done(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE first (x integer)")
        raise LookupError("half way")

    with monkeypatch.context() as patch:
        patch.setattr("gateway.storage.postgres_server.migrate", fail)
        with pytest.raises(LookupError, match="half way"):
            await Database.open(empty_postgres_url)

    async with await Database.open(empty_postgres_url) as database:
        tables = await database.read(lambda connection: sa.inspect(connection).get_table_names())
    assert "first" not in tables
    assert "claim" in tables


async def test_a_database_of_a_later_release_is_refused(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert "later release (revision 9999" in await refusal(postgres_url, DatabaseTooNew)


async def test_another_programs_tables_are_left_alone(empty_postgres_url: str) -> None:
    with psycopg.connect(empty_postgres_url) as connection:
        connection.execute("CREATE TABLE claim (x integer)")

    assert "tables of another program (claim)" in await refusal(empty_postgres_url)


async def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = await refusal(f"postgresql://gateway@/gateway?host={tmp_path}", DatabaseUnreachable)

    assert "cannot be reached" in said
    assert "Check that it runs" in said


async def test_a_database_that_is_not_there_says_how_to_make_it(postgres: Any) -> None:
    assert "createdb --encoding=UTF8" in await refusal(postgres.url("nobody_made_it"))


async def test_an_encoding_that_would_mangle_names_is_refused(postgres: Any) -> None:
    name = "latin"
    postgres.execute(
        f"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    try:
        assert "encoding is LATIN1" in await refusal(postgres.url(name))
    finally:
        postgres.drop(name)


@pytest.fixture
def no_fsync(postgres: Any) -> Iterator[None]:
    postgres.set("fsync", "off")
    yield
    postgres.set("fsync", "on")


@pytest.mark.usefixtures("no_fsync")
async def test_a_server_that_may_lose_what_it_answered_is_refused(postgres_url: str) -> None:
    assert "fsync" in await refusal(postgres_url)


async def test_a_wrong_password_is_told_without_showing_it(postgres: Any) -> None:
    postgres.ask_for_password("secretive", "right")
    url = postgres.url("postgres").replace("postgres:@", "secretive@", 1)

    said = await refusal(f"{url}&password=not-this-one")

    assert "refuses this user" in said
    assert "database.password" in said
    assert "not-this-one" not in said
