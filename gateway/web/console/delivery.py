"""*Delivery*: what waits to be sent, is tried again, or is parked; and one message."""

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
    MenuItem("delivery", phrase("Messages")),
    MenuItem("doubts", phrase("In doubt")),
    MenuItem("replays", phrase("Replays")),
    MenuItem("new_replay", phrase("New replay")),
)
"""The pages that belong to *Delivery*."""

LISTING: Final = Listing(
    operation="outbox.list",
    caption=phrase("Messages"),
    columns=(
        Column(title=phrase("Message"), value="kind", kind="id", link="message"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("State"), value="standing", kind="word"),
        Column(title=phrase("Attempts"), value="attempts", kind="number"),
        Column(title=phrase("Due, or tried next"), value="due_at", kind="instant"),
        Column(title=phrase("Last error"), value="last_error"),
    ),
    nothing=phrase(
        "No message has been queued yet. The first is when a claim may go to Kravia, or when there"
        " is something to tell the invoicing system."
    ),
    filters=(
        CREDITOR,
        Filter(
            name="state",
            title=phrase("State"),
            choices=(
                "pending",
                "retrying",
                "leased",
                "in_doubt",
                "parked",
                "delivered",
                "cancelled",
            ),
        ),
        Filter(name="kind", title=phrase("Kind")),
    ),
    file_name="messages",
)

CHANGEABLE: Final = frozenset({"parked", "pending"})
"""States in which a person may have a message sent again or cancelled."""

ACTIONS: Final = ("resend", "cancel")
"""The operations ``outbox.NAME``."""

DONE: Final[Mapping[str, str]] = {
    "resend": phrase("It is sent again."),
    "cancel": phrase("It is cancelled."),
    "adopt": phrase("The doubt is over: it is there."),
}
"""What is said once something is done with a message, here or as a doubt."""


async def index(visit: Visit) -> web.StreamResponse:
    """All messages, and how many need a person."""
    found = await visit.ask("today")
    return await list_page(visit, LISTING, "delivery.html", tabs=TABS, waits=found["waits"])


async def show(visit: Visit) -> web.StreamResponse:
    """One message."""
    return await _page(visit, visit.part("message_id"))


async def act(visit: Visit) -> web.StreamResponse:
    """Send it again, or cancel it; what is refused keeps the reason."""
    message_id, action = visit.part("message_id"), visit.form.get("action", "")
    reason = visit.form.get("reason", "").strip()
    try:
        if action not in ACTIONS:
            visit.refuse(phrase("Choose what to do with the message."))
        await visit.ask(f"outbox.{action}", message_id=message_id, reason=reason)
    except OperationError as error:
        if error.kind == "not_found":
            raise
        return await _page(visit, message_id, error, reason)
    return visit.go(visit.place("message", message_id=message_id) or "", done=action)


async def _page(
    visit: Visit, message_id: str, error: OperationError | None = None, reason: str = ""
) -> web.StreamResponse:
    found = await visit.ask("outbox.show", message_id=message_id)
    values: Document = {
        "message": found,
        "tabs": TABS,
        "is_doubt": is_doubt(found),
        "changeable": found["state"] in CHANGEABLE and not is_doubt(found),
        "done": DONE.get(visit.query("done")),
        "reason": reason,
    }
    if error is not None:
        return visit.refused("message.html", error, **values)
    return visit.page("message.html", **values)


def is_doubt(message: Mapping[str, object]) -> bool:
    """Whether it may have been applied, so that a person looks before anything else."""
    return message["standing"] in {"in_doubt", "quarantined"}


ROUTES: Final = (
    Route("GET", "/delivery", index, name="delivery"),
    Route("GET", "/messages/{message_id}", show, name="message"),
    Route("POST", "/messages/{message_id}", act, scope=Scope.OPERATE),
)
