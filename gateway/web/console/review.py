"""*Review*: claims that wait for a person, and what is done with one or many of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.rights import Scope
from gateway.web.console.claim import ACTIONS
from gateway.web.console.lists import CREDITOR, Column, Filter, Listing, list_page
from gateway.web.console.reader import phrase
from gateway.web.console.visit import STATUS_OF_KIND, Route, Visit

LISTING: Final = Listing(
    operation="claims.reviews",
    caption=phrase("Claims that wait for a person"),
    columns=(
        Column(title=phrase("Invoice"), value="invoice_number", kind="id", link="claim"),
        Column(title=phrase("Debtor"), value="debtor_number"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("Outstanding"), value="outstanding", kind="amount"),
        Column(title=phrase("Why"), value="why", kind="texts"),
        Column(title=phrase("Since"), value="updated_at", kind="instant"),
    ),
    nothing=phrase(
        "Nothing waits for you here. Claims come here when a rule asks for a person's eye."
    ),
    filters=(
        CREDITOR,
        Filter(name="state", title=phrase("State"), choices=("review", "held")),
        Filter(name="debtor", title=phrase("Debtor number")),
        Filter(name="invoice", title=phrase("Invoice number")),
    ),
    file_name="review",
)

TOGETHER: Final = ("approve", "hold", "withdraw")
"""What can be done with many claims at once."""

CLAIMS_MAX: Final = 200
"""Four pages of a list: more is work for the command line, which reports as it goes."""


async def show(visit: Visit) -> web.StreamResponse:
    """The list."""
    return await _list(visit)


async def decide(visit: Visit) -> web.StreamResponse:
    """Show what the chosen claims are and ask; once that is confirmed, do it one by one."""
    action, reason = visit.form.get("action", ""), visit.form.get("reason", "").strip()
    chosen = list(dict.fromkeys(visit.form.getall("claim_id", [])))[:CLAIMS_MAX]
    if action not in TOGETHER or not chosen:
        error = OperationError(
            visit.reader.say(phrase("Choose at least one claim, and what to do with it.")),
            kind="invalid",
        )
        return await _list(visit, error=error, reason=reason, chosen=chosen)
    if visit.form.get("confirmed") != "yes":
        claims = [await visit.ask("claims.show", claim_id=each) for each in chosen]
        return visit.page(
            "review_confirm.html",
            claims=claims,
            action=ACTIONS[action],
            reason=reason,
            totals=_totals(claims),
        )
    done, refused = await _each(visit, action, chosen, reason)
    return visit.page(
        "review_done.html",
        action=ACTIONS[action],
        done=done,
        refused=refused,
        status=200 if not refused else 409,
        reason=reason,
    )


async def _list(
    visit: Visit,
    error: OperationError | None = None,
    reason: str = "",
    chosen: list[str] | None = None,
) -> web.StreamResponse:
    return await list_page(
        visit,
        LISTING,
        "review.html",
        status=200 if error is None else STATUS_OF_KIND[error.kind],
        actions=[ACTIONS[each] for each in TOGETHER],
        error=error,
        reason=reason,
        chosen=chosen or [],
    )


async def _each(
    visit: Visit, action: str, chosen: list[str], reason: str
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Do it with each; gives those done, and those refused with why."""
    done: list[dict[str, Any]] = []
    refused: list[tuple[str, str]] = []
    for claim_id in chosen:
        try:
            done.append(await visit.ask(f"claims.{action}", claim_id=claim_id, reason=reason))
        except OperationError as error:
            refused.append((claim_id, error.message))
    return done, refused


def _totals(claims: list[dict[str, Any]]) -> dict[str, str]:
    """Open principal of the claims, by currency."""
    totals: dict[str, Decimal] = {}
    for each in claims:
        currency = str(each["currency"])
        totals[currency] = totals.get(currency, Decimal(0)) + Decimal(str(each["outstanding"]))
    return {currency: str(total) for currency, total in sorted(totals.items())}


ROUTES: Final = (
    Route("GET", "/review", show, name="review"),
    Route("POST", "/review", decide, scope=Scope.OPERATE),
)
