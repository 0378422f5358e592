"""``copy-database``: moves a stopped gateway from a SQLite file to a PostgreSQL server."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.failure import Failure
from gateway.cli.render import screen
from gateway.cli.show import print_json


def copy_database(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="The SQLite file, or its sqlite:/// URL.")
    ],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="postgresql://USER@HOST/NAME of an empty database.")
    ],
    as_json: options.Json = False,
) -> None:
    """Copy a stopped gateway's SQLite file to PostgreSQL, and prove both equal.

    Every table is compared row for row before anything is kept; the file is not
    changed. Refuses a file that is in use and a target that is not empty. A
    password comes from PGPASSWORD or ~/.pgpass.
    """
    from gateway.settings import DatabaseSettings
    from gateway.storage.copying import copy_database as copy
    from gateway.storage.database import is_postgresql
    from gateway.token_key import TOKENS, key_of_file

    url = source if source.startswith("sqlite:") else f"sqlite:///{Path(source).absolute()}"
    for which, each in (("FROM", url), ("TO", target)):
        problem = DatabaseSettings.problem_of(each)
        if problem is not None:
            raise Failure(f"{which}: {problem}")
    if not is_postgresql(target):
        raise Failure("TO: must be postgresql://USER@HOST/NAME: a file is copied as a file is")
    path = Path(url.removeprefix("sqlite:///"))
    key = key_of_file(path) if path.exists() else b""
    if key is None:
        raise Failure(
            f"{path}.key is missing: without it debtors' new claims look like other people's. "
            "Restore it from the backup"
        )
    tables = copy(url, target, (TOKENS, key))
    if as_json:
        print_json({"from": str(path), "to": target, "tables": [asdict(each) for each in tables]})
        return
    console = screen()
    for table in tables:
        line = f"{table.name:<18}{table.rows:>12,}  {table.content_hash[:16]}"
        console.print(line, soft_wrap=True)
    console.print(
        f"\n{sum(each.rows for each in tables):,} rows, the same on both sides. Now set "
        f'database.url = "{target}" and start the gateway; keep {path}, and start nothing on it.',
        soft_wrap=True,
    )
