"""The schema that migrations make is that of a new database, and making it makes no noise."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sqlite3
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gateway.storage import migration
from gateway.storage.database import Database
from gateway.storage.tables import metadata

ROOT = Path(__file__).parents[3]


def schema(connection: sa.Connection) -> dict[tuple[str, str], frozenset[str]]:
    """Every table and index as the set of its clauses, whatever their order and spacing."""
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master "
        "WHERE sql IS NOT NULL AND name NOT IN ('alembic_version', 'sqlite_sequence')"
    )
    return {(kind, name): clauses(sql) for kind, name, sql in rows}


def clauses(sql: str) -> frozenset[str]:
    """Split at the commas outside brackets."""
    flat = re.sub(r"\s+", " ", sql)
    head, _, rest = flat.partition("(")
    body, _, tail = rest.rpartition(")")
    parts, depth = [""], 0
    for character in body:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return frozenset({head.strip(), tail.strip(), *(part.strip() for part in parts)})


async def test_all_migrations_make_the_schema_of_a_new_database() -> None:
    found = []
    for make in (migration.migrate, lambda connection: migration.upgrade(connection, None)):
        engine = sa.create_engine("sqlite://")
        with engine.connect() as connection:
            make(connection)
            found.append((schema(connection), migration.stored_revision(connection)))
        engine.dispose()

    new, upgraded = found
    assert new == upgraded
    assert new[1] == migration.HEAD
    assert len(new[0]) > 50


async def test_alembic_finds_nothing_to_add(tmp_path: Path) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with await Database.open(f"sqlite:///{tmp_path}/gateway.db") as database:
        assert await database.read(differences) == []


def test_the_newest_revision_is_the_one_the_code_names() -> None:
    scripts = ScriptDirectory(str(ROOT / "gateway" / "storage" / "migrations"))

    assert scripts.get_heads() == [migration.HEAD]


async def test_migrating_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        migration.upgrade(connection, None)
    engine.dispose()
    async with await Database.open(f"sqlite:///{tmp_path}/gateway.db"):
        pass

    assert [record for record in caplog.records if record.name.startswith("alembic")] == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_database_that_is_new_or_up_to_date_is_opened_without_alembic(
    tmp_path: Path, *, is_new: bool
) -> None:
    url = f"sqlite:///{tmp_path}/gateway.db"
    if not is_new:
        async with await Database.open(url):
            pass
    program = (
        "import asyncio, sys\n"
        "from gateway.storage.database import Database\n"
        "async def main():\n"
        f"    async with await Database.open({url!r}): pass\n"
        "asyncio.run(main())\n"
        "sys.exit('alembic' in sys.modules)\n"
    )

    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=ROOT)
    assert await child.wait() == 0


async def test_a_migration_that_fails_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    env = ROOT / "gateway" / "storage" / "migrations" / "env.py"
    (folder / "env.py").write_text(env.read_text())
    (folder / "versions" / "zero.py").write_text("revision, down_revision = '0000', None\n")
    (folder / "versions" / "one.py").write_text(
        "from alembic import op\n"
        "import sqlalchemy as sa\n"
        f"revision, down_revision = {migration.HEAD!r}, '0000'\n"
        "def upgrade():\n"
        "    op.create_table('first', sa.Column('x', sa.Integer))\n"
        "    raise LookupError('half way')\n"
    )
    path = tmp_path / "gateway.db"
    async with await Database.open(f"sqlite:///{path}"):
        pass
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    with monkeypatch.context() as patch:
        patch.setattr(migration, "_SCRIPTS", folder)
        with pytest.raises(LookupError, match="half way"):
            await Database.open(f"sqlite:///{path}")

    with contextlib.closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert "first" not in tables
    assert "claim" in tables
    assert revision == "0000"
