"""Invoices from outside the invoicing system: tried out first, then recorded as webhooks are.

::

    draft -> debtor found or new -> event body -> same inbox, same intake, same decision
      plan:   all of it in one transaction that is undone: what would become of each
      start:  only the recording is kept; intake does the rest, as with any event

The webhook id is a hash of creditor and draft, so that a file may be registered twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import orjson
import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.kid import is_plausible_kid
from gateway.domain.national_number import is_national_number
from gateway.domain.organization_number import organization_number_in
from gateway.operations.arguments import Arguments, creditor_of, reason_of
from gateway.operations.discretion import body_to_keep
from gateway.operations.errors import OperationError
from gateway.operations.explain import explain
from gateway.operations.gateway import Gateway
from gateway.operations.intake import take_in
from gateway.operations.known_debtors import fill_tokens, find_debtor
from gateway.operations.paging import Document
from gateway.schema.webhooks import InvalidEvent, NotJsonError, parse_event
from gateway.storage import claims, events
from gateway.storage.desk import record_action
from gateway.storage.inbox import NewEvent, record_in
from mappers.invoice_to_webhook import invoice_to_webhook

DRAFTS_MAX: Final = 200
"""Tried out in one transaction: a second at most, in which nobody else writes."""

ID_PREFIX: Final = "register-"
"""How the webhook ids of registered invoices begin."""

_HASH_LENGTH: Final = 40
_POSTAL_CODE_DIGITS: Final = 4
_NORWEGIAN: Final = frozenset({None, "", "NO"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A draft made ready: what is told of it, and its event unless there is nothing to record."""

    told: Document
    event: NewEvent | None = None


class _TriedOutError(Exception):
    """Undoes the transaction that something was tried out in, and carries what came of it."""

    def __init__(self, items: list[Document]) -> None:
        super().__init__("tried out")
        self.items = items


async def plan(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Say what would become of each draft, decision and amounts included; changes nothing."""
    creditor_id, drafts = creditor_of(gateway, arguments), _drafts(arguments)
    await fill_tokens(gateway, creditor_id)
    now = gateway.clock()
    try:
        await gateway.database.write(partial(_try_out, gateway, creditor_id, drafts, now))
    except _TriedOutError as tried:
        return {"items": tried.items}
    raise RuntimeError("what was tried out was not undone")


async def start(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Record each draft that has no fault, once; intake decides them as any other event."""
    creditor_id, drafts = creditor_of(gateway, arguments), _drafts(arguments)
    await fill_tokens(gateway, creditor_id)
    now = gateway.clock()

    def record(connection: sa.Connection) -> list[Document]:
        return [
            _record(connection, gateway, creditor_id, draft, now, (actor, reason_of(arguments)))
            for draft in drafts
        ]

    items = await gateway.database.write(record)
    gateway.wake.intake.set()
    return {"items": items}


def _try_out(
    gateway: Gateway,
    creditor_id: str,
    drafts: Sequence[Document],
    now: datetime,
    connection: sa.Connection,
) -> None:
    items = []
    for draft in drafts:
        ready = prepare(connection, gateway, creditor_id, draft, now)
        items.append(ready.told if ready.event is None else _taken(connection, gateway, ready, now))
    raise _TriedOutError([_decided(connection, gateway, creditor_id, told) for told in items])


def _taken(connection: sa.Connection, gateway: Gateway, ready: Prepared, now: datetime) -> Document:
    """Record the event and let intake act on it."""
    if ready.event is None:
        return ready.told
    recorded = record_in(connection, gateway.seal, ready.event)
    stored = events.get(connection, recorded.event_id)
    if stored is None:
        raise LookupError(recorded.event_id)
    outcome = take_in(connection, gateway, stored, now)
    if outcome == "handled":
        return ready.told
    after = events.get(connection, recorded.event_id)
    problem = after.problem if after is not None else None
    return ready.told | {
        "outcome": "refused",
        "faults": [{"field": "", "message": problem or f"it would be {outcome}"}],
    }


def _decided(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, told: Document
) -> Document:
    """Add the decision: of all drafts only now, when the debtor's others have been taken too."""
    claim = claims.find(connection, creditor_id, str(told["invoice_id"]))
    if claim is None or told["outcome"] == "refused":
        return told
    asked = {"creditor": creditor_id, "invoice_id": claim.invoice_id}
    return told | {
        "decision": explain(connection, gateway, asked),
        "state": claim.state.value,
        "problem": claim.problem,
    }


def _record(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    draft: Document,
    now: datetime,
    who: tuple[str, str],
) -> Document:
    ready = prepare(connection, gateway, creditor_id, draft, now)
    if ready.event is None:
        return ready.told
    recorded = record_in(connection, gateway.seal, ready.event)
    actor, reason = who
    record_action(
        connection,
        actor=actor,
        action="register",
        subject=recorded.event_id,
        reason=reason,
        now=now,
    )
    return ready.told | {"event_id": recorded.event_id}


def prepare(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    draft: Document,
    now: datetime,
) -> Prepared:
    """Make an event of a draft: its debtor found or numbered, its ids made, its faults told.

    What was registered before is told so, whatever has become known since.
    """
    raw = orjson.dumps(draft, option=orjson.OPT_SORT_KEYS)
    kept = body_to_keep(gateway, creditor_id, raw)
    digest = hashlib.sha256(creditor_id.encode() + b"\0" + kept).hexdigest()
    webhook_id = f"{ID_PREFIX}{digest[:_HASH_LENGTH]}"
    before = events.by_webhook_id(connection, creditor_id, webhook_id)
    if before is not None:
        claim = claims.find(connection, creditor_id, before.invoice_id or "")
        return Prepared(
            told=_told("registered_before", before.invoice_id or "")
            | {
                "invoice_number": claim.invoice_number if claim else _number_in(draft),
                "debtor_number": claim.debtor_number if claim else "",
                "event_id": before.event_id,
            }
        )
    if "reminder_of" in draft:
        return _reminder(connection, gateway, creditor_id, draft, webhook_id, now)
    draft = orjson.loads(kept)
    told, data = _identified(connection, gateway, creditor_id, draft)
    if raw != kept:
        left_out = "a national identity number was left out: the agency needs none"
        told["warnings"] = [*told["warnings"], left_out]
    if told["faults"]:
        return Prepared(told=told | {"outcome": "refused"})
    known = claims.find(connection, creditor_id, str(told["invoice_id"]))
    told["outcome"] = "new" if known is None else "changes"
    timestamp = draft.get("timestamp")
    return _as_event(gateway, told, data, timestamp, _event(creditor_id, webhook_id, now))


def _identified(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, draft: Document
) -> tuple[dict[str, Any], Document]:
    """Fill in the invoice's id and the debtor's number."""
    data = draft.get("data")
    invoice, debtor = _part(data, "invoice"), _part(data, "debtor")
    found = find_debtor(connection, gateway, creditor_id, debtor)
    if organization := organization_number_in(str(debtor.get("organization_number") or "")):
        debtor["organization_number"] = organization
    if found.fault is None:
        debtor["number"] = found.number
    if not invoice.get("id"):
        # Numbers repeat between years; the same invoice gets the same id again.
        invoice["id"] = f"{invoice.get('number')}/{invoice.get('issue_date')}"
    told = _told("new", str(invoice["id"])) | {
        "invoice_number": str(invoice.get("number") or ""),
        "debtor_number": found.number,
        "debtor_found_by": found.by,
        "faults": [{"field": "data.debtor.number", "message": found.fault}] if found.fault else [],
        "warnings": _warnings(invoice, debtor, found.by),
    }
    return told, {"invoice": invoice, "debtor": debtor}


def _number_in(draft: Document) -> str:
    return str(_part(draft.get("data"), "invoice").get("number") or draft.get("reminder_of") or "")


def _part(data: object, name: str) -> Document:
    part = data.get(name) if isinstance(data, dict) else None
    return dict(part) if isinstance(part, dict) else {}


def _as_event(
    gateway: Gateway, told: Document, data: Document, timestamp: object, event: NewEvent
) -> Prepared:
    body: Document = {"type": "invoice.overdue", "data": data}
    if timestamp is not None:
        body["timestamp"] = timestamp
    raw = orjson.dumps(body)
    try:
        parsed = parse_event(raw)
    except NotJsonError as error:
        faults = [{"field": "", "message": str(error)}]
    else:
        faults = (
            [{"field": fault.field, "message": fault.message} for fault in parsed.faults]
            if isinstance(parsed, InvalidEvent)
            else []
        )
    if faults:
        return Prepared(told=told | {"outcome": "refused", "faults": faults})
    event = replace(
        event, body=raw, invoice_id=str(told["invoice_id"]), event_id=gateway.new_id("evt_")
    )
    return Prepared(told=told, event=event)


def _reminder(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    draft: Document,
    webhook_id: str,
    now: datetime,
) -> Prepared:
    """A reminder is no claim of its own: it is told to the claim that it reminds of."""
    number = str(draft["reminder_of"])
    known = claims.of_number(connection, creditor_id, number)
    open_ones = [claim for claim in known if claim.state is not ClaimState.CLOSED]
    if len(open_ones) != 1:
        which = "which several open claims have" if open_ones else "of which no open claim is known"
        why = (
            f"this is a reminder of invoice {number}, {which}: register that invoice with its"
            " letters instead"
        )
        told = _told("refused", "") | {
            "invoice_number": number,
            "faults": [{"field": "", "message": why}],
        }
        return Prepared(told=told)
    (claim,) = open_ones
    data: Any = invoice_to_webhook(claim.invoice(gateway.seal))
    data["invoice"]["version"] = None  # the ledger's own numbers are the ledger's
    data["invoice"]["notices"] = [*data["invoice"]["notices"], draft["notice"]]
    told = _told("changes", claim.invoice_id) | {
        "invoice_number": number,
        "debtor_number": claim.debtor_number,
        "debtor_found_by": "number",
    }
    return _as_event(gateway, told, data, None, _event(creditor_id, webhook_id, now))


def _event(creditor_id: str, webhook_id: str, now: datetime) -> NewEvent:
    return NewEvent(
        creditor_id=creditor_id,
        webhook_id=webhook_id,
        type="invoice.overdue",
        invoice_id=None,
        body=b"",
        received_at=now,
        outcome="recorded",
    )


def _told(outcome: str, invoice_id: str) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "invoice_id": invoice_id,
        "invoice_number": "",
        "debtor_number": "",
        "debtor_found_by": None,
        "faults": [],
        "warnings": [],
        "event_id": None,
        "decision": None,
        "state": None,
        "problem": None,
    }


def _warnings(
    invoice: Mapping[str, object], debtor: Mapping[str, object], found_by: str
) -> list[str]:
    """What a person should look at; none of it refuses an invoice."""
    said = []
    kid = invoice.get("kid")
    if isinstance(kid, str) and kid and not is_plausible_kid(kid):
        said.append(
            "the KID is neither MOD10 nor MOD11 of 2 to 25 characters; it is kept as it stands"
        )
    if is_national_number(str(debtor.get("number") or "")):
        said.append(
            "the debtor number is a national identity number, and the agency is told debtor"
            " numbers: give another"
        )
    if found_by == "name_and_postal_code":
        said.append("the debtor was found by name and postal code: make sure that it is the same")
    address = debtor.get("address")
    if isinstance(address, Mapping) and address.get("country") in _NORWEGIAN:
        code = str(address.get("postal_code") or "")
        if code and not (code.isdigit() and len(code) == _POSTAL_CODE_DIGITS):
            said.append("a Norwegian postal code has four digits; was a leading zero lost?")
    return said


def _drafts(arguments: Arguments) -> list[Document]:
    drafts = arguments.get("drafts")
    if not isinstance(drafts, list) or not all(isinstance(each, dict) for each in drafts):
        raise OperationError("drafts must be a list of objects", kind="invalid")
    if not 1 <= len(drafts) <= DRAFTS_MAX:
        raise OperationError(f"drafts must have 1 to {DRAFTS_MAX} items", kind="invalid")
    return drafts
