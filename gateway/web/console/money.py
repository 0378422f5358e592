"""*Money*: what the bank told of the creditor's account, and a person's word on whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.rights import Scope
from gateway.web.console.lists import CREDITOR, Column, Filter, Listing, list_page
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Document, MenuItem, Route, Visit

TABS: Final = (
    MenuItem("payments", phrase("Payments")),
    MenuItem("settlements", phrase("Settlements")),
    MenuItem("tasks", phrase("Tasks")),
)
"""The pages that belong to *Money*."""

LISTING: Final = Listing(
    operation="payments.list",
    caption=phrase("Payments that the bank told of"),
    columns=(
        Column(title=phrase("Day"), value="on", kind="day", link="payment"),
        Column(title=phrase("Amount"), value="amount", kind="amount"),
        Column(title=phrase("State"), value="state", kind="word"),
        Column(title=phrase("Why"), value="reason"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("Told by"), value="source", kind="word"),
        Column(title=phrase("Came in"), value="received_at", kind="instant"),
    ),
    nothing=phrase(
        "The bank has told of no payment yet. Take in its files with: kravia-gateway payments"
        " import FILE"
    ),
    filters=(
        CREDITOR,
        Filter(name="state", title=phrase("State"), choices=("waiting", "matched", "unmatched")),
    ),
    orders=(),
    file_name="payments",
)

DETAILS: Final[Mapping[str, str]] = {
    "kids": phrase("KID"),
    "payer_account": phrase("The payer's account"),
    "text": phrase("Text"),
}
"""Personal data of a payment, shown one at a time; who looked is in the audit."""

DONE: Final[Mapping[str, str]] = {
    "match": phrase("Its invoices are told."),
    "dismiss": phrase("It is no claim's."),
}


async def index(visit: Visit) -> web.StreamResponse:
    """The list, newest first."""
    return await list_page(visit, LISTING, "payments.html", tabs=TABS)


async def show(visit: Visit) -> web.StreamResponse:
    """One line of the bank."""
    return await _page(visit)


async def act(visit: Visit) -> web.StreamResponse:
    """Say whose it is, or that it is no claim's; or look at one thing the bank tells of it."""
    line_id, action = visit.part("line_id"), visit.form.get("action", "")
    reason = visit.form.get("reason", "").strip()
    try:
        if action in DETAILS:
            told = await visit.ask(
                "payments.details", line_id=line_id, reason=f"{action}: {reason}"
            )
            return await _page(visit, revealed={action: told["details"][action]})
        if action not in DONE:
            visit.refuse(phrase("Choose what to do with the payment."))
        more: Document = {}
        if action == "match":
            lines = visit.form.get("invoices", "").splitlines()
            more = {
                "invoices": [line.strip() for line in lines if line.strip()],
                "payment": visit.form.get("payment", "").strip() or None,
            }
        await visit.ask(f"payments.{action}", line_id=line_id, reason=reason, **more)
    except OperationError as error:
        if error.kind == "not_found" and action not in DONE:
            raise
        return await _page(visit, error=error)
    return visit.go(visit.place("payment", line_id=line_id) or "", done=action)


async def _page(
    visit: Visit,
    error: OperationError | None = None,
    revealed: Mapping[str, object] | None = None,
) -> web.StreamResponse:
    found = await visit.ask("payments.show", line_id=visit.part("line_id"))
    values: Document = {
        "line": found,
        "tabs": TABS,
        "details": DETAILS,
        "revealed": revealed or {},
        "done": DONE.get(visit.query("done")),
        "invoices": visit.form.get("invoices", ""),
        "payment": visit.form.get("payment", ""),
        "reason": visit.form.get("reason", ""),
    }
    if error is not None:
        return visit.refused("payment.html", error, **values)
    return visit.page("payment.html", **values)


ROUTES: Final = (
    Route("GET", "/payments", index, name="payments"),
    Route("GET", "/payments/{line_id}", show, name="payment"),
    Route("POST", "/payments/{line_id}", act, scope=Scope.OPERATE),
)
