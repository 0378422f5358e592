"""Who may do what, and to whose claims: one gate before every operation, for people and programs.

::

    caller ──> scope of the operation ──> its creditor ──> operation, on a gateway that knows only
               403 without                404 if foreign    the creditors the caller may see

An operation that is not in ``ACCESS`` is open to nobody through this gate. The command line of the
machine itself does not pass here: who may open the database may do all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from gateway.domain.wording import Language
from gateway.operations import registry
from gateway.operations.arguments import Arguments, needed
from gateway.operations.catalogue import checked
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.operations.rights import Caller, Scope
from gateway.operations.sentences import errors_in
from gateway.storage.tables import bank_line, claim, event, message, task


class About(StrEnum):
    """How an operation's creditor is known."""

    VISIBLE = "visible"  # it looks at what the gateway it is given knows: lists, sums
    CREDITOR = "creditor"  # the argument, which who sees only some creditors must give
    CLAIM = "claim_id"
    CASE = "case_id"
    MESSAGE = "message_id"
    EVENT = "event_id"
    TASK = "task_id"
    LINE = "line_id"
    ALL = "all"  # it reaches every creditor: for those who see them all


@dataclass(frozen=True, slots=True)
class Access:
    """What one operation takes."""

    scope: Scope
    about: About


def _of(scope: Scope, about: About, *names: str) -> dict[str, Access]:
    return dict.fromkeys(names, Access(scope, about))


ACCESS: Final[Mapping[str, Access]] = {
    **_of(
        Scope.READ,
        About.VISIBLE,
        "alerts.list",
        "cases.forecast",
        "cases.list",
        "cases.outlook",
        "claims.list",
        "claims.reviews",
        "creditors.list",
        "doubts.list",
        "events.list",
        "explain.all",
        "outbox.list",
        "payments.list",
        "reconcile",
        "reconcile.known",
        "reconcile.overview",
        "search",
        "settlements.list",
        "status",
        "tasks.list",
        "today",
    ),
    **_of(
        Scope.READ,
        About.CREDITOR,  # a settlement's id is its creditor's only
        "creditors.compare",
        "creditors.mirror",
        "explain",
        "settlements.show",
    ),
    **_of(Scope.READ, About.LINE, "payments.show"),
    **_of(Scope.READ, About.CLAIM, "claims.show", "claims.pdf"),
    **_of(Scope.READ, About.CASE, "cases.show", "cases.timeline"),
    **_of(Scope.READ, About.MESSAGE, "doubts.ask", "doubts.show", "outbox.show"),
    **_of(Scope.READ, About.EVENT, "events.show"),
    **_of(Scope.READ, About.TASK, "tasks.show"),
    **_of(Scope.READ, About.ALL, "audit.list", "audit.verify", "replays.list", "replays.show"),
    **_of(
        Scope.OPERATE,
        About.CLAIM,
        "claims.approve",
        "claims.hold",
        "claims.note",
        "claims.release",
        "claims.reveal",
        "claims.withdraw",
    ),
    **_of(
        Scope.OPERATE,
        About.MESSAGE,
        "doubts.adopt",
        "doubts.resend",
        "outbox.cancel",
        "outbox.resend",
    ),
    **_of(Scope.OPERATE, About.EVENT, "events.body", "events.repair"),
    **_of(Scope.OPERATE, About.TASK, "tasks.done"),
    **_of(Scope.OPERATE, About.LINE, "payments.details", "payments.dismiss", "payments.match"),
    **_of(
        Scope.OPERATE,
        About.CREDITOR,
        "creditors.check",
        "pause",
        "payments.import",
        "payments.plan",
        "payments.register",
        "reconcile.start",
        "registrations.debtor",
        "registrations.plan",
        "registrations.start",
        "replays.plan",
        "replays.start",
        "resume",
        "settlements.booked",
        "settlements.raw",
    ),
    **_of(Scope.OPERATE, About.ALL, "replays.cancel"),
    **_of(
        Scope.ADMINISTER,
        About.CREDITOR,
        "creditors.configure_webhook",
        "creditors.invite",
        "privacy.erase",
        "privacy.export",
    ),
    **_of(
        Scope.ADMINISTER,
        About.ALL,
        "creditors.plan_to_retire",
        "creditors.retire",
        "privacy.plan",
        "privacy.purge",
        "privacy.vacuum",
        "seal.rotate",
        "seal.status",
        "tokens.create",
        "tokens.list",
        "tokens.revoke",
        "users.add",
        "users.disable",
        "users.enable",
        "users.list",
        "users.password",
        "users.role",
    ),
}

_SUBJECTS: Final[Mapping[About, tuple[sa.Column[str], sa.Column[str]]]] = {
    About.CLAIM: (claim.c.claim_id, claim.c.creditor_id),
    About.CASE: (claim.c.case_id, claim.c.creditor_id),
    About.MESSAGE: (message.c.message_id, message.c.scope),
    About.EVENT: (event.c.event_id, event.c.creditor_id),
    About.TASK: (task.c.task_id, task.c.creditor_id),
    About.LINE: (bank_line.c.line_id, bank_line.c.creditor_id),
}
"""The column of an id, and that of its creditor: one never changes the other."""

_BEHIND: Final = "~"  # sorts behind every character of our ids
_ALIKE_MAX: Final = 100  # ids that begin alike and are looked at: whoever types less means none


async def call_as(
    gateway: Gateway,
    name: str,
    arguments: Arguments,
    caller: Caller,
    language: Language | None = None,
) -> Document:
    """Run an operation for ``caller``, told in ``language``; raises ``OperationError``."""
    if language is not None:
        gateway = gateway.told_in(language)
    with errors_in(gateway.language):
        return await _called(gateway, name, arguments, caller)


async def _called(gateway: Gateway, name: str, arguments: Arguments, caller: Caller) -> Document:
    access = ACCESS.get(name)
    if access is None:
        raise OperationError(f"there is no operation {name}", kind="not_found")
    if access.scope not in caller.scopes:
        raise OperationError(
            f"{name} takes the right to {access.scope}, which {caller.name} does not have",
            kind="forbidden",
        )
    arguments = checked(name, arguments)
    if caller.creditors is not None:
        arguments = await _within(gateway, access.about, arguments, caller.creditors)
        gateway = gateway.seen_by(caller.creditors)
    return await registry.call(gateway, name, arguments, caller.name)


async def _within(
    gateway: Gateway, about: About, arguments: Arguments, visible: frozenset[str]
) -> Arguments:
    """The arguments, ids written out; raises for what lies outside ``visible``.

    A creditor or an id of somebody else's is answered as one that does not exist.
    """
    match about:
        case About.ALL:
            raise OperationError("this is for those who see every creditor", kind="forbidden")
        case About.VISIBLE:
            return arguments  # a creditor that is named is looked up among those that are seen
        case About.CREDITOR:
            needed(arguments, "creditor")
            return arguments
    given = needed(arguments, about.value)
    whole = await gateway.database.read(
        lambda connection: _visible_id(connection, about, given, visible)
    )
    return {**arguments, about.value: whole}


def _visible_id(
    connection: sa.Connection, about: About, given: str, visible: frozenset[str]
) -> str:
    """The one visible id that is ``given`` or begins so."""
    column, creditor = _SUBJECTS[about]
    # By the id alone: the planner would rather walk all that is the creditors'.
    statement = sa.select(column, creditor).distinct().order_by(column).limit(_ALIKE_MAX)
    begun = sa.and_(column >= given, column < f"{given}{_BEHIND}")
    for condition in (column == given, begun):
        rows = connection.execute(statement.where(condition))
        found = [each for each, whose in rows if whose in visible]
        if len(found) > 1:
            raise OperationError(f"several ids begin with {given}: type more of it", kind="invalid")
        if found:
            return found[0]
    word = about.value.removesuffix("_id")
    raise OperationError(f"there is no {word} {given} that you can see", kind="not_found")
