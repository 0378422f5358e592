"""*Forecast*: what becomes eligible on which day if nothing but time changes."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any, Final

from aiohttp import web

from gateway.operations.outlook_days import OUTLOOK_DAYS
from gateway.web.console.charts import chart
from gateway.web.console.lists import CREDITOR, Column, Filter, Listing, as_csv, shown
from gateway.web.console.reader import phrase
from gateway.web.console.visit import STATUS_OF_KIND, Route, Visit

LISTING: Final = Listing(
    operation="cases.outlook",
    caption=phrase("Claims by the day they may go to Kravia"),
    columns=(
        Column(title=phrase("Day"), value="day", kind="day"),
        Column(title=phrase("Cases"), value="cases", kind="number"),
        Column(title=phrase("Claims"), value="claims", kind="number"),
        Column(title=phrase("Outstanding"), value="sums", kind="texts"),
    ),
    nothing=phrase(
        "No claim becomes eligible in that time. What does comes here as soon as the invoicing"
        " system tells of overdue invoices."
    ),
    filters=(CREDITOR, Filter(name="days", title=phrase("Days ahead"), choices=OUTLOOK_DAYS)),
    orders=(),
    file_name="forecast",
)


async def show(visit: Visit) -> web.StreamResponse:
    """The whole of it, as last counted."""
    if visit.query("format") == "csv":
        return await as_csv(visit, LISTING)
    rows = await shown(visit, LISTING)
    status = STATUS_OF_KIND[rows.error.kind] if rows.error else 200
    weeks = [(visit.reader.day(day), count) for day, count in _weeks(rows.items)]
    return visit.page("forecast.html", status=status, rows=rows, weeks=chart(weeks))


def _weeks(items: Any) -> list[tuple[str, int]]:
    """Claims by the Monday of their week, weeks without any among them too."""
    weeks: Counter[date] = Counter()
    for row in items:
        day = date.fromisoformat(row["day"])
        weeks[day - timedelta(days=day.weekday())] += row["claims"]
    if not weeks:
        return []
    first, last = min(weeks), max(weeks)
    mondays = [first + timedelta(weeks=at) for at in range((last - first).days // 7 + 1)]
    return [(monday.isoformat(), weeks[monday]) for monday in mondays]


ROUTES: Final = (Route("GET", "/forecast", show, name="forecast"),)
