"""*Case*: all that a creditor has on one debtor, in one timeline; and the list of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.rights import Scope
from gateway.web.console.claim import ACTIONS, FIELDS, Action, actions_for, revealed_field
from gateway.web.console.lists import CREDITOR, Column, Listing, list_page
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Document, Route, Visit

LISTING: Final = Listing(
    operation="cases.list",
    caption=phrase("Cases"),
    columns=(
        Column(title=phrase("Debtor"), value="debtor_number", kind="id", link="case"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("Claims"), value="claims", kind="number"),
        Column(title=phrase("Outstanding"), value="outstanding", kind="amount"),
        Column(title=phrase("Last change"), value="updated_at", kind="instant"),
    ),
    nothing=phrase(
        "There are no cases yet. One begins when the invoicing system tells of an overdue invoice."
    ),
    filters=(CREDITOR,),
    orders=(),
    file_name="cases",
)

ACTS: Final = ("withdraw", "hold", "note")
"""What can be done from the timeline; the rest is on the claim's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Claims of a case with which the same can be done."""

    claims: Sequence[Mapping[str, object]]
    actions: Sequence[Action]


def choices_of(claims: Sequence[Mapping[str, object]]) -> list[Choice]:
    """What is offered for a case; most can be done first, and a closed claim takes a note alone."""
    alike: dict[tuple[str, ...], list[Mapping[str, object]]] = {}
    for each in claims:
        possible = {action.name for action in actions_for(each)}
        alike.setdefault(tuple(name for name in ACTS if name in possible), []).append(each)
    return [
        Choice(claims=many, actions=[ACTIONS[name] for name in names])
        for names, many in sorted(alike.items(), key=lambda found: -len(found[0]))
    ]


async def index(visit: Visit) -> web.StreamResponse:
    """The list of cases."""
    return await list_page(visit, LISTING, "cases.html")


async def show(visit: Visit) -> web.StreamResponse:
    """One case's timeline."""
    return await _page(visit, visit.part("case_id"))


async def act(visit: Visit) -> web.StreamResponse:
    """Do one thing with one claim of the case."""
    case_id, action = visit.part("case_id"), visit.form.get("action", "")
    claim_id, reason = visit.form.get("claim_id", ""), visit.form.get("reason", "").strip()
    found = await visit.ask("cases.show", case_id=case_id)
    if action not in ACTS or claim_id not in {each["claim_id"] for each in found["claims"]}:
        raise OperationError(
            visit.reader.say(phrase("Choose a claim of this case, and what to do with it.")),
            kind="invalid",
        )
    try:
        await visit.ask(f"claims.{action}", claim_id=claim_id, reason=reason)
    except OperationError as error:
        return await _page(visit, case_id, error=error, reason=reason, chosen=claim_id)
    return visit.go(visit.place("case", case_id=case_id) or "", done=action)


async def reveal(visit: Visit) -> web.StreamResponse:
    """Look at one field of the debtor's personal data, as the newest claim has it."""
    case_id = visit.part("case_id")
    found = await visit.ask("cases.show", case_id=case_id)
    try:
        revealed = await revealed_field(visit, found["claims"][-1]["claim_id"])
    except OperationError as error:
        return await _page(visit, case_id, error=error)
    return await _page(visit, case_id, revealed=revealed)


async def _page(
    visit: Visit,
    case_id: str,
    error: OperationError | None = None,
    reason: str = "",
    chosen: str = "",
    revealed: Mapping[str, object] | None = None,
) -> web.StreamResponse:
    found = await visit.ask("cases.timeline", case_id=case_id)
    values: Document = {
        "case": found,
        "choices": choices_of(found["claims"]),
        "done": ACTIONS.get(visit.query("done")),
        "reason": reason,
        "chosen": chosen,
        "fields": FIELDS,
        "revealed": revealed or {},
    }
    if error is not None:
        return visit.refused("case.html", error, **values)
    return visit.page("case.html", **values)


ROUTES: Final = (
    Route("GET", "/cases", index, name="cases"),
    Route("GET", "/cases/{case_id}", show, name="case"),
    Route("POST", "/cases/{case_id}", act, scope=Scope.OPERATE),
    Route("POST", "/cases/{case_id}/debtor", reveal, scope=Scope.OPERATE, name="case_debtor"),
)
