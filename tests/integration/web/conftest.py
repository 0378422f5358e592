"""A running edge on a free port, with an inbox in memory, and senders that sign."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from clients.webhook.signature import signed_headers
from gateway.operations.errors import OperationError
from gateway.storage.inbox import NewEvent, Recorded
from gateway.web.edge import Edge
from gateway.web.server import Listening, serving
from gateway.web.webhooks import WebhookLimits

SECRET = bytes(range(32))
ROTATED = bytes(range(32, 64))
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TOKEN = "token-for-operators"


@dataclass(slots=True)
class MemoryInbox:
    """Keeps events as storage does: the first body under a webhook id stands."""

    kept: dict[tuple[str, str], NewEvent] = field(default_factory=dict)
    failure: Exception | None = None

    async def record(self, event: NewEvent) -> Recorded:
        if self.failure is not None:
            raise self.failure
        key = (event.creditor_id, event.webhook_id)
        first = self.kept.setdefault(key, event)
        if first is event:
            return Recorded(event_id=event.event_id, outcome=event.outcome, problem=event.problem)
        if hashlib.sha256(first.body).digest() != hashlib.sha256(event.body).digest():
            return Recorded(event_id=first.event_id, outcome="conflict", problem=None)
        if first.outcome == "rejected":
            return Recorded(event_id=first.event_id, outcome="rejected", problem=first.problem)
        return Recorded(event_id=first.event_id, outcome="duplicate", problem=None)

    @property
    def events(self) -> list[NewEvent]:
        return list(self.kept.values())


@dataclass(slots=True)
class Surroundings:
    """All that stands around the edge in a test, and what the edge did to it."""

    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    now: datetime = NOW
    is_full: bool = False
    words: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, object], str]] = field(default_factory=list)
    failure: Exception | None = None
    checks: dict[str, str | Exception | None] = field(default_factory=dict)

    def edge(self, **changes: Any) -> Edge:
        edge = Edge(
            secrets={"acme": (SECRET, ROTATED), "nordlys": (bytes(24),)},
            record=self.inbox.record,
            now=lambda: self.now,
            call=self._call,
            is_known=self._is_known,
            hint=self.hints.append,
            checks={name: self._check(name) for name in self.checks},
            limits=WebhookLimits(body_seconds_max=0.5),
            is_full=lambda: self.is_full,
            observe=self.words.append,
            render_metrics=lambda: b"gateway_up 1\n",
            admin_token=TOKEN,
            operation_names=("status", "claims.list"),
            version="1.2.3",
        )
        return replace(edge, **changes)

    async def _call(
        self, name: str, arguments: Mapping[str, object], actor: str
    ) -> Mapping[str, object]:
        if self.failure is not None:
            raise self.failure
        if name == "unknown":
            raise OperationError("there is no operation of that name", kind="not_found")
        self.calls.append((name, arguments, actor))
        return {"items": [], "next": None}

    async def _is_known(self, creditor_id: str, kravia_invoice_id: str) -> bool:
        self.asked.append((creditor_id, kravia_invoice_id))
        if self.failure is not None:
            raise self.failure
        return kravia_invoice_id == "123443"

    def _check(self, name: str) -> Any:
        async def check() -> str | None:
            said = self.checks[name]
            if isinstance(said, Exception):
                raise said
            return said

        return check


@dataclass(slots=True)
class Sender:
    """Speaks to the running edge as an invoicing system would."""

    session: aiohttp.ClientSession
    listening: Listening
    surroundings: Surroundings
    edge: Edge

    async def post(
        self,
        body: bytes,
        *,
        creditor: str = "acme",
        webhook_id: str = "msg-1",
        secret: bytes = SECRET,
        skew: timedelta = timedelta(0),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        signed_at = int((self.surroundings.now + skew).timestamp())
        signed = signed_headers([secret], webhook_id, signed_at, body)
        return await self.request(
            "POST", f"/webhooks/{creditor}", data=body, headers=signed | dict(headers or {})
        )

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        async with self.session.request(method, path, **options) as response:
            return Answer(
                status=response.status,
                headers=dict(response.headers),
                body=await response.read(),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Starter:
    """Starts edges, and stops them all at the end of the test."""

    def __init__(self, stack: AsyncExitStack, surroundings: Surroundings) -> None:
        self._stack = stack
        self.surroundings = surroundings

    async def __call__(self, *, admin_socket: Path | None = None, **changes: Any) -> Sender:
        edge = self.surroundings.edge(**changes)
        listening = await self._stack.enter_async_context(
            serving(edge, host="127.0.0.1", port=0, admin_socket=admin_socket, shutdown_seconds=2)
        )
        session = await self._stack.enter_async_context(
            aiohttp.ClientSession(f"http://127.0.0.1:{listening.port}")
        )
        return Sender(session, listening, self.surroundings, edge)


@pytest.fixture
def surroundings() -> Surroundings:
    return Surroundings()


@pytest.fixture
async def start(surroundings: Surroundings) -> AsyncIterator[Starter]:
    async with AsyncExitStack() as stack:
        yield Starter(stack, surroundings)


@pytest.fixture
async def sender(start: Starter) -> Sender:
    return await start()
