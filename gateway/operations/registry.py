"""Every operation by name: what the command line, the admin API and the socket can ask for.

Arguments and results are JSON objects. ``call`` raises ``OperationError`` and nothing else that a
caller caused; what it raises says what to do next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial

import sqlalchemy as sa

from clients.errors import ClientError
from gateway.domain.oslo import oslo_date
from gateway.operations import doubts, pages, review, send_gate, tasks
from gateway.operations.decide import decision_for
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.messages import Kind
from gateway.operations.pages import Document, Query
from gateway.operations.repair import repair_event
from gateway.operations.settled import after_settle
from gateway.storage import claims, events
from gateway.storage.desk import ALL_CREDITORS, lift_pause, record_action, set_pause
from gateway.storage.tables import message as table
from mappers.decision_to_json import decision_to_json
from outbox import store
from outbox.message import Cancelled

Arguments = Mapping[str, object]
Operation = Callable[[Gateway, Arguments, str], Awaitable[Document]]


async def call(gateway: Gateway, name: str, arguments: Arguments, actor: str) -> Document:
    """Run one operation for ``actor``; raises ``OperationError``."""
    operation = OPERATIONS.get(name)
    if operation is None:
        raise OperationError(f"there is no operation {name}", kind="not_found")
    try:
        return await operation(gateway, arguments, actor)
    except ClientError as error:
        raise OperationError(f"Kravia did not do it: {error}", kind="unreachable") from error


def _needed(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value.strip():
        raise OperationError(f"{name} is missing", kind="invalid")
    return value


def _reason(arguments: Arguments) -> str:
    return str(arguments.get("reason") or "")


def _creditor(gateway: Gateway, arguments: Arguments) -> str:
    name = _needed(arguments, "creditor")
    if name not in gateway.creditors:
        known = ", ".join(sorted(gateway.creditors)) or "none"
        raise OperationError(f"there is no creditor {name}; there are: {known}", kind="not_found")
    return name


def _reading(op: Callable[[sa.Connection, Gateway, Arguments], Document]) -> Operation:
    async def run(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
        return await gateway.database.read(lambda connection: op(connection, gateway, arguments))

    return run


def _listing(op: Callable[[sa.Connection, Gateway, Query], Document]) -> Operation:
    return _reading(
        lambda connection, gateway, arguments: op(connection, gateway, Query(arguments))
    )


def _writing(
    op: Callable[[sa.Connection, Gateway, Arguments, str, datetime], Document],
) -> Operation:
    async def run(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
        now = gateway.clock()
        result = await gateway.database.write(
            lambda connection: op(connection, gateway, arguments, actor, now)
        )
        gateway.wake.intake.set()
        gateway.wake.delivery.set()
        return result

    return run


def _review(name: str) -> Operation:
    def run(
        connection: sa.Connection,
        gateway: Gateway,
        arguments: Arguments,
        actor: str,
        now: datetime,
    ) -> Document:
        claim = review.act(
            connection,
            gateway,
            name,
            _needed(arguments, "claim_id"),
            reason=_reason(arguments),
            actor=actor,
            now=now,
        )
        return pages.claim_row(connection, gateway, claim)

    return _writing(run)


def _pause(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    whom = _creditor(gateway, arguments) if arguments.get("creditor") else ALL_CREDITORS
    reason = _reason(arguments) or f"by {actor}"
    changed = set_pause(connection, whom, reason, now)
    record_action(connection, actor=actor, action="pause", subject=whom, reason=reason, now=now)
    return {"creditor_id": whom, "paused": True, "changed": changed}


def _resume(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    whom = _creditor(gateway, arguments) if arguments.get("creditor") else ALL_CREDITORS
    changed = lift_pause(connection, whom)
    scopes = gateway.creditors if whom == ALL_CREDITORS else (whom,)
    for scope in scopes:
        send_gate.open_for(connection, scope, send_gate.PAUSED, now)
    record_action(
        connection,
        actor=actor,
        action="resume",
        subject=whom,
        reason=_reason(arguments),
        now=now,
    )
    return {"creditor_id": whom, "paused": False, "changed": changed}


def _events_show(connection: sa.Connection, _gateway: Gateway, arguments: Arguments) -> Document:
    event_id = _needed(arguments, "event_id")
    found = events.get(connection, event_id)
    if found is None:
        raise OperationError(
            f"there is no event {event_id}; list them with: events list", kind="not_found"
        )
    return {
        **pages.event_row(found),
        "invoice_id": found.invoice_id,
        "handled_at": found.handled_at.isoformat() if found.handled_at else None,
    }


def _events_repair(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    event_id = _needed(arguments, "event_id")
    repaired = repair_event(
        connection,
        gateway,
        event_id,
        _needed(arguments, "body"),
        actor=actor,
        reason=_reason(arguments),
        now=now,
    )
    return {"event_id": repaired, "repairs": event_id}


def _outbox_resend(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    message_id = _needed(arguments, "message_id")
    found = store.find(connection, table, message_id)
    if found is not None and doubts.is_open(found):
        raise OperationError(
            f"the outcome of {message_id} is unknown; look first: doubts show {message_id}",
            kind="refused",
        )
    if not store.resend(connection, table, message_id, now=now):
        state = "unknown" if found is None else found.state.value
        raise OperationError(
            f"{message_id} is {state}: only parked and waiting messages can be sent again",
            kind="not_found" if found is None else "refused",
        )
    record_action(
        connection,
        actor=actor,
        action="outbox.resend",
        subject=message_id,
        reason=_reason(arguments),
        now=now,
    )
    return pages.message_show(connection, message_id)


def _outbox_cancel(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    message_id = _needed(arguments, "message_id")
    found = store.find(connection, table, message_id)
    if found is not None and doubts.is_open(found):
        raise OperationError(
            f"the outcome of {message_id} is unknown; decide it with: doubts adopt, or doubts"
            " resend",
            kind="refused",
        )
    reason = _reason(arguments) or f"by {actor}"
    if not store.cancel(connection, table, message_id, reason=reason, now=now) or found is None:
        state = "unknown" if found is None else found.state.value
        raise OperationError(
            f"{message_id} is {state}: only parked and waiting messages can be cancelled",
            kind="not_found" if found is None else "refused",
        )
    if found.kind == Kind.REGISTER and found.subject:
        # A person stopped it: it must not come back by itself.
        _hold(connection, gateway, found.subject, now)
    after_settle(connection, gateway, found, Cancelled(reason=reason), now)
    record_action(
        connection,
        actor=actor,
        action="outbox.cancel",
        subject=message_id,
        reason=reason,
        now=now,
    )
    return pages.message_show(connection, message_id)


def _hold(connection: sa.Connection, _gateway: Gateway, claim_id: str, now: datetime) -> None:
    claim = claims.get(connection, claim_id)
    if claim is not None:
        claims.change(connection, claim, now, held_by_person=1)


def _doubts_adopt(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    message_id = _needed(arguments, "message_id")
    doubts.adopt(
        connection,
        gateway,
        message_id,
        _needed(arguments, "kravia_invoice_id"),
        actor=actor,
        reason=_reason(arguments),
        now=now,
    )
    return pages.message_show(connection, message_id)


def _doubts_resend(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    message_id = _needed(arguments, "message_id")
    doubts.resend(connection, message_id, actor=actor, reason=_reason(arguments), now=now)
    return pages.message_show(connection, message_id)


def _explain(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    creditor_id = _creditor(gateway, arguments)
    invoice_id = _needed(arguments, "invoice_id")
    claim = claims.find(connection, creditor_id, invoice_id)
    if claim is None:
        raise OperationError(
            f"no overdue invoice {invoice_id} of {creditor_id} is known; list claims with:"
            f" claims list --creditor {creditor_id}",
            kind="not_found",
        )
    on = oslo_date(gateway.clock())
    if arguments.get("on"):
        try:
            on = date.fromisoformat(str(arguments["on"]))
        except ValueError as error:
            raise OperationError("on must be a date such as 2026-11-24", kind="invalid") from error
    invoice = claim.invoice(gateway.seal)
    return decision_to_json(decision_for(connection, gateway, claim, invoice, on), claim.invoice_id)


async def _creditors_check(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Read the first page of the creditor's feed: address, token and shape in one call."""
    creditor_id = _creditor(gateway, arguments)
    creditor = gateway.creditors[creditor_id]
    now = gateway.clock()
    row = await gateway.database.read(
        lambda connection: pages.creditor_row(connection, gateway, creditor_id, now)
    )
    feed = await gateway.kravia.search(
        updated_after=None, creditor_id=creditor.kravia_creditor_id, skip=0, top=1
    )
    skew = None if feed.server_date is None else (feed.server_date - now) / timedelta(seconds=1)
    return {**row, "kravia_answers": True, "clock_ahead_seconds": skew}


async def _configure_webhook(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    creditor_id = _creditor(gateway, arguments)
    secret = gateway.hint_secrets.get(creditor_id)
    if secret is None:
        raise OperationError(
            f"creditors.{creditor_id}.kravia_webhook_secret is not set: Kravia signs with it",
            kind="invalid",
        )
    url = _needed(arguments, "url")
    await gateway.kravia.configure_webhook(
        gateway.creditors[creditor_id].kravia_creditor_id, url=url, secret=secret, enabled=True
    )
    await _audit(gateway, actor, "creditors.configure_webhook", f"{creditor_id} {url}")
    return {"creditor_id": creditor_id, "url": url, "configured": True}


async def _invite(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    creditor_id = _creditor(gateway, arguments)
    country = arguments.get("country_code")
    number = arguments.get("organization_number")
    await gateway.kravia.invite(
        gateway.creditors[creditor_id].kravia_creditor_id,
        email=_needed(arguments, "email"),
        name=_needed(arguments, "name"),
        is_accountant=bool(arguments.get("is_accountant")),
        country_code=None if country is None else str(country),
        organization_number=None if number is None else str(number),
    )
    await _audit(gateway, actor, "creditors.invite", creditor_id)
    return {"creditor_id": creditor_id, "invited": True}


async def _audit(gateway: Gateway, actor: str, action: str, subject: str) -> None:
    await gateway.database.write(
        partial(
            record_action,
            actor=actor,
            action=action,
            subject=subject,
            reason=None,
            now=gateway.clock(),
        )
    )


OPERATIONS: dict[str, Operation] = {
    "alerts.list": _listing(lambda c, _g, query: pages.alerts_list(c, query)),
    "audit.list": _listing(lambda c, _g, query: pages.audit_list(c, query)),
    "cases.list": _listing(lambda c, _g, query: pages.cases_list(c, query)),
    "cases.show": _reading(lambda c, g, a: pages.case_show(c, g, _needed(a, "case_id"))),
    "claims.approve": _review("claims.approve"),
    "claims.hold": _review("claims.hold"),
    "claims.list": _listing(pages.claims_list),
    "claims.release": _review("claims.release"),
    "claims.show": _reading(lambda c, g, a: pages.claim_show(c, g, _needed(a, "claim_id"))),
    "claims.withdraw": _review("claims.withdraw"),
    "creditors.check": _creditors_check,
    "creditors.configure_webhook": _configure_webhook,
    "creditors.invite": _invite,
    "creditors.list": _listing(lambda c, g, query: pages.creditors_list(c, g, query, g.clock())),
    "doubts.adopt": _writing(_doubts_adopt),
    "doubts.list": _listing(pages.doubts_list),
    "doubts.resend": _writing(_doubts_resend),
    "doubts.show": _reading(lambda c, g, a: pages.doubt_show(c, g, _needed(a, "message_id"))),
    "events.list": _listing(lambda c, _g, query: pages.events_list(c, query)),
    "events.repair": _writing(_events_repair),
    "events.show": _reading(_events_show),
    "explain": _reading(_explain),
    "outbox.cancel": _writing(_outbox_cancel),
    "outbox.list": _listing(lambda c, _g, query: pages.outbox_list(c, query)),
    "outbox.resend": _writing(_outbox_resend),
    "outbox.show": _reading(lambda c, _g, a: pages.message_show(c, _needed(a, "message_id"))),
    "pause": _writing(_pause),
    "resume": _writing(_resume),
    "status": _reading(lambda c, _g, _a: pages.status(c)),
    "tasks.done": _writing(tasks.done),
    "tasks.list": _reading(
        lambda c, _g, a: pages.tasks_list(c, Query(a), done_too=bool(a.get("all")))
    ),
}
