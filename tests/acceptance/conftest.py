"""A gateway, a Kravia and a ledger as processes of their own, on one simulated calendar."""

from __future__ import annotations

import re
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from clients.webhook.ledger_events import event_body, invoice_data
from clients.webhook.signature import decode_secret, signed_headers
from tests.acceptance.programs import (
    AHEAD,
    PROGRAM,
    Document,
    Ended,
    Program,
    environ,
    moved,
    run,
    running,
    simulated_now,
)

SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
ENVIRON = {"ACME_SECRET": SECRET, "KRAVIA_TOKEN": "a-token-for-tests"}

SETTINGS = """
[server]
port = {port}
drain_timeout_seconds = 4
[database]
url = "{database}"
[kravia]
base_url = "{kravia}"
token = "env:KRAVIA_TOKEN"
poll_seconds = 0.2
read_timeout_seconds = 8
total_timeout_seconds = 10
doubt_recheck_seconds = 0.2
settle_window_seconds = 0
[watch]
remote_down_minutes = 0.02
[remotes]
breaker_open_seconds = 0.2
[outbox]
lease_seconds = 20
first_retry_seconds = 0.2
gate_wait_seconds = 0.2
[log]
format = "json"
[creditors.acme]
kravia_creditor_id = {creditor}
webhook_secrets = ["env:ACME_SECRET"]
[creditors.acme.ledger]
kind = "webhook"
url = "{ledger}/collections"
secret = "env:ACME_SECRET"
"""

_CREDITORS = count(20_001)
"""One simulated Kravia serves all tests: each has a creditor of its own there."""

_LEDGER_SETTINGS = SETTINGS.format(
    port=0,
    kravia="http://127.0.0.1:9",
    ledger="http://127.0.0.1:9",
    creditor=1,
    database="sqlite:///gateway.db",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gateway answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def document(self) -> Document:
        found: Document = orjson.loads(self.text)
        return found


@dataclass(slots=True, kw_only=True)
class House:
    """One gateway's folder, its remotes, and hands to speak to all three."""

    folder: Path
    http: aiohttp.ClientSession
    kravia_url: str
    ledger_url: str
    creditor: int
    database: str = "sqlite:///gateway.db"
    port: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def settings(self, *, kravia: str | None = None) -> None:
        """Write the settings file."""
        text = SETTINGS.format(
            port=self.port,
            kravia=kravia or self.kravia_url,
            ledger=self.ledger_url,
            creditor=self.creditor,
            database=self.database,
        )
        (self.folder / "gateway.toml").write_text(text)

    @asynccontextmanager
    async def serve(self, *options: str, ahead: timedelta = AHEAD) -> AsyncIterator[Program]:
        """Run ``serve`` and wait until it listens."""
        command = [*moved(*options, ahead=ahead), "--config", "gateway.toml", "serve"]
        async with running(command, folder=self.folder, env=environ(**ENVIRON)) as program:
            line = await program.says("Listening on http://")
            found = re.search(r":(\d+);", line)
            assert found is not None
            self.port = int(found[1])
            yield program

    def starting(
        self, *, pages_max: int | None = None, options: tuple[str, ...] = ()
    ) -> AbstractAsyncContextManager[Program]:
        """Run ``serve`` without waiting for anything."""
        if pages_max is not None:
            options = (*options, "--pages-max", str(pages_max))
        command = [*moved(*options), "--config", "gateway.toml", "serve"]
        return running(command, folder=self.folder, env=environ(**ENVIRON))

    async def type(self, *arguments: str) -> Ended:
        """Type a command, on the simulated calendar."""
        command = moved("--config", "gateway.toml", *arguments)
        return await run(command, folder=self.folder, env=environ(**ENVIRON))

    async def post(
        self,
        body: bytes,
        *,
        webhook_id: str | None = None,
        path: str = "/webhooks/acme",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Sign a body as the ledger does and send it."""
        webhook_id = webhook_id or f"msg-{next(self.numbers)}"
        timestamp = int(simulated_now().timestamp())
        signed = signed_headers([decode_secret(SECRET)], webhook_id, timestamp, body)
        async with self.http.post(
            f"http://127.0.0.1:{self.port}{path}", data=body, headers=signed | (headers or {})
        ) as answer:
            return Answer(
                status=answer.status, headers=dict(answer.headers), text=await answer.text()
            )

    async def send(self, type_: str, data: Mapping[str, object]) -> Answer:
        """Send one event that happens now."""
        document = event_body(type_, data, timestamp=simulated_now().isoformat())
        return await self.post(orjson.dumps(document))

    async def overdue(self, number: str = "30001", **invoice: Any) -> Answer:
        """Send ``invoice.overdue``; every number has a debtor of its own."""
        debtor = {"number": f"d-{number}"} | invoice.pop("debtor", {})
        return await self.send(
            "invoice.overdue",
            invoice_data(
                debtor=debtor, **{"id": f"inv-{self.creditor}-{number}", "number": number} | invoice
            ),
        )

    async def books(self) -> Document:
        """The simulated Kravia's books, of our creditor alone."""
        async with self.http.get(f"{self.kravia_url}/_sim/state") as answer:
            books: Document = orjson.loads(await answer.read())
        mine = {row["invoice_id"] for row in books["invoices"] if self._is_mine(row)}
        return {
            "invoices": [row for row in books["invoices"] if row["invoice_id"] in mine],
            "registers": [row for row in books["registers"] if mine & {*row["invoice_ids"]}],
            "duplicates": [row for row in books["duplicates"] if row in mine],
        }

    def _is_mine(self, row: Document) -> bool:
        return bool(row["creditor_id"] == self.creditor)

    async def told(self, type_: str) -> list[Document]:
        """What the ledger was told of our claims, by type."""
        async with self.http.get(f"{self.ledger_url}/_sim/state") as answer:
            told: list[Document] = orjson.loads(await answer.read())["told"]
        prefix = f"inv-{self.creditor}-"
        return [
            row
            for row in told
            if row["type"] == type_ and row["data"]["claim"]["invoice_id"].startswith(prefix)
        ]

    async def at_kravia(self, switch: str, method: str = "POST", **document: object) -> Document:
        """Throw a switch of the simulated Kravia."""
        async with self.http.request(
            method, f"{self.kravia_url}/_sim/{switch}", json=document
        ) as answer:
            assert answer.status == 200, await answer.text()
            found: Document = orjson.loads(await answer.read())
            return found

    async def kravia_fails(self, operation: str, kind: str, **more: object) -> None:
        """Plant a fault at Kravia."""
        await self.at_kravia("faults", faults=[{"operation": operation, "kind": kind, **more}])

    async def set_clocks(self) -> None:
        """Bring both simulators to the present; between two calls their time stands."""
        now = simulated_now().isoformat()
        await self.at_kravia("clock", "PUT", now=now)
        async with self.http.post(f"{self.ledger_url}/_sim/clock", json={"now": now}) as answer:
            assert answer.status == 200

    async def call(self, name: str, **arguments: object) -> Document:
        """Run an operation through the running server's Unix socket."""
        connector = aiohttp.UnixConnector(path=str(self.folder / "gateway.db.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post(f"http://gateway/admin/operations/{name}", json=arguments) as answer,
        ):
            assert answer.status == 200, await answer.text()
            found: Document = orjson.loads(await answer.read())
            return found

    async def claims(self) -> dict[str, Document]:
        """The claims, by invoice number."""
        page = await self.call("claims.list", limit=1000)
        return {row["invoice_number"]: row for row in page["items"]}

    async def claim_is(self, program: Program, state: str, number: str = "30001") -> Document:
        """Wait until a claim is in a state; gives its row."""

        async def look() -> Document | None:
            row = (await self.claims()).get(number)
            return row if row is not None and row["state"] == state else None

        return await program.until(look, f"claim {number} in state {state}")


@pytest.fixture(scope="session")
def remotes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The simulated Kravia and ledger, as anybody may start them; gives both addresses."""
    folder = tmp_path_factory.mktemp("remotes")
    (folder / "gateway.toml").write_text(_LEDGER_SETTINGS)
    with simulator(folder, "kravia") as kravia, simulator(folder, "ledger") as ledger:
        yield kravia, ledger


@contextmanager
def simulator(folder: Path, what: str) -> Iterator[str]:
    """Run a simulator while the context is open; gives its address."""
    with subprocess.Popen(
        [PROGRAM, "--config", "gateway.toml", "simulate", what, "--port", "0"],
        cwd=folder,
        env=environ(**ENVIRON),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found is not None, line + process.stderr.read()
            yield found[0]
        finally:
            process.terminate()
            process.communicate(timeout=20)


@pytest.fixture
async def house(tmp_path: Path, remotes: tuple[str, str]) -> AsyncIterator[House]:
    kravia, ledger = remotes
    async with aiohttp.ClientSession() as http:
        house = House(
            folder=tmp_path,
            http=http,
            kravia_url=kravia,
            ledger_url=ledger,
            creditor=next(_CREDITORS),
        )
        house.settings()
        await house.at_kravia("faults", "DELETE")
        await house.set_clocks()
        yield house
