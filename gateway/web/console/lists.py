"""A list on a page: filters, both orders, a page at a time by key, and all of it as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from aiohttp import web
from yarl import URL

from gateway.operations.errors import OperationError
from gateway.web.console.reader import phrase
from gateway.web.console.visit import STATUS_OF_KIND, Visit

ROWS: Final = 50  # a page that scrolls a few screens
CSV_ROWS: Final = 250  # at once: the first of them are there as soon as a page is
CREDITORS_MAX: Final = 1_000  # what an operation gives at most at once

Kind = Literal[
    "text", "id", "amount", "instant", "day", "number", "word", "texts", "said", "command"
]
"""``said`` is a sentence marked for translation; ``command`` is what to type, with the page where
the same is done."""
Row = Mapping[str, Any]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run if a cell began so (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its title, the row's value, how it is shown, and the place its cell leads to.

    ``link`` is the name of a route whose path's parts are values of the row.
    """

    title: str
    value: str
    kind: Kind = "text"
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter: the operation's argument, and its choices where there are few.

    ``kind`` is what the browser lets people type.
    """

    name: str
    title: str
    choices: Sequence[str] = ()
    kind: Literal["text", "date"] = "text"


SWITCH: Final = ("yes",)
"""The choices of a filter that is on or off."""

CREDITOR: Final = Filter(name="creditor", title=phrase("Creditor"))
"""A filter that most lists have; its choices are the creditors the reader may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as a page shows it: ``operation`` gives ``items`` and ``next`` and takes the filters.

    ``nothing`` is the sentence where there is no row: what that means, and what to do next.
    ``orders`` are what the operation takes, the usual one first; none where it takes none.
    """

    operation: str
    columns: Sequence[Column]
    nothing: str
    caption: str
    filters: Sequence[Filter] = ()
    orders: Sequence[str] = ("newest", "oldest")
    fixed: Mapping[str, object] = field(default_factory=dict)
    file_name: str = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One page of a list, ready for the ``listing`` macro."""

    listing: Listing
    items: Sequence[Row]
    chosen: Mapping[str, str]
    choices: Mapping[str, Sequence[str]]
    order: str
    next: str | None
    csv: str
    turned: str | None
    first: str | None
    error: OperationError | None = None
    whole: Row = field(default_factory=dict)  # the operation's answer, with what is not of a row

    @property
    def is_filtered(self) -> bool:
        """Whether a filter is set, so that an empty list may be the filter's doing."""
        return any(self.chosen.values())


async def shown(visit: Visit, listing: Listing) -> Shown:
    """The page of a list that the query asks for; a filter that is refused keeps what was typed."""
    chosen = {each.name: visit.query(each.name) for each in listing.filters}
    order = visit.query("order") if visit.query("order") in listing.orders else ""
    error: OperationError | None = None
    found: Mapping[str, Any] = {"items": [], "next": None}
    try:
        found = await visit.ask(
            listing.operation, **_arguments(visit, listing), after=visit.query("after") or None
        )
    except OperationError as refused:
        error = refused
    here = visit.request.rel_url
    usual = listing.orders[0] if listing.orders else ""
    other = next((each for each in listing.orders if each != (order or usual)), None)
    return Shown(
        listing=listing,
        items=found["items"],
        chosen=chosen,
        choices={each.name: await _choices(visit, each) for each in listing.filters},
        order=order or usual,
        next=_with(here, after=found["next"]) if found["next"] else None,
        csv=str(here.without_query_params("after").update_query(format="csv")),
        turned=_with(here.without_query_params("after"), order=other) if other else None,
        first=str(here.without_query_params("after")) if visit.query("after") else None,
        error=error,
        whole=found,
    )


async def list_page(
    visit: Visit, listing: Listing, template: str, *, status: int = 200, **values: object
) -> web.StreamResponse:
    """The whole answer of a page that is a list: itself, or CSV where the query asks for it."""
    if visit.query("format") == "csv" and visit.request.method == "GET":
        return await as_csv(visit, listing)
    found = await shown(visit, listing)
    if found.error is not None:
        status = STATUS_OF_KIND[found.error.kind]
    return visit.page(template, status=status, rows=found, **values)


async def as_csv(visit: Visit, listing: Listing) -> web.StreamResponse:
    """Every row that the filters leave, page after page, as a browser saves it."""
    answer = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{listing.file_name}.csv"',
        }
    )
    after: object = None
    is_begun = False
    while True:
        found = await visit.ask(
            listing.operation,
            **{**_arguments(visit, listing), "limit": CSV_ROWS},
            after=after,
        )
        if not is_begun:  # what is wrong with a filter is told before anything is sent
            await answer.prepare(visit.request)
            titles = [visit.reader.say(column.title) for column in listing.columns]
            await answer.write("\ufeff".encode() + _line(titles))  # Excel reads UTF-8 by this mark
            is_begun = True
        for row in found["items"]:
            await answer.write(_line([_cell(row, column) for column in listing.columns]))
        after = found["next"]
        if after is None:
            await answer.write_eof()
            return answer


def _arguments(visit: Visit, listing: Listing) -> dict[str, object]:
    order = visit.query("order")
    return {
        "limit": ROWS,
        **{each.name: _asked(visit, each) for each in listing.filters},
        **({"order": order} if order in listing.orders else {}),
        **listing.fixed,
    }


def _asked(visit: Visit, each: Filter) -> object:
    """The value of a filter; one that can only be switched on is true or not given."""
    value = visit.query(each.name) or None
    return True if value is not None and each.choices == SWITCH else value


async def _choices(visit: Visit, each: Filter) -> Sequence[str]:
    if each is CREDITOR:
        found = await visit.ask("creditors.list", limit=CREDITORS_MAX)
        return [str(row["creditor_id"]) for row in found["items"]]
    return each.choices


def _with(here: URL, **query: str) -> str:
    return str(here.update_query(query))


def _cell(row: Row, column: Column) -> str:
    value = row.get(column.value)
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if column.kind == "texts" else str(value)
    if column.kind == "amount":
        return text  # a number of ours: its minus is no formula
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
