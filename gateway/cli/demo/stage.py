"""The demo's world: the real gateway, two simulated remotes, sockets between them, one given time.

::

    ledger ──signed HTTP──> gateway ──HTTP──> Kravia     each on a free port of 127.0.0.1
       ^                       │  ^                │     the database in a folder that goes away
       └──────signed HTTP──────┘  └──HTTP hints────┘
"""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from clients.exchange import Request, Response
from clients.kravia.assumptions import Assumptions
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_server import build_app as build_kravia
from clients.transport import HttpTransport, Timeouts
from clients.webhook.signature import encode_secret
from clients.webhook.simulator import LedgerSimulator
from clients.webhook.simulator_server import build_ledger_app
from gateway.app import open_gateway
from gateway.app_edge import build_edge
from gateway.app_loops import Workers, workers
from gateway.cli.demo.host import HOST, Host
from gateway.cli.demo.ledger_book import LedgerBook
from gateway.operations import registry
from gateway.operations.gateway import Gateway
from gateway.settings import Settings
from gateway.settings_documents import load_assumptions
from gateway.telemetry import Metrics
from gateway.web.server import serving

CREDITOR: Final = "acme"
KRAVIA_CREDITOR_ID: Final = 10_759
PERSON: Final = "demo"
"""Who acts, in the audit."""

_TIMEOUTS: Final = Timeouts(connect_seconds=5, read_seconds=30, total_seconds=60)
"""The ledger's patience with the gateway: generous, since here one process does everything."""

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
    ledger: LedgerSimulator
    kravia_host: Host
    ledger_host: Host
    secret: bytes
    gateway_url: str
    transport: HttpTransport
    book: LedgerBook = field(default_factory=LedgerBook)

    def set_now(self, now: datetime) -> None:
        """Move every clock."""
        self.clock.now = now
        self.kravia.set_now(now)
        self.ledger.set_now(now)

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send the gateway a webhook over HTTP."""
        request = Request(
            method="POST", path=f"{self.gateway_url}{path}", headers=headers, body=body
        )
        return await self.transport.send(request, timeouts=_TIMEOUTS)

    async def call(self, operation: str, **arguments: object) -> dict[str, object]:
        """Do what the command line does, as a person."""
        return dict(await registry.call(self.gateway, operation, arguments, PERSON))


@asynccontextmanager
async def open_stage(*, now: datetime, seed: int, invoices: int) -> AsyncIterator[Stage]:
    """Start everything; nothing is left behind."""
    clock = Clock(now)
    secret = secrets.token_bytes(32)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kravia-demo-")))
        transport = await stack.enter_async_context(HttpTransport())
        kravia = KraviaSimulator(_shipped_assumptions(folder), now=now, seed=seed)
        ledger = LedgerSimulator(secret=secret, now=now)
        kravia_host = Host(lambda: build_kravia(kravia, transport=transport))
        ledger_host = Host(lambda: build_ledger_app(ledger))
        for host in (kravia_host, ledger_host):
            await host.start()
            stack.push_async_callback(host.stop)
        settings = _settings(
            folder, secret, invoices, kravia=kravia_host.url, ledger=ledger_host.url
        )
        metrics = Metrics()
        gateway = await stack.enter_async_context(
            open_gateway(settings, clock=clock, metrics=metrics)
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
            ledger_host=ledger_host,
            secret=secret,
            gateway_url=f"http://{HOST}:{listening.port}",
            transport=transport,
        )


def _settings(folder: Path, secret: bytes, invoices: int, *, kravia: str, ledger: str) -> Settings:
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
                "ledger": {
                    "kind": "webhook",
                    "url": f"{ledger}/collections",
                    "secret": "env:SECRET",
                },
            }
        },
    }
    environ = {"SECRET": encode_secret(secret), "TOKEN": secrets.token_urlsafe(32)}
    return Settings.build(document, environ, base=folder)


def _shipped_assumptions(folder: Path) -> Assumptions:
    return load_assumptions(Settings.build({}, {}, base=folder))
