"""``migrate``: brings the database to this release's schema."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import typer

from gateway.cli import options
from gateway.cli.call import invocation
from gateway.cli.show import print_json


def migrate(context: typer.Context, as_json: options.Json = False) -> None:
    """Bring the database to this release's schema; says from where to where.

    "serve" does it too. Back it up first (a SQLite file: copy it): there is no way back.
    """
    from gateway.storage.database import Database
    from gateway.storage.migration import HEAD

    settings = invocation(context).settings()
    name, path = settings.database_name, settings.database_path
    before = _revision(settings.database.address) if path is None else _revision_of_file(path)

    async def open_and_close() -> None:
        async with await Database.open(settings.database.address):
            pass

    asyncio.run(open_and_close())
    if as_json:
        document = {"database": name, "from": before, "to": HEAD}
        print_json(document)
    elif before == HEAD:
        typer.echo(f"{name} is at revision {HEAD} already; nothing to do.")
    else:
        typer.echo(f"{name}: from {before or 'nothing'} to revision {HEAD}.")


def _revision(url: str) -> str | None:
    """Read the revision of a database on a server without changing it; ``None`` for none."""
    from gateway.storage.postgres_server import revision

    return revision(url)


def _revision_of_file(path: Path) -> str | None:
    """Read the revision of a database without changing it; ``None`` for none or no database."""
    if not path.is_file():
        return None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return None  # opening it properly says what is wrong
    return str(row[0]) if row else None
