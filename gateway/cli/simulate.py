"""``simulate``: a simulated remote alone, with state, clock and fault switches under ``/_sim/``."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.call import Document, invocation
from gateway.cli.creditors import chosen
from gateway.cli.failure import Failure
from gateway.cli.input import read_input

if TYPE_CHECKING:
    from aiohttp import web

    from clients.kravia.assumptions import Assumptions
    from clients.simulated_control import AnyRemote

_HOST = "127.0.0.1"


class Remote(StrEnum):
    """What can be simulated."""

    KRAVIA = "kravia"
    LEDGER = "ledger"
    CONTA = "conta"
    FIKEN = "fiken"
    TRIPLETEX = "tripletex"


def simulate(
    context: typer.Context,
    remote: Annotated[Remote, typer.Argument(help="Which remote.")],
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where to listen, on 127.0.0.1.")],
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Faults to begin with, JSON or TOML.")
    ] = None,
    creditor: Annotated[
        str | None,
        typer.Option("--creditor", metavar="ID", help="For ledger: whose secret is expected."),
    ] = None,
) -> None:
    """Run a simulated Kravia, Conta, Fiken, Tripletex or webhook ledger.

    Never beside a live gateway.
    """
    document = _document(faults) if faults is not None else {}
    match remote:
        case Remote.CONTA:
            make = partial(_conta, document)
        case Remote.FIKEN:
            make = partial(_fiken, document)
        case Remote.TRIPLETEX:
            make = partial(_tripletex, document)
        case Remote.KRAVIA:
            from gateway.settings_documents import load_assumptions

            make = partial(_kravia, load_assumptions(invocation(context).settings()), document)
        case Remote.LEDGER:
            make = partial(_ledger, _ledger_secret(context, creditor), document)
    try:
        asyncio.run(_listen(make, remote.value, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Failure(f"--port {port} is in use by another program; name another") from error
        raise


def _document(file: Path) -> Document:
    """Read a faults file; which of the two formats it has shows in its name."""
    try:
        text = read_input(file).decode("utf-8")
        document = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except ValueError as error:
        raise Failure(f"{file} is neither JSON nor TOML (by its name): {error}") from error
    if not isinstance(document, dict):
        raise Failure(f'{file} must hold an object with "faults"')
    return document


def _kravia(assumptions: Assumptions, faults: Document) -> web.Application:
    from clients.kravia.simulator import KraviaSimulator
    from clients.kravia.simulator_server import build_app
    from clients.transport import HttpTransport

    simulator = KraviaSimulator(assumptions, now=_now())
    _plant(simulator, faults)
    transport = HttpTransport()
    app = build_app(simulator, transport=transport, clock=_RunningClock(simulator))

    async def close(_: web.Application) -> None:
        await transport.aclose()

    app.on_cleanup.append(close)
    return app


def _conta(faults: Document) -> web.Application:
    from clients.conta.assumptions import parse_assumptions
    from clients.conta.simulator import ContaSimulator
    from clients.conta.simulator_control import SWITCHES
    from clients.simulated_server import build_app
    from gateway.settings_sources import read_toml, shipped

    simulator = ContaSimulator(parse_assumptions(read_toml(shipped("conta.toml"))), now=_now())
    _plant(simulator, faults)
    return build_app(simulator, SWITCHES, clock=_RunningClock(simulator))


def _fiken(faults: Document) -> web.Application:
    from clients.fiken.assumptions import parse_assumptions
    from clients.fiken.simulator import FikenSimulator
    from clients.fiken.simulator_control import SWITCHES
    from clients.simulated_server import build_app
    from gateway.settings_sources import read_toml, shipped

    simulator = FikenSimulator(parse_assumptions(read_toml(shipped("fiken.toml"))), now=_now())
    _plant(simulator, faults)
    return build_app(simulator, SWITCHES, clock=_RunningClock(simulator))


def _tripletex(faults: Document) -> web.Application:
    from clients.transport import HttpTransport
    from clients.tripletex.assumptions import parse_assumptions
    from clients.tripletex.simulator import TripletexSimulator
    from clients.tripletex.simulator_server import build_app
    from gateway.settings_sources import read_toml, shipped

    assumptions = parse_assumptions(read_toml(shipped("tripletex.toml")))
    simulator = TripletexSimulator(assumptions, now=_now())
    _plant(simulator, faults)
    transport = HttpTransport()
    app = build_app(simulator, transport=transport, clock=_RunningClock(simulator))

    async def close(_: web.Application) -> None:
        await transport.aclose()

    app.on_cleanup.append(close)
    return app


def _plant(simulator: AnyRemote, faults: Document) -> None:
    from clients.simulated_control import plant

    try:
        plant(simulator, faults)
    except ValueError as error:
        raise Failure(f"--faults: {error}") from error


class _RunningClock:
    """The real time, until somebody sets the simulator's clock: from then on it stands there."""

    def __init__(self, simulator: AnyRemote) -> None:
        self._simulator = simulator
        self._given = simulator.now

    def __call__(self) -> datetime:
        if self._simulator.now == self._given:
            self._given = _now()
            return self._given
        return self._simulator.now


def _ledger(secret: bytes, faults: Document) -> web.Application:
    from clients.webhook.simulator import (
        LedgerFault,
        LedgerFaultKind,
        LedgerSimulator,
    )
    from clients.webhook.simulator_server import build_ledger_app

    simulator = LedgerSimulator(secret=secret, now=_now())
    try:
        for row in faults.get("faults", []):
            simulator.plant(LedgerFault(**{**row, "kind": LedgerFaultKind(row["kind"])}))
    except (KeyError, TypeError, ValueError) as error:
        raise Failure(f"--faults: not a list of faults: {error}") from error
    return build_ledger_app(simulator, now=_now)


def _ledger_secret(context: typer.Context, creditor: str | None) -> bytes:
    from clients.webhook.signature import decode_secret
    from gateway.settings_creditor import WebhookLedgerSettings

    settings = invocation(context).settings()
    name = chosen(context, creditor)
    if name not in settings.creditors:
        raise Failure(f"{settings.source} has no creditor {name}")
    ledger = settings.creditors[name].ledger
    if not isinstance(ledger, WebhookLedgerSettings):
        raise Failure(
            f"{settings.source}: creditors.{name}.ledger is of another kind: {ledger.kind}"
        )
    secret = ledger.secret
    if secret is None:
        raise Failure(
            f"{settings.source}: creditors.{name}.ledger.secret: cannot be read; set the "
            "environment variable that it names, as for the server"
        )
    return decode_secret(secret.get_secret_value())


async def _listen(make: Callable[[], web.Application], what: str, port: int) -> None:
    """Serve until stopped."""
    from clients.simulated_server import listening

    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with listening(make(), host=_HOST, port=port) as bound:
        typer.echo(f"Simulated {what} on http://{_HOST}:{bound}, its books under /_sim/", err=True)
        await stop.wait()


def _now() -> datetime:
    return datetime.now(UTC)
