"""Tasks: what a person must do elsewhere, and the questions only a person can answer."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.receive_money import PAYOUT_OR_DIRECT
from gateway.operations.rights import Scope
from gateway.web.console.lists import CREDITOR, SWITCH, Column, Filter, Listing, list_page
from gateway.web.console.money import TABS
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Document, Route, Visit

LISTING: Final = Listing(
    operation="tasks.list",
    caption=phrase("Tasks"),
    columns=(
        Column(title=phrase("Task"), value="text", link="task"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("Invoice"), value="invoice_number"),
        Column(title=phrase("Since"), value="created_at", kind="instant"),
        Column(title=phrase("Done"), value="done_at", kind="instant"),
        Column(title=phrase("By"), value="done_by"),
    ),
    nothing=phrase(
        "There is nothing to do. What must be done at Kravia or in the ledger by hand, and whose"
        " money a payment was, is asked here."
    ),
    filters=(CREDITOR, Filter(name="all", title=phrase("Done too"), choices=SWITCH)),
    orders=(),
    file_name="tasks",
)


async def index(visit: Visit) -> web.StreamResponse:
    """The list, oldest first."""
    return await list_page(visit, LISTING, "tasks.html", tabs=TABS)


async def show(visit: Visit) -> web.StreamResponse:
    """One task."""
    return await _page(visit)


async def finish(visit: Visit) -> web.StreamResponse:
    """It is done; some are questions, and are answered."""
    task_id = visit.part("task_id")
    try:
        await visit.ask(
            "tasks.done",
            task_id=task_id,
            note=visit.form.get("note", "").strip(),
            answer=visit.form.get("answer") or None,
        )
    except OperationError as error:
        return await _page(visit, error)
    return visit.go(visit.place("task", task_id=task_id) or "", done="yes")


async def _page(visit: Visit, error: OperationError | None = None) -> web.StreamResponse:
    found = await visit.ask("tasks.show", task_id=visit.part("task_id"))
    values: Document = {
        "task": found,
        "tabs": TABS,
        "is_question": found["kind"] == PAYOUT_OR_DIRECT,
        "is_done": visit.query("done") == "yes",
        "note": visit.form.get("note", ""),
        "answer": visit.form.get("answer", ""),
    }
    if error is not None:
        return visit.refused("task.html", error, **values)
    return visit.page("task.html", **values)


ROUTES: Final = (
    Route("GET", "/tasks", index, name="tasks"),
    Route("GET", "/tasks/{task_id}", show, name="task"),
    Route("POST", "/tasks/{task_id}", finish, scope=Scope.OPERATE),
)
