"""*Reconciliation*: where ledger, gateway and Kravia differ, as the last comparison saw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from gateway.domain.reconciliation.difference import Kind, Sign
from gateway.operations.errors import OperationError
from gateway.operations.rights import Scope
from gateway.web.console.lists import CREDITOR, Column, Filter, Listing, as_csv, shown
from gateway.web.console.reader import phrase
from gateway.web.console.visit import STATUS_OF_KIND, Document, Route, Visit

LISTING: Final = Listing(
    operation="reconcile.known",
    caption=phrase("Differences"),
    columns=(
        Column(title=phrase("Since"), value="first_seen", kind="instant"),
        Column(title=phrase("Kind"), value="kind", kind="word"),
        Column(title=phrase("Likely cause"), value="cause", kind="said"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("Of what"), value="about", kind="id", link="claim"),
        Column(title=phrase("Ledger"), value="ledger"),
        Column(title=phrase("Gateway"), value="gateway"),
        Column(title=phrase("Kravia"), value="kravia"),
        Column(title=phrase("What mends it"), value="command", kind="command"),
        Column(title=phrase("Sign"), value="sign", kind="id"),
    ),
    nothing=phrase(
        "No difference is known. Those that a comparison finds are shown here, each with what"
        " mends it; above stands when the last one was."
    ),
    filters=(
        CREDITOR,
        Filter(name="kind", title=phrase("Kind"), choices=tuple(Kind)),
        Filter(name="sign", title=phrase("Sign"), choices=tuple(sorted(Sign))),
    ),
    file_name="differences",
)

RUNS_SHOWN_MAX: Final = 12
"""Creditors whose comparisons stand open above the list; more are folded away."""

DONE: Final[Mapping[str, str]] = {
    "begun": phrase("It is being compared; what is found is shown here as it comes."),
    "under_way": phrase("It was being compared already, and goes on."),
    "list_not_read": phrase(
        "Kravia's list of cases is not read whole yet, so there is nothing to compare with. It is"
        " read by itself; try again later."
    ),
}
"""What is said once somebody has ordered a comparison, by what became of it."""


async def show(visit: Visit) -> web.StreamResponse:
    """When each creditor was compared, what differs by sign and age, and each difference."""
    if visit.query("format") == "csv":
        return await as_csv(visit, LISTING)
    return await _page(visit)


async def compare(visit: Visit) -> web.StreamResponse:
    """Have one creditor compared, or all; nobody waits for it."""
    creditor = visit.form.get("creditor", "").strip()
    try:
        told = await visit.ask("reconcile.start", creditor=creditor or None)
    except OperationError as error:
        return await _page(visit, error)
    done = next((name for name in DONE if told[name]), None)
    return visit.go(visit.place("reconciliation") or "", creditor=creditor or None, done=done)


async def _page(visit: Visit, error: OperationError | None = None) -> web.StreamResponse:
    rows = await shown(visit, LISTING)
    overview: Document | None = None
    if rows.error is None:
        overview = await visit.ask("reconcile.overview", creditor=rows.chosen["creditor"] or None)
    values: Document = {
        "rows": rows,
        "overview": overview,
        "states": Counter(each["state"] for each in _runs(overview)),
        "begun": [each for each in _runs(overview) if each["began_at"]],
        "is_long": len(_runs(overview)) > RUNS_SHOWN_MAX,
        "sees_all": visit.signed.caller.creditors is None,
        "done": DONE.get(visit.query("done")),
    }
    if error is not None:
        return visit.refused("reconciliation.html", error, **values)
    status = STATUS_OF_KIND[rows.error.kind] if rows.error else 200
    return visit.page("reconciliation.html", status=status, **values)


def _runs(overview: Document | None) -> list[dict[str, Any]]:
    return [] if overview is None else overview["runs"]


ROUTES: Final = (
    Route("GET", "/reconciliation", show, name="reconciliation"),
    Route("POST", "/reconciliation", compare, scope=Scope.OPERATE),
)
