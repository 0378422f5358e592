"""``backup`` and ``restore``: a proven copy of the database, and the way back from one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import options
from gateway.cli.ask import ask
from gateway.cli.call import invocation
from gateway.cli.failure import Failure
from gateway.cli.render import number
from gateway.cli.show import print_json

if TYPE_CHECKING:
    from gateway.settings import Settings

Target = Annotated[Path, typer.Argument(metavar="FILE", help="Where to; must not exist yet.")]
Source = Annotated[Path, typer.Argument(metavar="FILE", help="What backup made.")]


def backup(context: typer.Context, file: Target, as_json: options.Json = False) -> None:
    """Copy the database while it is in use, with its key beside it (FILE.key), and compare.

    FILE is opened, checked and compared with the database row by row before it appears. Both files
    hold personal data or what guards it, and can be read by this user only.
    """
    from gateway.app import system_clock
    from gateway.storage.backup import back_up, key_path

    settings = invocation(context).settings()
    database = _file_of(settings, file, to_restore=False)
    if not database.exists():
        raise Failure(f"{database}: no such database; there is nothing to back up")
    copied = back_up(database, file.absolute(), system_clock())
    document = {
        "file": str(file),
        "key": str(key_path(file)),
        "size_bytes": copied.size_bytes,
        "compared": True,
        "rows": copied.rows,
    }
    if as_json:
        print_json(document)
        return
    rows = sum(copied.rows.values())
    typer.echo(
        f"{file}: {number(copied.size_bytes // 1024)} kB, {number(rows)} rows in"
        f" {len(copied.rows)} tables, compared and equal.\n"
        f"{key_path(file)}: the key; keep both, and not beside the database."
    )


def restore(
    context: typer.Context, file: Source, yes: options.Yes = False, as_json: options.Json = False
) -> None:
    """Put a backup in the database's place; the database there, if any, is kept aside.

    Refused while a server runs. What the backup holds as unsent may have been sent since: at the
    next start it is looked up at Kravia first, and new registers are paused until "resume".
    """
    from gateway.app import system_clock
    from gateway.storage.backup import restore as put_back

    settings = invocation(context).settings()
    database = _file_of(settings, file, to_restore=True)
    if database.exists():
        shown = f"{database} is put aside, and {file} takes its place."
        ask(shown=shown, question="Replace it", yes=yes)
    done = put_back(file.absolute(), database, system_clock(), replace=database.exists())
    document = {
        "database": str(done.path),
        "aside": None if done.aside is None else str(done.aside),
        "copied_at": done.copied_at.isoformat(),
        "to_look_up": done.to_look_up,
        "brought_key": done.brought_key,
    }
    if as_json:
        print_json(document)
        return
    aside = f" The old one is {done.aside}." if done.aside else ""
    no_key = "" if done.brought_key else f"\nThere was no {file}.key: the key there is kept."
    typer.echo(
        f"{done.path} is as it was at {done.copied_at:%Y-%m-%d %H:%M} UTC.{aside}{no_key}\n"
        f"Next: serve. {number(done.to_look_up)} messages are looked up before anything is sent;"
        " registers are\npaused until resume. alerts list says what to do first."
    )


def _file_of(settings: Settings, file: Path, *, to_restore: bool) -> Path:
    """The SQLite file. PostgreSQL has its own tools: say what to run, as fits the server."""
    from gateway.cli.postgresql_tools import what_to_run

    if settings.database_path is None:
        raise Failure(what_to_run(settings.database.url, file, to_restore=to_restore))
    return settings.database_path
