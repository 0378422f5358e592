"""The whole forecast for a page: as it was last counted, and counted again behind the answer.

``cases.forecast`` gives it in parts to whoever waits for them; a page waits for nothing.
"""

from __future__ import annotations

from typing import Any, cast

from gateway.operations import forecast
from gateway.operations.arguments import Arguments
from gateway.operations.errors import OperationError
from gateway.operations.forecast_parts import added
from gateway.operations.gateway import Gateway
from gateway.operations.outlook_days import OUTLOOK_DAYS
from gateway.operations.paging import Document
from gateway.operations.walk import creditors_of


async def outlook(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """As ``cases.forecast``, of all debtors; without ``on`` while it is counted the first time.

    Each of ``items`` has also ``sums``: its outstanding amounts as texts.
    """
    days = str(arguments.get("days") or OUTLOOK_DAYS[1])
    if days not in OUTLOOK_DAYS:
        raise OperationError(f"days must be one of {', '.join(OUTLOOK_DAYS)}", kind="invalid")
    creditors = creditors_of(gateway, arguments)
    asked: Document = {"days": days}
    if arguments.get("creditor") is not None:
        asked["creditor"] = creditors[0]
    about = ("outlook", gateway.visible, creditors, days)
    found = await gateway.recount.soon(about, lambda: _counted(gateway, asked, actor))
    return {"items": [], "next": None} if found is None else cast("Document", found)


async def _counted(gateway: Gateway, asked: Document, actor: str) -> Document:
    whole: dict[str, Any] = {}
    after: object = None
    while True:
        part = await forecast.cases_forecast(
            gateway, asked if after is None else {**asked, "after": after}, actor
        )
        whole, after = added(whole, part), part["next"]
        if after is None:
            break
    items = [
        {**row, "sums": [f"{code} {amount}" for code, amount in row["outstanding"].items()]}
        for row in whole["items"]
    ]
    return {**whole, "items": items}
