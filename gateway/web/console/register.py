"""*Register*: an invoice from elsewhere, step by step; nothing is kept before the last.

::

    debtor -> claims -> summary (tried out, undone) -> registered

What was typed travels in the forms, so that nobody else sees it and nothing has to be kept.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.rights import Scope
from gateway.operations.typed_invoices import stated_debtor
from gateway.web.console.lists import CREDITORS_MAX
from gateway.web.console.reader import phrase
from gateway.web.console.register_fields import (
    CLAIMS_MAX,
    DEBTOR,
    GROUPS,
    OF_CLAIM,
    Fault,
    Typed,
    cell,
    claims_typed,
    debtor_faults,
)
from gateway.web.console.visit import STATUS_OF_KIND, Document, Route, Visit

FIGURES: Final = ("principal", "interest", "fees", "total")

STARTABLE: Final = frozenset({"new", "changes"})
"""Outcomes of a trial of which there is something to register."""


async def begin(visit: Visit) -> web.StreamResponse:
    """The first step."""
    return await _page(visit, "debtor")


async def go_on(visit: Visit) -> web.StreamResponse:
    """The step that a button asks for; what is wrong shows the step that it is on."""
    action = visit.form.get("action", "")
    try:
        match action:
            case "claims" | "add":
                return await _claims(visit, one_more=action == "add")
            case "summary":
                return await _summary(visit)
            case "start":
                return await _start(visit)
            case _:
                return await _page(visit, "debtor")
    except OperationError as error:
        return await _page(visit, "claims" if action in {"summary", "start"} else "debtor", error)


async def _claims(visit: Visit, *, one_more: bool) -> web.StreamResponse:
    faults = debtor_faults(visit.form)
    if faults:
        return await _page(visit, "debtor", faults=faults)
    stated = stated_debtor(visit.form)
    found = await visit.ask("registrations.debtor", creditor=_creditor(visit), debtor=stated)
    return await _page(visit, "claims", found=found, count=_count(visit) + one_more)


async def _summary(visit: Visit) -> web.StreamResponse:
    typed, faults = _typed(visit)
    if faults:
        return await _page(visit, "claims", faults=faults)
    plan = await visit.ask("registrations.plan", creditor=_creditor(visit), drafts=_drafts(typed))
    items = [
        {**told, "place": each.place, "faults": _faults(each, told)}
        for each, told in zip(typed, plan["items"], strict=True)
    ]
    return await _page(
        visit,
        "summary",
        items=items,
        totals=_totals(items),
        can_start=any(each["outcome"] in STARTABLE for each in items),
        faults=[fault for item in items for fault in item["faults"]],
    )


async def _start(visit: Visit) -> web.StreamResponse:
    typed, faults = _typed(visit)
    if faults:
        return await _page(visit, "claims", faults=faults)
    done = await visit.ask(
        "registrations.start",
        creditor=_creditor(visit),
        drafts=_drafts(typed),
        reason=visit.form.get("reason", "").strip(),
    )
    items = [
        {**told, "place": each.place, "faults": _faults(each, told)}
        for each, told in zip(typed, done["items"], strict=True)
    ]
    return visit.page("registered.html", items=items)


def _typed(visit: Visit) -> tuple[list[Typed], list[Fault]]:
    typed = claims_typed(visit.form, _count(visit))
    if not typed:
        visit.refuse(phrase("Fill in at least one claim."))
    return typed, [fault for each in typed for fault in each.faults]


def _drafts(typed: list[Typed]) -> list[Document]:
    return [{"data": each.data} for each in typed]


def _faults(typed: Typed, told: Document) -> list[Fault]:
    return [typed.fault(each["field"], each["message"]) for each in told["faults"]]


def _totals(items: list[dict[str, Any]]) -> dict[str, dict[str, Decimal]]:
    """Principal, interest, fees and all of it, by currency, of what would be registered."""
    sums: dict[str, dict[str, Decimal]] = {}
    for item in items:
        if item["decision"] and item["outcome"] in STARTABLE:
            amounts = item["decision"]["amounts"]
            own = sums.setdefault(amounts["currency"], dict.fromkeys(FIGURES, Decimal(0)))
            for name in FIGURES:
                own[name] += Decimal(amounts[name] or 0)
    return sums


def _creditor(visit: Visit) -> str:
    chosen = visit.form.get("creditor", "").strip()
    if not chosen:
        visit.refuse(phrase("Choose whose invoice it is."))
    return chosen


def _count(visit: Visit) -> int:
    told = visit.form.get("claims", "")
    return min(CLAIMS_MAX, max(1, int(told))) if told.isdecimal() and len(told) < 3 else 1  # noqa: PLR2004 - two digits are enough


async def _page(
    visit: Visit,
    step: str,
    error: OperationError | None = None,
    *,
    faults: list[Fault] | None = None,
    count: int | None = None,
    **more: object,
) -> web.StreamResponse:
    creditors = await visit.ask("creditors.list", limit=CREDITORS_MAX)
    count = min(CLAIMS_MAX, count or _count(visit))
    named = {each.name for each in DEBTOR} | {"creditor"}
    of_claims = {cell(each.name, place) for place in range(1, count + 1) for each in OF_CLAIM}
    values: Document = {
        "step": step,
        "creditors": [row["creditor_id"] for row in creditors["items"]],
        "typed": {name: visit.form.get(name, "") for name in (*named, *of_claims)},
        "debtor_fields": DEBTOR,
        "debtor_names": sorted(named),
        "claim_names": sorted(of_claims),
        "groups": GROUPS,
        "cell": cell,
        "count": count,
        "can_add": count < CLAIMS_MAX,
        "faults": faults or [],
        "faulty": {fault.field: fault.message for fault in faults or ()},
        "found": None,
        "items": [],
        "reason": visit.form.get("reason", ""),
        "error": error,
        **more,
    }
    status = STATUS_OF_KIND[error.kind] if error else 200
    if faults and step != "summary":
        status = STATUS_OF_KIND["invalid"]
    return visit.page("register.html", status=status, **values)


ROUTES: Final = (
    Route("GET", "/register", begin, scope=Scope.OPERATE, name="register"),
    Route("POST", "/register", go_on, scope=Scope.OPERATE),
)
