"""Kravia's settlements: what each is made of, and a person's word that one is booked."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.rights import Scope
from gateway.web.console.lists import CREDITOR, Column, Listing, list_page
from gateway.web.console.money import TABS
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Document, Route, Visit

LISTING: Final = Listing(
    operation="settlements.list",
    caption=phrase("Settlements"),
    columns=(
        Column(title=phrase("Settlement"), value="settlement_id", kind="id", link="settlement"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("Paid out"), value="paid_on", kind="day"),
        Column(title=phrase("Amount"), value="amount", kind="amount"),
        Column(title=phrase("State"), value="state", kind="word"),
        Column(title=phrase("Voucher"), value="voucher_id"),
        Column(title=phrase("Came in"), value="received_at", kind="instant"),
    ),
    nothing=phrase(
        "Kravia has told of no settlement yet. Each comes here once it is paid out, with what it is"
        " made of."
    ),
    filters=(CREDITOR,),
    orders=(),
    file_name="settlements",
)


async def index(visit: Visit) -> web.StreamResponse:
    """The list, newest first."""
    return await list_page(visit, LISTING, "settlements.html", tabs=TABS)


async def show(visit: Visit) -> web.StreamResponse:
    """One settlement."""
    return await _page(visit)


async def book(visit: Visit) -> web.StreamResponse:
    """A person says that it is booked, and under which voucher."""
    try:
        await visit.ask(
            "settlements.booked",
            **_named(visit),
            voucher=visit.form.get("voucher", "").strip(),
            reason=visit.form.get("reason", "").strip(),
        )
    except OperationError as error:
        if error.kind == "not_found":
            raise
        return await _page(visit, error)
    place = visit.place("settlement", **_parts(visit)) or ""
    return visit.go(place, done="booked")


def _parts(visit: Visit) -> dict[str, str]:
    return {name: visit.part(name) for name in ("creditor_id", "settlement_id")}


def _named(visit: Visit) -> dict[str, str]:
    """A settlement's id is its creditor's only."""
    return {"creditor": visit.part("creditor_id"), "settlement_id": visit.part("settlement_id")}


async def _page(visit: Visit, error: OperationError | None = None) -> web.StreamResponse:
    found = await visit.ask("settlements.show", **_named(visit))
    values: Document = {
        "settlement": found,
        "tabs": TABS,
        "is_done": visit.query("done") == "booked",
        "voucher": visit.form.get("voucher", ""),
        "reason": visit.form.get("reason", ""),
    }
    if error is not None:
        return visit.refused("settlement.html", error, **values)
    return visit.page("settlement.html", **values)


ROUTES: Final = (
    Route("GET", "/settlements", index, name="settlements"),
    Route("GET", "/settlements/{creditor_id}/{settlement_id}", show, name="settlement"),
    Route("POST", "/settlements/{creditor_id}/{settlement_id}", book, scope=Scope.OPERATE),
)
