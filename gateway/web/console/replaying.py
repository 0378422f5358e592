"""Replays: a set of events or messages run again, after a dry run; how far each is, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.replay_order import EVENT_STATES, MESSAGE_STATES
from gateway.operations.replay_set import LeftOut
from gateway.operations.rights import Scope
from gateway.web.console.delivery import TABS
from gateway.web.console.lists import CREDITORS_MAX, Column, Listing, list_page
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Document, Route, Visit

LISTING: Final = Listing(
    operation="replays.list",
    caption=phrase("Replays"),
    columns=(
        Column(title=phrase("Replay"), value="replay_id", kind="id", link="replay"),
        Column(title=phrase("Of"), value="what", kind="word"),
        Column(title=phrase("State"), value="state", kind="word"),
        Column(title=phrase("In the set"), value="items", kind="number"),
        Column(title=phrase("Done so far"), value="done", kind="number"),
        Column(title=phrase("By"), value="actor"),
        Column(title=phrase("Begun"), value="started_at", kind="instant"),
    ),
    nothing=phrase(
        "Nothing was replayed yet. With a new replay, events or messages that failed for one cause "
        "are run again together once the cause is gone."
    ),
    orders=(),
    file_name="replays",
)

FIELDS: Final = ("what", "creditor", "state", "type", "error", "since", "until", "rate")
"""What a person may say of the set; empty is not said."""

STATES: Final = tuple(dict.fromkeys((*MESSAGE_STATES, *EVENT_STATES)))

LEFT_OUT: Final[Mapping[str, str]] = {
    LeftOut.ON_ITS_WAY: phrase("not handled or not tried yet: it goes by itself"),
    LeftOut.UNKNOWN: phrase("its outcome is unknown: see In doubt"),
    LeftOut.AT_KRAVIA: phrase("Kravia has it"),
    LeftOut.DECIDED_AGAIN: phrase("its claim was decided again when it was cancelled"),
    LeftOut.NOT_A_WEBHOOK: phrase("its receiver takes no webhooks, so twice could be booked twice"),
    LeftOut.NO_CREDITOR: phrase("its creditor is not in the settings"),
}


async def index(visit: Visit) -> web.StreamResponse:
    """The list."""
    return await list_page(visit, LISTING, "replays.html", tabs=TABS)


async def new(visit: Visit) -> web.StreamResponse:
    """The form of a new one."""
    return await _form(visit)


async def order(visit: Visit) -> web.StreamResponse:
    """Count what would be run again; once that was seen, begin."""
    wanted = {name: visit.form.get(name, "").strip() or None for name in FIELDS}
    action, reason = visit.form.get("action", ""), visit.form.get("reason", "").strip()
    try:
        if action == "start":
            found = await visit.ask("replays.start", **wanted, reason=reason)
        else:
            plan = await visit.ask("replays.plan", **wanted)
            return await _form(visit, plan=plan)
    except OperationError as error:
        return await _form(visit, error=error)
    if visit.signed.caller.creditors is not None:  # progress is for those who see every creditor
        return visit.go(visit.place("new_replay") or "", started=found["replay_id"])
    return visit.go(visit.place("replay", replay_id=found["replay_id"]) or "")


async def show(visit: Visit) -> web.StreamResponse:
    """How far one is."""
    return await _page(visit)


async def end(visit: Visit) -> web.StreamResponse:
    """End one before it is done."""
    replay_id, reason = visit.part("replay_id"), visit.form.get("reason", "").strip()
    try:
        if visit.form.get("action") != "cancel":
            visit.refuse(phrase("Choose what to do with the replay."))
        await visit.ask("replays.cancel", replay_id=replay_id, reason=reason)
    except OperationError as error:
        if error.kind in {"not_found", "forbidden"}:
            raise
        return await _page(visit, error)
    return visit.go(visit.place("replay", replay_id=replay_id) or "")


async def _form(
    visit: Visit, error: OperationError | None = None, plan: Document | None = None
) -> web.StreamResponse:
    creditors = await visit.ask("creditors.list", limit=CREDITORS_MAX)
    values: Document = {
        "typed": {name: visit.form.get(name, "") for name in FIELDS},
        "reason": visit.form.get("reason", ""),
        "creditors": [row["creditor_id"] for row in creditors["items"]],
        "states": STATES,
        "left_out": LEFT_OUT,
        "plan": plan,
        "tabs": TABS,
        "started": visit.query("started"),
    }
    if error is not None:
        return visit.refused("new_replay.html", error, **values)
    return visit.page("new_replay.html", **values)


async def _page(visit: Visit, error: OperationError | None = None) -> web.StreamResponse:
    found = await visit.ask("replays.show", replay_id=visit.part("replay_id"))
    values: Document = {
        "replay": found,
        "tabs": TABS,
        "is_over": found["ended_at"] is not None,
        "reason": visit.form.get("reason", ""),
    }
    if error is not None:
        return visit.refused("replay.html", error, **values)
    return visit.page("replay.html", **values)


ROUTES: Final = (
    Route("GET", "/replays", index, name="replays"),
    Route("GET", "/replays/new", new, name="new_replay"),
    Route("POST", "/replays/new", order, scope=Scope.OPERATE),
    Route("GET", "/replays/{replay_id}", show, name="replay"),
    Route("POST", "/replays/{replay_id}", end, scope=Scope.OPERATE),
)
