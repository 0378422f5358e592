"""``serve``: runs the gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from gateway.cli.call import invocation
from gateway.cli.failure import Failure

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.web.server import Listening

T = TypeVar("T")


def serve(context: typer.Context) -> None:
    """Run the gateway. It migrates an older database and stops cleanly on SIGTERM or Ctrl-C."""
    settings = invocation(context).settings(need_secrets=True)
    if not settings.creditors:
        raise Failure(
            f"{settings.source}: creditors: missing; nobody's claims could be taken in. Add a "
            "section [creditors.NAME] as the shipped config/gateway.toml shows, or name another "
            "file with --config"
        )
    from gateway.app_serving import serve as run
    from gateway.web.server import ListenError

    log_as(settings)
    try:
        run_loop(run(settings, on_ready=_ready))
    except ListenError as error:
        raise Failure(str(error)) from error


def log_as(settings: Settings) -> None:
    """Send logs to standard error, in the form and from the level that the settings say."""
    from gateway.telemetry import configure_logging

    as_json = settings.log.format == "json" or (
        settings.log.format == "auto" and not sys.stderr.isatty()
    )
    level = logging.getLevelNamesMapping()[settings.log.level.upper()]
    configure_logging(as_json=as_json, level=level)


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on uvloop, or on asyncio's own loop where there is none (Windows)."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    else:
        return uvloop.run(main)


def _ready(listening: Listening) -> None:
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    typer.echo(f"Listening on http://{host}:{listening.port}; stop with Ctrl-C", err=True)
