"""Messages in doubt: what was sent beside what the receiver shows, and a person's word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.rights import Scope
from gateway.web.console.delivery import TABS, is_doubt
from gateway.web.console.lists import CREDITOR, Column, Listing, list_page
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Document, Route, Visit

LISTING: Final = Listing(
    operation="doubts.list",
    caption=phrase("Messages whose outcome is unknown"),
    columns=(
        Column(title=phrase("Message"), value="kind", kind="id", link="doubt"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("State"), value="standing", kind="word"),
        Column(title=phrase("Sent"), value="sent_at", kind="instant"),
        Column(title=phrase("May be"), value="candidates", kind="texts"),
        Column(title=phrase("Last error"), value="last_error"),
    ),
    nothing=phrase(
        "Nothing is in doubt. What may have been sent, and nobody knows, is shown here with what "
        "the receiver shows beside it."
    ),
    filters=(CREDITOR,),
    orders=(),
    file_name="doubts",
)

FIELDS: Final[Mapping[str, str]] = {
    "accounting_invoice_id": phrase("The invoice's id in the ledger"),
    "invoice_number": phrase("Invoice number"),
    "invoice_date": phrase("Invoice date"),
    "amount": phrase("Amount"),
    "debtor_number": phrase("Debtor number"),
    "kravia_invoice_id": phrase("Case at Kravia"),
    "receipt_id": phrase("The payment's id in the ledger"),
    "date": phrase("Date"),
    "invoice_id": phrase("The invoice's id in the ledger"),
    "settlement_id": phrase("Settlement"),
    "voucher_id": phrase("Voucher"),
}
"""What the compared fields are called; one that is not here is shown raw."""


async def index(visit: Visit) -> web.StreamResponse:
    """The list, oldest first."""
    return await list_page(visit, LISTING, "doubts.html", tabs=TABS)


async def show(visit: Visit) -> web.StreamResponse:
    """One doubt, as the mirror has it."""
    return await _page(visit)


async def act(visit: Visit) -> web.StreamResponse:
    """Ask Kravia for details, say which case it is, or have it sent again."""
    action, message_id = visit.form.get("action", ""), visit.part("message_id")
    reason = visit.form.get("reason", "").strip()
    chosen = visit.form.get("other_id", "").strip() or visit.form.get("kravia_invoice_id", "")
    if action == "ask":
        return await _page(visit, found=await visit.ask("doubts.ask", message_id=message_id))
    try:
        match action:
            case "adopt":
                await visit.ask(
                    "doubts.adopt",
                    message_id=message_id,
                    kravia_invoice_id=_chosen(visit, chosen),
                    reason=reason,
                )
            case "resend":
                await visit.ask("doubts.resend", message_id=message_id, reason=reason)
            case _:
                visit.refuse(phrase("Choose what to do with the message."))
    except OperationError as error:
        if error.kind == "not_found":
            raise
        return await _page(visit, error=error)
    return visit.go(visit.place("message", message_id=message_id) or "", done=action)


def _chosen(visit: Visit, chosen: str) -> str:
    if not chosen:
        visit.refuse(phrase("Choose which of them it is, or type its id."))
    return chosen


async def _page(
    visit: Visit, error: OperationError | None = None, found: Document | None = None
) -> web.StreamResponse:
    found = found or await visit.ask("doubts.show", message_id=visit.part("message_id"))
    values: Document = {
        "doubt": found,
        "tabs": TABS,
        "fields": FIELDS,
        "candidates": [(_id_of(each), each) for each in found["candidates"]],
        "is_open": is_doubt(found),
        "reason": visit.form.get("reason", ""),
        "chosen": visit.form.get("kravia_invoice_id", ""),
        "other_id": visit.form.get("other_id", ""),
    }
    if error is not None:
        return visit.refused("doubt.html", error, **values)
    return visit.page("doubt.html", **values)


def _id_of(candidate: Mapping[str, Any]) -> str:
    """What a candidate is adopted by: a payment's own id, else its case's."""
    for name in ("kravia_payment_id", "payment_id", "kravia_invoice_id"):
        if candidate.get(name):
            return str(candidate[name])
    return ""


ROUTES: Final = (
    Route("GET", "/doubts", index, name="doubts"),
    Route("GET", "/doubts/{message_id}", show, name="doubt"),
    Route("POST", "/doubts/{message_id}", act, scope=Scope.OPERATE),
)
