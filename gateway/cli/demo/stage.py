"""The demo's world: the real gateway, two simulated remotes, sockets between them, one given time.

::

    Conta <──sweeps, in the process──┐
                                  gateway ──HTTP──> Kravia     each on a free port of 127.0.0.1
    or a ledger <──signed HTTP──>    ^                │        the database in a folder
    that pushes                      └───HTTP hints───┘        that goes away
"""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from clients.conta.assumptions import parse_assumptions as parse_conta
from clients.kravia.assumptions import Assumptions
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_server import build_app as build_kravia
from clients.transport import HttpTransport
from clients.webhook.signature import encode_secret
from gateway.app import open_gateway
from gateway.app_edge import build_edge
from gateway.app_loops import Workers, workers
from gateway.cli.demo.door import CREDITOR, Door
from gateway.cli.demo.host import HOST, Host
from gateway.cli.demo.kind import LedgerKind
from gateway.cli.demo.ledger import DemoLedger
from gateway.cli.demo.ledger_conta import ContaBooks
from gateway.cli.demo.ledger_pushing import PushingLedger
from gateway.metrics import Metrics
from gateway.operations import registry
from gateway.operations.gateway import Gateway
from gateway.settings import Settings
from gateway.settings_documents import load_assumptions
from gateway.settings_sources import read_toml, shipped
from gateway.web.server import serving

KRAVIA_CREDITOR_ID: Final = 10_759
PERSON: Final = "demo"
"""Who acts, in the audit."""

_KRAVIA_READ_TIMEOUT_SECONDS: Final = 2
"""One story waits for it in real time; a simulated answer takes some milliseconds."""


@dataclass(slots=True)
class Clock:
    """The time that is set."""

    now: datetime

    def __call__(self) -> datetime:
        """As a clock is read."""
        return self.now


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everybody who takes part."""

    clock: Clock
    gateway: Gateway
    workers: Workers
    kravia: KraviaSimulator
    ledger: DemoLedger
    kravia_host: Host
    door: Door

    def set_now(self, now: datetime) -> None:
        """Move every clock."""
        self.clock.now = now
        self.kravia.set_now(now)
        self.ledger.set_now(now)


@asynccontextmanager
async def open_stage(
    *, now: datetime, seed: int, invoices: int, kind: LedgerKind
) -> AsyncIterator[Stage]:
    """Start everything; nothing is left behind."""
    clock = Clock(now)
    secret = secrets.token_bytes(32)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kravia-demo-")))
        transport = await stack.enter_async_context(HttpTransport())
        kravia = KraviaSimulator(_shipped_assumptions(folder), now=now, seed=seed)
        ledger = _ledger(kind, secret, now)
        kravia_host = Host(lambda: build_kravia(kravia, transport=transport))
        await kravia_host.start()
        stack.push_async_callback(kravia_host.stop)
        await stack.enter_async_context(ledger.listening())
        settings = _settings(
            folder, secret, invoices, kravia=kravia_host.url, ledger=ledger.settings()
        )
        metrics = Metrics()
        gateway = await stack.enter_async_context(
            open_gateway(
                settings,
                clock=clock,
                monotonic=lambda: clock().timestamp(),
                metrics=metrics,
                ledger_transports={} if ledger.transport is None else {CREDITOR: ledger.transport},
            )
        )
        edge = build_edge(settings, gateway, metrics, is_full=lambda: False)
        listening = await stack.enter_async_context(serving(edge, host=HOST, port=0))
        jitter = random.Random(seed)  # noqa: S311 - a play must repeat
        yield Stage(
            clock=clock,
            gateway=gateway,
            workers=workers(settings, gateway, metrics, jitter),
            kravia=kravia,
            ledger=ledger,
            kravia_host=kravia_host,
            door=Door(
                url=f"http://{HOST}:{listening.port}",
                secret=secret,
                transport=transport,
                now=clock,
                operate=lambda name, arguments: registry.call(gateway, name, arguments, PERSON),
            ),
        )


def _ledger(kind: LedgerKind, secret: bytes, now: datetime) -> DemoLedger:
    if kind is LedgerKind.WEBHOOK:
        return PushingLedger(secret=secret, now=now)
    return ContaBooks(parse_conta(read_toml(shipped("conta.toml"))), now=now)


def _settings(
    folder: Path, secret: bytes, invoices: int, *, kravia: str, ledger: Mapping[str, object]
) -> Settings:
    """As an operator would write them, but for the ports and the time given to Kravia."""
    document: dict[str, object] = {
        "database": {"url": "sqlite:///gateway.db"},
        "kravia": {
            "base_url": kravia,
            "token": "env:TOKEN",
            "read_timeout_seconds": _KRAVIA_READ_TIMEOUT_SECONDS,
        },
        "creditors": {
            CREDITOR: {
                "kravia_creditor_id": KRAVIA_CREDITOR_ID,
                "webhook_secrets": ["env:SECRET"],
                "kravia_webhook_secret": "env:TOKEN",
                "payout_model": "kid",
                "register_max_per_day": max(500, invoices),
                "ledger": ledger,
            }
        },
    }
    environ = {"SECRET": encode_secret(secret), "TOKEN": secrets.token_urlsafe(32)}
    return Settings.build(document, environ, base=folder)


def _shipped_assumptions(folder: Path) -> Assumptions:
    return load_assumptions(Settings.build({}, {}, base=folder))
