"""One claim: why it stands as it does, the debtor's other claims, and what a person may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.rights import Scope
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Document, Route, Visit

OTHERS_MAX: Final = 100
"""Other claims of one debtor that are shown; who has more is looked up in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a person may do with a claim: the operation ``claims.NAME``, and what to call it."""

    name: str
    title: str
    says: str
    done: str
    is_grave: bool = False


ACTIONS: Final[Mapping[str, Action]] = {
    each.name: each
    for each in (
        Action(
            name="approve",
            title=phrase("Approve"),
            says=phrase("Let it go to Kravia, as far as the law allows it today."),
            done=phrase("Approved"),
        ),
        Action(
            name="hold",
            title=phrase("Hold"),
            says=phrase("Keep it here until a person releases it."),
            done=phrase("Put on hold"),
        ),
        Action(
            name="release",
            title=phrase("Release"),
            says=phrase("End a person's hold; the rules decide again."),
            done=phrase("Released"),
        ),
        Action(
            name="withdraw",
            title=phrase("Reject"),
            says=phrase("No collection of this claim: it is closed, or withdrawn at Kravia."),
            done=phrase("Rejected"),
            is_grave=True,
        ),
        Action(
            name="note",
            title=phrase("Note"),
            says=phrase("Write down what you know, no personal data; nothing else changes."),
            done=phrase("Noted"),
        ),
    )
}

FIELDS: Final[Mapping[str, str]] = {
    "name": phrase("Name"),
    "address": phrase("Address"),
    "email": phrase("E-mail"),
    "phone": phrase("Phone"),
    "birth_date": phrase("Date of birth"),
    "organization_number": phrase("Organisation number"),
    "kid": phrase("KID"),
}
"""The debtor's personal data, masked until somebody who may looks at one of them."""

_DECIDABLE: Final = frozenset({"received", "held", "review", "rejected", "ready", "sending"})
"""States in which a hold or an approval may mean something; the operation has the last word."""


def actions_for(found: Mapping[str, object]) -> list[Action]:
    """What is offered for a claim as it stands."""
    names = ["note"]
    if found["state"] != "closed":
        names.insert(0, "withdraw")
    if found.get("held_by_person"):
        names.insert(0, "release")
    elif found["state"] in _DECIDABLE:
        names.insert(0, "hold")
        if found["state"] in {"review", "held"}:
            names.insert(0, "approve")
    return [ACTIONS[name] for name in names]


async def show(visit: Visit) -> web.StreamResponse:
    """The page."""
    return await _page(visit, visit.part("claim_id"))


async def act(visit: Visit) -> web.StreamResponse:
    """Do one thing with the claim; what is refused keeps the reason that was typed."""
    claim_id, action = visit.part("claim_id"), visit.form.get("action", "")
    reason = visit.form.get("reason", "").strip()
    if action not in ACTIONS:
        raise OperationError(
            visit.reader.say(phrase("Choose what to do with the claim.")), kind="invalid"
        )
    try:
        await visit.ask(f"claims.{action}", claim_id=claim_id, reason=reason)
    except OperationError as error:
        if error.kind == "not_found":
            raise
        return await _page(visit, claim_id, error=error, reason=reason)
    return visit.go(visit.place("claim", claim_id=claim_id) or "", done=action)


async def reveal(visit: Visit) -> web.StreamResponse:
    """Look at one field of the debtor's personal data; a reload shows it masked again."""
    claim_id = visit.part("claim_id")
    try:
        revealed = await revealed_field(visit, claim_id)
    except OperationError as error:
        if error.kind == "not_found":
            raise
        return await _page(visit, claim_id, error=error)
    return await _page(visit, claim_id, revealed=revealed)


async def revealed_field(visit: Visit, claim_id: str) -> Mapping[str, object]:
    """The field that the form asks for, by its name."""
    told = await visit.ask(
        "claims.reveal",
        claim_id=claim_id,
        field=visit.form.get("field", ""),
        reason=visit.form.get("why", "").strip(),
    )
    return {told["field"]: told["value"]}


async def _page(
    visit: Visit,
    claim_id: str,
    error: OperationError | None = None,
    reason: str = "",
    revealed: Mapping[str, object] | None = None,
) -> web.StreamResponse:
    found = await visit.ask("claims.show", claim_id=claim_id)
    others = await visit.ask(
        "claims.list",
        creditor=found["creditor_id"],
        debtor=found["debtor_number"],
        limit=OTHERS_MAX,
    )
    values: Document = {
        "claim": found,
        "others": [row for row in others["items"] if row["claim_id"] != found["claim_id"]],
        "actions": actions_for(found),
        "done": ACTIONS.get(visit.query("done")),
        "reason": reason,
        "fields": FIELDS,
        "revealed": revealed or {},
    }
    if error is not None:
        return visit.refused("claim.html", error, **values)
    return visit.page("claim.html", **values)


ROUTES: Final = (
    Route("GET", "/claims/{claim_id}", show, name="claim"),
    Route("POST", "/claims/{claim_id}", act, scope=Scope.OPERATE),
    Route("POST", "/claims/{claim_id}/debtor", reveal, scope=Scope.OPERATE, name="claim_debtor"),
)
