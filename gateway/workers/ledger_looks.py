"""How long a look into a ledger may take beside a delivery or a doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clients.errors import TemporaryError
from gateway.operations.creditor import LEDGER_LOOK_SECONDS_MAX


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Look within it; ``TemporaryError`` if that takes too long."""
    try:
        async with asyncio.timeout(LEDGER_LOOK_SECONDS_MAX):
            yield
    except TimeoutError as error:
        told = f"the ledger did not answer within {LEDGER_LOOK_SECONDS_MAX:g} s"
        raise TemporaryError(told) from error
