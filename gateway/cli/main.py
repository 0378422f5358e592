"""The command line: every command, and how errors become exit codes.

Commands import what they need when they run, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gateway.cli import (
    alerts,
    audit,
    backup,
    cases,
    check_config,
    claims,
    copy_database,
    creditors,
    doubts,
    events,
    explain,
    migrate,
    outbox,
    pause,
    payments,
    privacy,
    reconcile,
    register,
    replay,
    seal,
    send_test_webhook,
    serve,
    settlements,
    simulate,
    tasks,
    tokens,
    users,
)
from gateway.cli.call import Invocation
from gateway.cli.demo.command import demo
from gateway.cli.failure import failure_of
from gateway.cli.render import clean

OTHERS_MASK = 0o077
"""Taken from the rights of every file we create: the database and its -wal and -shm hold personal
data, and only the user that runs the gateway may read them."""

app = typer.Typer(
    name="kravia-gateway",
    help="Takes overdue invoices in, decides whether each may be collected now, and hands it to "
    "Kravia exactly once.",
    epilog="Start with: kravia-gateway demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("kravia-gateway"))
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="The settings file; else $KRAVIA_GATEWAY_CONFIG, else ./config/gateway.toml.",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Keep the global options for the command."""
    del version
    context.obj = Invocation(config=config)


def _add(name: str, function: Callable[..., None], *, short: str, example: str) -> None:
    app.command(name, short_help=short, epilog=f"Example: kravia-gateway {example}")(function)


_add("demo", demo, short="Play forty stories against simulators.", example="demo")
_add(
    "serve",
    serve.serve,
    short="Run the gateway.",
    example="--config /etc/kravia-gateway.toml serve",
)
_add(
    "simulate",
    simulate.simulate,
    short="Run a simulated Kravia or ledger alone.",
    example="simulate kravia --port 9009",
)
_add(
    "explain",
    explain.explain,
    short="Say what becomes of an invoice, and why.",
    example="explain overdue.json --on 2026-11-24",
)
_add(
    "register",
    register.register,
    short="Take in invoices from outside the invoicing system.",
    example="register invoices.csv --creditor acme --dry-run",
)
_add(
    "pause",
    pause.pause,
    short="Stop new registers, for all or one creditor.",
    example='pause --reason "wrong amounts today"',
)
_add(
    "resume",
    pause.resume,
    short="Let registers go again.",
    example="resume --creditor acme",
)
_add(
    "reconcile",
    reconcile.reconcile,
    short="Compare ledger, gateway and Kravia, both ways.",
    example="reconcile --creditor acme --csv differences.csv",
)
_add(
    "send-test-webhook",
    send_test_webhook.send_test_webhook,
    short="Sign a file as a ledger would, and send it.",
    example="send-test-webhook overdue.json --creditor acme",
)
_add(
    "check-config",
    check_config.check_config,
    short="Name every fault of the settings.",
    example="check-config",
)
_add(
    "migrate",
    migrate.migrate,
    short="Bring the database to this release's schema.",
    example="migrate",
)
_add(
    "backup",
    backup.backup,
    short="Copy the database while it is in use.",
    example="backup /backups/gateway-2026-11-24.db",
)
_add(
    "restore",
    backup.restore,
    short="Put a backup in the database's place.",
    example="restore /backups/gateway-2026-11-24.db",
)
_add(
    "copy-database",
    copy_database.copy_database,
    short="Move a stopped gateway from SQLite to PostgreSQL.",
    example="copy-database var/gateway.db postgresql://gateway@db.example/gateway",
)
GROUPS = (
    claims,
    cases,
    settlements,
    payments,
    tasks,
    alerts,
    doubts,
    events,
    outbox,
    replay,
    creditors,
    audit,
    privacy,
    seal,
    users,
    tokens,
)
for group in GROUPS:
    app.add_typer(group.app, name=group.__name__.rpartition(".")[2])


def main() -> None:
    """Run the command line; an expected error ends in its sentence and exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")  # a narrow terminal must not end a report
    os.umask(OTHERS_MASK)
    try:
        app()
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        for line in failure.message.splitlines():
            typer.echo(clean(line), err=True)
        _end(failure.code)


def _end(code: int) -> NoReturn:
    """End with ``code``, also where what is left to print cannot be printed."""
    try:
        sys.stdout.flush()
    except OSError:
        # Python would try once more on its way out, complain, and exit with another code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(code)
