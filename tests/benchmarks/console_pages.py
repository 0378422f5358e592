"""How long each page of the console takes with years of claims behind it, over real HTTP.

Every address that can be looked at is there: each page, each of a list's filters alone and with a
creditor, both orders, a page deep in the list, the first rows of its CSV, searches; as somebody who
sees all creditors, and as somebody who sees just these. The client's own work is in the figures.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from gateway.web.console.lists import CREDITOR, SWITCH, Filter, Listing
from gateway.web.console.pages import ROUTES
from gateway.web.console.visit import Route
from tests.benchmarks import many_lives
from tests.benchmarks.under_test import Row, at_most
from tests.benchmarks.what_waits import FIRST_SEEN_MS, add_waiting
from tests.integration.main_path.conftest import make_world
from tests.integration.main_path.console.conftest import Browser, Desk, serve_desk

PAGE_MS_MAX: Final = 200
TIMES: Final = 3
SLOWEST: Final = 12
CREDITORS: Final = ["acme", "beta"]

Ask = Callable[[Browser], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How long one address took: the medians, and the first time, in ms."""

    page: str
    asked: str
    wall_ms: float
    processor_ms: float
    first_ms: float


async def page_rows(disk: Path, claims: int) -> list[Row]:
    """Fill a database with the lives of ``claims`` claims and time every page over it."""
    taken, built, copied = await measure(disk, claims)
    rows = [("pages: database built in", f"{built:,.0f} s, {sum(copied.rows.values()):,} rows")]
    by_page: dict[str, list[Taken]] = {}
    for each in taken:
        by_page.setdefault(each.page, []).append(each)
    for page, own in by_page.items():
        wall = statistics.median(each.wall_ms for each in own)
        worst = max(own, key=lambda each: each.wall_ms)
        rows.append(
            (
                f"page {page}, {len(own)} addresses: median / slowest / its processor time",
                f"{wall:,.0f} / {worst.wall_ms:,.0f} / {worst.processor_ms:,.0f} ms",
            )
        )
    slowest = sorted(taken, key=lambda each: -each.wall_ms)[:SLOWEST]
    rows += [(f"  {each.asked}", f"{each.wall_ms:,.0f} ms") for each in slowest]
    first = max(taken, key=lambda each: each.first_ms)
    rows.append((f"slowest first look: {first.asked}", f"{first.first_ms:,.0f} ms"))
    most = slowest[0].wall_ms
    rows.append(
        (
            (
                f"slowest page, {claims:,} claims (at most {PAGE_MS_MAX}:"
                f" {at_most(most, PAGE_MS_MAX)})"
            ),
            f"{most:,.0f} ms",
        )
    )
    return rows


async def measure(disk: Path, claims: int) -> tuple[list[Taken], float, many_lives.Copied]:
    """Every address timed; how long the database took to build, in s; what is in it."""
    async with lived(disk, claims) as (desk, built, copied):
        order = await desk.do("replays.start", what="messages", reason="looked at")
        ids = {**copied.ids, "replay_id": str(order["replay_id"])}
        taken = await _look_at_all(desk, replace(copied, ids=ids))
    return taken, built, copied


@asynccontextmanager
async def lived(disk: Path, claims: int) -> AsyncIterator[tuple[Desk, float, many_lives.Copied]]:
    """The console of a gateway after years; how long the database took to build; what is in it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        ledger = {"kind": "webhook", "url": "http://127.0.0.1:2/in", "secret": "env:SECRET"}
        beta = {"kravia_creditor_id": 20111, "webhook_secrets": ["env:SECRET"], "ledger": ledger}
        world = make_world(Path(folder), more_settings={"creditors": {"beta": beta}})
        await world.start()
        await many_lives.live(world)
        await world.stack.aclose()
        began = time.perf_counter()
        copied = many_lives.copy_lives(Path(folder) / "gateway.db", claims)
        add_waiting(Path(folder) / "gateway.db")
        built = time.perf_counter() - began
        await world.start()
        async with serve_desk(world) as desk:
            yield desk, built, copied
        await world.stack.aclose()


async def _look_at_all(desk: Desk, copied: many_lives.Copied) -> list[Taken]:
    taken = []
    for who, creditors in (("all", None), ("own", CREDITORS)):
        browser = await desk.person("operator", creditors)
        for page, asked, ask in _everything(copied):
            taken.append(await _timed(browser, page, f"{who}: {asked}", ask))
    return taken


async def _timed(browser: Browser, page: str, asked: str, ask: Ask) -> Taken:
    walls, processors = [], []
    for _ in range(1 + TIMES):
        began, used = time.perf_counter(), time.process_time()
        await ask(browser)
        walls.append(1000 * (time.perf_counter() - began))
        processors.append(1000 * (time.process_time() - used))
    return Taken(
        page=page,
        asked=asked,
        wall_ms=statistics.median(walls[1:]),
        processor_ms=statistics.median(processors[1:]),
        first_ms=walls[0],
    )


def _everything(copied: many_lives.Copied) -> Iterator[tuple[str, str, Ask]]:
    """Page, what is asked, and how."""
    for route in ROUTES:
        if route.method != "GET":
            continue
        page = route.path or "/"
        for path in _paths(route.path, copied.ids):
            yield page, path, _looking(path)
            for query in _queries(route, copied):
                yield page, f"{path}?{query}", _looking(f"{path}?{query}")
            if _listing(route) is not None:
                yield f"{page}, CSV", f"{path}?format=csv", _saving(f"{path}?format=csv")
    for text in _searched(copied.ids):
        yield "/search, found", f"search {text}", _searching(text)


def _paths(path: str, ids: Mapping[str, str]) -> Iterator[str]:
    """The route's address; of a doubt's page the id of a message in doubt."""
    given = dict(ids)
    if path.startswith("/doubts/"):
        given["message_id"] = ids.get("doubt_id", "{none}")
    for name, value in given.items():
        path = path.replace(f"{{{name}}}", value)
    if "{" not in path:  # there is none of it, such as a replay
        yield path


def _listing(route: Route) -> Listing | None:
    """The list on the page of a module, whose address has no parts."""
    if "{" in route.path or route.path.endswith("/new"):
        return None
    return getattr(sys.modules[route.show.__module__], "LISTING", None)


def _queries(route: Route, copied: many_lives.Copied) -> Iterator[str]:
    """Each filter alone and with a creditor, the other order, and a page deep in the list."""
    listing = _listing(route)
    if listing is None:
        return
    if listing.operation == "cases.outlook":  # counted behind the page: one count is enough
        return
    one_by_one = [""]
    for each in listing.filters:
        one_by_one += [f"{each.name}={value}" for value in _values(each, copied.ids)]
    is_by_creditor = CREDITOR in listing.filters
    deep = f"after={DEEP.get(listing.operation, 500_000)}"
    for query in one_by_one:
        creditors = ("", "creditor=beta") if is_by_creditor and "creditor" not in query else ("",)
        for creditor in creditors:
            for order in ("", *(f"order={each}" for each in listing.orders[1:])):
                for after in ("", deep):
                    told = "&".join(filter(None, (query, creditor, order, after)))
                    if told:
                        yield told


DEEP: Final[Mapping[str, object]] = {
    "payments.list": many_lives.FIRST + 400_000,
    "reconcile.known": f"{FIRST_SEEN_MS + 259_200_000}|acme||",
}
"""Cursors of lists that do not count from one."""


def _values(each: Filter, ids: Mapping[str, str]) -> tuple[str, ...]:
    if each is CREDITOR:
        return tuple(CREDITORS)
    known = {
        "debtor": ids.get("debtor_number", ""),
        "invoice": ids.get("invoice_number", ""),
        "kind": "kravia.register",
    }
    if each.choices == SWITCH or each.choices:
        return tuple(each.choices)
    return tuple(filter(None, (known.get(each.name),)))


def _searched(ids: Mapping[str, str]) -> Iterator[str]:
    """Whole numbers and ids, their beginnings, and what nobody has."""
    for name in ("invoice_number", "debtor_number", "kravia_invoice_id", "claim_id", "case_id"):
        if ids.get(name):
            yield ids[name]
            yield ids[name][:5]
    yield from ("1", "1234567890128", "974 760 673", "clm_", "Nordmann", "nothing like it")


def _looking(path: str) -> Ask:
    async def ask(browser: Browser) -> None:
        answer = await browser.get(path)
        if answer.status not in {200, 403}:  # not all is for who sees some creditors only
            raise RuntimeError(f"{path} is answered with {answer.status}")

    return ask


def _saving(path: str) -> Ask:
    """Until the first row is there, or the end."""

    async def ask(browser: Browser) -> None:
        async with browser.client.get(f"/console{path}") as answer:
            await answer.content.readline()
            await answer.content.readline()
            answer.close()

    return ask


def _searching(text: str) -> Ask:
    async def ask(browser: Browser) -> None:
        token = _TOKENS.get(id(browser)) or await browser.form_token()
        _TOKENS[id(browser)] = token
        form = {"form_token": token, "text": text}
        answer = await browser.ask("POST", "/search", data=form)
        if answer.status not in {200, 303}:
            raise RuntimeError(f"searching for {text} is answered with {answer.status}")

    return ask


_TOKENS: Final[dict[int, str]] = {}
