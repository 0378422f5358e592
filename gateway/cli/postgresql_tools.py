"""What to run for a PostgreSQL database: its own tools copy and restore it, if they are new enough.

``pg_dump`` refuses a server newer than itself, and says so only after it was started by a timer at
night; so the versions are compared here.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from gateway.cli.failure import UNREACHABLE, Failure

Run = Callable[[list[str]], str]
"""Runs a program and gives what it printed; raises ``OSError`` or ``SubprocessError``."""

_SECONDS_MAX = 20
_VERSION = re.compile(r"(\d+)(?:\.\d+)?")


def is_postgresql(url: str) -> bool:
    """Whether the setting names a PostgreSQL database."""
    return url.startswith(("postgresql:", "postgresql+", "postgres:"))


def run_tool(command: list[str]) -> str:
    """Run a PostgreSQL tool; it finds the password where it always does (``~/.pgpass``)."""
    path = shutil.which(command[0])
    if path is None:
        raise FileNotFoundError(command[0])
    ended = subprocess.run(  # noqa: S603 - our own words and the operator's own setting
        [path, *command[1:]], capture_output=True, text=True, check=True, timeout=_SECONDS_MAX
    )
    return ended.stdout


def what_to_run(url: str, file: Path, *, to_restore: bool, run: Run = run_tool) -> str:
    """Return the commands that copy or restore the database; ``Failure`` if they would fail."""
    tool = "pg_restore" if to_restore else "pg_dump"
    ours = _major(tool, [tool, "--version"], run)
    server = _major("psql", ["psql", "-XAt", "--dbname", url, "-c", "SHOW server_version"], run)
    if ours < server:
        raise Failure(
            f"{tool} is of version {ours}, the server of {server}: install the PostgreSQL {server}"
            f" client tools, then type the same again"
        )
    database, name = shlex.quote(url), shlex.quote(str(file))
    if not to_restore:
        return (
            f"the database is PostgreSQL {server}; {tool} {ours} fits. It copies one state while"
            f" the server runs:\n  {tool} --format=custom --file={name} {database}\n"
            "The key of hashes is in it."
        )
    at = int(file.stat().st_mtime * 1000) if file.exists() else 0
    mark = f"INSERT INTO copy_mark (copied_at) VALUES ({at})"  # noqa: S608 - a number, and shown only
    return (
        f"the database is PostgreSQL {server}; {tool} {ours} fits. Stop serve, then:\n"
        f"  {tool} --clean --if-exists --single-transaction --dbname={database} {name}\n"
        f'  psql --dbname={database} -c "{mark}"\n'
        "The second says that it is a copy: without it, what was sent since would be sent again"
    )


def _major(tool: str, command: list[str], run: Run) -> int:
    try:
        found = _VERSION.search(run(command))
    except (OSError, subprocess.SubprocessError) as error:
        raise Failure(
            f"{tool} could not be asked for a version ({type(error).__name__}): install the"
            " PostgreSQL client tools, and see that psql reaches database.url",
            code=UNREACHABLE,
        ) from error
    if found is None:
        raise Failure(f"{tool} tells no version", code=UNREACHABLE)
    return int(found[1])
