"""The schema that migrations make is the schema of the tables, and making it makes no noise."""

from __future__ import annotations

import asyncio
import logging
import re
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


async def test_the_migrated_schema_is_that_of_the_tables(tmp_path: Path) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        wanted = schema(connection)
    engine.dispose()

    async with await Database.open(f"sqlite:///{tmp_path}/gateway.db") as database:
        assert await database.read(schema) == wanted


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
    async with await Database.open(f"sqlite:///{tmp_path}/gateway.db"):
        pass

    assert [record for record in caplog.records if record.name.startswith("alembic")] == []
    assert capfd.readouterr() == ("", "")


async def test_a_database_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gateway.db"
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
    (folder / "versions" / "one.py").write_text(
        "from alembic import op\n"
        "import sqlalchemy as sa\n"
        f"revision, down_revision = {migration.HEAD!r}, None\n"
        "def upgrade():\n"
        "    op.create_table('first', sa.Column('x', sa.Integer))\n"
        "    raise LookupError('half way')\n"
    )
    with monkeypatch.context() as patch:
        patch.setattr(migration, "_SCRIPTS", folder)
        with pytest.raises(LookupError, match="half way"):
            await Database.open(f"sqlite:///{tmp_path}/gateway.db")

    async with await Database.open(f"sqlite:///{tmp_path}/gateway.db") as database:
        tables = await database.read(lambda connection: sa.inspect(connection).get_table_names())
    assert "first" not in tables
    assert "claim" in tables
