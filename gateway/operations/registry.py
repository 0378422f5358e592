"""Every operation by name: what the command line, the admin API and the socket can ask for.

Arguments and results are JSON objects. ``call`` raises ``OperationError`` and nothing else that a
caller caused; what it raises says what to do next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import sqlalchemy as sa

from clients.errors import (
    AuthenticationError,
    ClientError,
    InDoubtError,
    NotFoundError,
    ProtocolError,
)
from gateway.operations import (
    audit_pages,
    audit_verify,
    bank_line_orders,
    bank_line_pages,
    bank_lines,
    claim_pages,
    creditor_check,
    creditor_identity,
    creditor_orders,
    desk_pages,
    doubt_pages,
    explain_all,
    forecast,
    known_debtors,
    known_differences,
    message_pages,
    orders,
    peoples_work,
    privacy,
    purging,
    reconcile,
    registrations,
    replays,
    review,
    review_pages,
    sealing,
    settlement_pages,
    stop,
    tasks,
    tokens,
    users,
)
from gateway.operations.arguments import Arguments, needed, query_of, reason_of
from gateway.operations.catalogue import checked
from gateway.operations.discretion import own_words
from gateway.operations.errors import OperationError
from gateway.operations.event_body import event_body
from gateway.operations.explain import explain
from gateway.operations.gateway import Gateway
from gateway.operations.invoice_pdf import invoice_pdf
from gateway.operations.outlook import outlook
from gateway.operations.paging import Document, Query
from gateway.operations.repair import repair_event
from gateway.operations.reveal import reveal
from gateway.operations.search import search
from gateway.operations.sentences import errors_in, told
from gateway.operations.short_ids import with_whole_ids
from gateway.operations.timeline import timeline
from gateway.operations.today import today

Operation = Callable[[Gateway, Arguments, str], Awaitable[Document]]


async def call(gateway: Gateway, name: str, arguments: Arguments, actor: str) -> Document:
    """Run one operation for ``actor``; raises ``OperationError``.

    What it says is told in the gateway's language: its sentences, and those of its error.
    """
    with errors_in(gateway.language):
        return told(await _done(gateway, name, arguments, actor), gateway.language)


async def _done(gateway: Gateway, name: str, arguments: Arguments, actor: str) -> Document:
    operation = OPERATIONS.get(name)
    if operation is None:
        raise OperationError(f"there is no operation {name}", kind="not_found")
    try:
        return await operation(gateway, checked(name, arguments), actor)
    except ClientError as error:
        text = f"Kravia did not do it: {own_words(error)}. {_advice(error)}"
        raise OperationError(text, kind="unreachable") from error


def _advice(error: ClientError) -> str:
    match error:
        case AuthenticationError():
            return "Check kravia.token"
        case NotFoundError() | ProtocolError():
            return "Check kravia.base_url and the file that kravia.assumptions names"
        case InDoubtError():
            return "It may have been done all the same: look at Kravia before trying again"
        case _:
            return "Check kravia.base_url and the network, or try again later"


def _reading(op: Callable[[sa.Connection, Gateway, Arguments], Document]) -> Operation:
    async def run(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
        return await gateway.database.read(
            lambda connection: op(connection, gateway, with_whole_ids(connection, arguments))
        )

    return run


def _listing(op: Callable[[sa.Connection, Gateway, Query], Document]) -> Operation:
    return _reading(
        lambda connection, gateway, arguments: op(connection, gateway, query_of(gateway, arguments))
    )


def _writing(
    op: Callable[[sa.Connection, Gateway, Arguments, str, datetime], Document],
) -> Operation:
    async def run(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
        now = gateway.clock()
        result = await gateway.database.write(
            lambda connection: op(
                connection, gateway, with_whole_ids(connection, arguments), actor, now
            )
        )
        gateway.wake.intake.set()
        gateway.wake.deliver()
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
            needed(arguments, "claim_id"),
            reason=reason_of(arguments),
            actor=actor,
            now=now,
        )
        return claim_pages.claim_row(connection, gateway, claim)

    return _writing(run)


def _events_repair(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    event_id = needed(arguments, "event_id")
    repaired = repair_event(
        connection,
        gateway,
        event_id,
        needed(arguments, "body"),
        actor=actor,
        reason=reason_of(arguments),
        now=now,
    )
    return {"event_id": repaired, "repairs": event_id}


OPERATIONS: dict[str, Operation] = {
    "alerts.list": _listing(lambda c, _g, query: desk_pages.alerts_list(c, query)),
    "audit.list": _listing(lambda c, _g, query: audit_pages.audit_list(c, query)),
    "audit.verify": audit_verify.verify,
    "cases.forecast": forecast.cases_forecast,
    "cases.list": _listing(lambda c, _g, query: claim_pages.cases_list(c, query)),
    "cases.outlook": outlook,
    "cases.timeline": _reading(lambda c, g, a: timeline(c, g, needed(a, "case_id"))),
    "cases.show": _reading(lambda c, g, a: claim_pages.case_show(c, g, needed(a, "case_id"))),
    "claims.approve": _review("claims.approve"),
    "claims.hold": _review("claims.hold"),
    "claims.list": _listing(claim_pages.claims_list),
    "claims.reviews": _listing(review_pages.reviews_list),
    "claims.note": _writing(review.note),
    "claims.pdf": invoice_pdf,
    "claims.release": _review("claims.release"),
    "claims.show": _reading(lambda c, g, a: claim_pages.claim_show(c, g, needed(a, "claim_id"))),
    "claims.reveal": _writing(reveal),
    "claims.withdraw": _review("claims.withdraw"),
    "creditors.check": creditor_check.check,
    "creditors.configure_webhook": creditor_orders.configure_webhook,
    "creditors.invite": creditor_orders.invite,
    "creditors.compare": _reading(peoples_work.compare),
    "creditors.mirror": _reading(peoples_work.mirror_found),
    "creditors.plan_to_retire": _reading(creditor_identity.plan_to_retire),
    "creditors.retire": _writing(creditor_identity.retire),
    "creditors.list": _listing(
        lambda c, g, query: desk_pages.creditors_list(c, g, query, g.clock())
    ),
    "doubts.adopt": _writing(orders.adopt_doubt),
    "doubts.ask": doubt_pages.ask,
    "doubts.list": _listing(doubt_pages.doubts_list),
    "doubts.resend": _writing(orders.resend_doubt),
    "doubts.show": _reading(lambda c, g, a: doubt_pages.doubt_show(c, g, needed(a, "message_id"))),
    "events.body": _writing(event_body),
    "events.list": _listing(lambda c, _g, query: desk_pages.events_list(c, query)),
    "events.repair": _writing(_events_repair),
    "events.show": _reading(lambda c, _g, a: desk_pages.event_show(c, needed(a, "event_id"))),
    "explain": _reading(explain),
    "explain.all": _reading(explain_all.explain_page),
    "outbox.cancel": _writing(orders.cancel_message),
    "outbox.list": _listing(lambda c, _g, query: message_pages.outbox_list(c, query)),
    "outbox.resend": _writing(orders.resend_message),
    "outbox.show": _reading(
        lambda c, _g, a: message_pages.message_show(c, needed(a, "message_id"))
    ),
    "pause": _writing(stop.pause),
    "payments.details": _writing(bank_line_pages.line_details),
    "payments.dismiss": _writing(bank_line_orders.dismiss),
    "payments.import": bank_lines.import_lines,
    "payments.list": _listing(bank_line_pages.lines_list),
    "payments.match": _writing(bank_line_orders.match),
    "payments.plan": bank_lines.plan,
    "payments.register": _writing(bank_line_orders.register),
    "payments.show": _reading(bank_line_pages.line_show),
    "privacy.erase": privacy.erase,
    "privacy.export": privacy.export,
    "privacy.plan": purging.plan,
    "privacy.purge": purging.purge,
    "privacy.vacuum": privacy.vacuum,
    "reconcile": _reading(reconcile.reconcile),
    "reconcile.known": _reading(known_differences.known),
    "reconcile.overview": known_differences.overview,
    "reconcile.start": _writing(known_differences.start),
    "registrations.debtor": known_debtors.look_up,
    "registrations.plan": registrations.plan,
    "registrations.start": registrations.start,
    "replays.cancel": _writing(replays.cancel),
    "replays.list": _reading(replays.list_),
    "replays.plan": replays.plan,
    "replays.show": _reading(lambda c, _g, a: replays.show(c, a)),
    "replays.start": _writing(replays.start),
    "resume": _writing(stop.resume),
    "search": _reading(search),
    "seal.rotate": sealing.rotate,
    "seal.status": sealing.status,
    "settlements.booked": _writing(settlement_pages.settlement_booked),
    "settlements.list": _listing(lambda c, _g, query: settlement_pages.settlements_list(c, query)),
    "settlements.raw": _writing(settlement_pages.settlement_raw),
    "settlements.show": _reading(settlement_pages.settlement_show),
    "status": _reading(lambda c, g, _a: desk_pages.status(c, g)),
    "tasks.done": _writing(tasks.done),
    "tasks.list": _reading(
        lambda c, g, a: desk_pages.tasks_list(c, query_of(g, a), done_too=bool(a.get("all")))
    ),
    "tasks.show": _reading(lambda c, _g, a: desk_pages.task_show(c, needed(a, "task_id"))),
    "today": today,
    "tokens.create": _writing(tokens.create),
    "tokens.list": _listing(lambda c, _g, query: tokens.list_(c, query)),
    "tokens.revoke": _writing(tokens.revoke),
    "users.add": users.add,
    "users.disable": _writing(users.disable),
    "users.enable": _writing(users.enable),
    "users.list": _reading(lambda c, _g, _a: users.list_(c)),
    "users.password": users.password,
    "users.role": _writing(users.role),
}
