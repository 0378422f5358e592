"""How long one page of each list takes with many rows behind it, through the operations."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gateway.app import open_gateway
from gateway.operations import registry
from gateway.settings import Settings
from tests.benchmarks.many_rows import CREDITORS, fill, page_seconds

ROWS = 100_000

_SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="


async def slowest_page_ms(disk: Path) -> float:
    """Fill a database with ``ROWS`` of everything and time a page of every list."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        settings = Settings.build(
            {
                "database": {"url": "sqlite:///gateway.db"},
                "kravia": {"base_url": "http://127.0.0.1:9", "token": "env:TOKEN"},
                "creditors": {name: _creditor(at) for at, name in enumerate(CREDITORS, 1)},
            },
            {"SECRET": _SECRET, "TOKEN": "t"},
            base=Path(folder),
        )
        async with open_gateway(settings, clock=lambda: datetime.now(UTC)) as gateway:
            await gateway.database.write(lambda connection: fill(connection, ROWS))

            async def call(name: str, **arguments: object) -> None:
                await registry.call(gateway, name, arguments, "bench")

            taken = await page_seconds(call, partial(time.perf_counter))
    return 1_000 * max(taken.values())


def _creditor(kravia_creditor_id: int) -> dict[str, object]:
    ledger = {"kind": "webhook", "url": "http://127.0.0.1:9/in", "secret": "env:SECRET"}
    return {
        "kravia_creditor_id": kravia_creditor_id,
        "webhook_secrets": ["env:SECRET"],
        "ledger": ledger,
    }
