"""Claims: read, insert, change. Every move is checked against the table of states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

import sqlalchemy as sa

from gateway.domain.claim import ClaimState, CloseReason, may_move
from gateway.domain.invoice import Invoice
from gateway.domain.money import from_minor
from gateway.storage.facts import load
from gateway.storage.seal import Seal
from gateway.storage.tables import claim
from gateway.storage.visibility import of_creditors
from outbox.instants import from_ms, to_ms
from outbox.prepared import Prepared

TokenColumn = Literal["organization_token", "name_token"]
"""Columns of keyed hashes that a debtor is found by."""


_STATES: Final = {state.value: state for state in ClaimState}


class ForbiddenMoveError(Exception):
    """A claim was asked to move where the table of states has no way: a fault of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim as stored, its facts still sealed. Amounts in major units of ``currency``."""

    seq: int
    claim_id: str
    case_id: str
    creditor_id: str
    invoice_id: str
    invoice_number: str
    debtor_number: str
    issue_date: date
    state: ClaimState
    close_reason: CloseReason | None
    frozen_on: date | None
    hold_until: date | None
    decide_on: date | None
    currency: str
    outstanding: Decimal
    registered: Decimal | None
    sealed_facts: bytes
    facts_version: int | None
    facts_at: datetime
    facts_hash: bytes
    snapshot_hash: bytes
    decision: str | None
    decided_on: date | None
    approved_at: datetime | None
    requested_fields: str | None
    held_by_person: bool
    withdrawn_at: datetime | None
    identity_hash: str | None
    kravia_invoice_id: str | None
    kravia_status: str | None
    counted_on: date | None
    registered_at: datetime | None
    problem: str | None
    created_at: datetime
    updated_at: datetime

    def invoice(self, seal: Seal) -> Invoice:
        """The facts, opened."""
        return load(seal.open(self.sealed_facts))


_COLUMNS: Final = tuple(
    claim.c[name]
    for name in (
        *("seq", "claim_id", "case_id", "creditor_id", "invoice_id", "invoice_number"),
        *("debtor_number", "issue_date", "state", "close_reason", "frozen_on", "hold_until"),
        *("decide_on", "currency", "outstanding_minor", "registered_minor", "sealed_facts"),
        *("facts_version", "facts_at", "facts_hash", "snapshot_hash", "decision", "decided_on"),
        *("approved_at", "requested_fields", "held_by_person", "withdrawn_at", "identity_hash"),
        *("kravia_invoice_id", "kravia_status", "counted_on", "registered_at", "problem"),
        *("created_at", "updated_at"),
    )
)
"""What ``_claim`` takes, in its order."""

_CLAIMS: Final = sa.select(*_COLUMNS)

_ITSELF: Final = claim.alias("itself")

# These run several times for every claim on its way.
_BY_INVOICE: Final = Prepared(
    _CLAIMS.where(
        claim.c.creditor_id == sa.bindparam("of_creditor"),
        claim.c.invoice_id == sa.bindparam("of_invoice"),
    )
)
_DEBTOR_OF: Final = Prepared(
    sa.select(claim.c.debtor_number).where(
        claim.c.creditor_id == sa.bindparam("of_creditor"),
        claim.c.invoice_id == sa.bindparam("of_invoice"),
    )
)
_BY_ID: Final = Prepared(_CLAIMS.where(claim.c.claim_id == sa.bindparam("of_claim")))
_BY_KRAVIA_ID: Final = Prepared(
    _CLAIMS.where(
        claim.c.creditor_id == sa.bindparam("of_creditor"),
        claim.c.kravia_invoice_id == sa.bindparam("of_kravia_id"),
    ).limit(1)
)
_OF_DEBTOR: Final = Prepared(
    _CLAIMS.where(
        claim.c.creditor_id == sa.bindparam("of_creditor"),
        claim.c.debtor_number == sa.bindparam("of_debtor"),
    ).order_by(claim.c.seq)
)
_WITH_SIBLINGS: Final = Prepared(
    _CLAIMS.where(
        # Two equalities, not a pair in a list: so the index gives the order too.
        *(
            claim.c[name]
            == sa.select(_ITSELF.c[name])
            .where(_ITSELF.c.claim_id == sa.bindparam("of_claim"))
            .scalar_subquery()
            for name in ("creditor_id", "debtor_number")
        )
    ).order_by(claim.c.seq)
)
_COUNT: Final = Prepared(sa.update(claim).where(claim.c.claim_id == sa.bindparam("of_claim")))
_INSERT: Final = Prepared(sa.insert(claim).returning(*_COLUMNS))
_UPDATE: Final = Prepared(
    sa.update(claim).where(claim.c.claim_id == sa.bindparam("of_claim")).returning(*_COLUMNS)
)


def find(connection: sa.Connection, creditor_id: str, invoice_id: str) -> Claim | None:
    """The claim of an invoice, if there is one."""
    row = _BY_INVOICE.first(connection, of_creditor=creditor_id, of_invoice=invoice_id)
    return None if row is None else _claim(row)


def debtor_of(connection: sa.Connection, creditor_id: str, invoice_id: str) -> str | None:
    """The number of the debtor of an invoice's claim, if there is one."""
    number: str | None = _DEBTOR_OF.scalar(
        connection, of_creditor=creditor_id, of_invoice=invoice_id
    )
    return number


def get(connection: sa.Connection, claim_id: str) -> Claim | None:
    """The claim with this id, if there is one."""
    row = _BY_ID.first(connection, of_claim=claim_id)
    return None if row is None else _claim(row)


def by_seq(connection: sa.Connection, seq: int) -> Claim | None:
    """The claim with this ``seq``, if there is one."""
    found = _many(connection, _CLAIMS.where(claim.c.seq == seq))
    return found[0] if found else None


def by_kravia_id(connection: sa.Connection, creditor_id: str, kravia_id: str) -> Claim | None:
    """The claim that Kravia knows under this id, if it is ours."""
    row = _BY_KRAVIA_ID.first(connection, of_creditor=creditor_id, of_kravia_id=kravia_id)
    return None if row is None else _claim(row)


def of_debtor(connection: sa.Connection, creditor_id: str, debtor_number: str) -> tuple[Claim, ...]:
    """All known claims of one creditor on one debtor, oldest first."""
    rows = _OF_DEBTOR.all(connection, of_creditor=creditor_id, of_debtor=debtor_number)
    return tuple(map(_claim, rows))


def with_siblings(connection: sa.Connection, claim_id: str) -> tuple[Claim, ...]:
    """A claim among all of its creditor's on its debtor, oldest first; nothing if unknown."""
    return tuple(map(_claim, _WITH_SIBLINGS.all(connection, of_claim=claim_id)))


def of_number(
    connection: sa.Connection, creditor_id: str, invoice_number: str
) -> tuple[Claim, ...]:
    """All claims of one creditor with this invoice number; numbers repeat between years."""
    query = _CLAIMS.where(
        claim.c.creditor_id == creditor_id, claim.c.invoice_number == invoice_number
    )
    return _many(connection, query)


def debtor_at(connection: sa.Connection, creditor_id: str, after: str, count: int) -> str | None:
    """The last of the next ``count`` debtor numbers after ``after``; ``None`` if there is none."""
    following = (
        sa.select(claim.c.debtor_number)
        .where(claim.c.creditor_id == creditor_id, claim.c.debtor_number > after)
        .group_by(claim.c.debtor_number)
        .order_by(claim.c.debtor_number)
        .limit(count)
    )
    last: str | None = connection.execute(
        sa.select(sa.func.max(following.subquery().c.debtor_number))
    ).scalar_one()
    return last


def of_debtors(
    connection: sa.Connection, creditor_id: str, after: str, last: str
) -> tuple[Claim, ...]:
    """All claims of the debtors after ``after`` up to ``last``, debtor by debtor."""
    query = _CLAIMS.where(
        claim.c.creditor_id == creditor_id,
        claim.c.debtor_number > after,
        claim.c.debtor_number <= last,
    ).order_by(claim.c.debtor_number, claim.c.seq)
    return _many(connection, query)


def debtors_by_token(
    connection: sa.Connection, creditor_id: str, column: TokenColumn, token: str
) -> tuple[str, ...]:
    """Numbers of the debtors known under a keyed hash, the longest known first."""
    rows = connection.execute(
        sa.select(claim.c.debtor_number)
        .where(claim.c.creditor_id == creditor_id, claim.c[column] == token)
        .group_by(claim.c.debtor_number)
        .order_by(sa.func.min(claim.c.seq))
    )
    return tuple(row.debtor_number for row in rows)


def of_kid(connection: sa.Connection, creditor_id: str, kid_token: str) -> tuple[Claim, ...]:
    """All claims of one creditor with this KID, oldest first; some payees give one to several."""
    query = _CLAIMS.where(
        claim.c.creditor_id == creditor_id, claim.c.kid_token == kid_token
    ).order_by(claim.c.seq)
    return _many(connection, query)


def without_tokens(connection: sa.Connection, creditor_id: str, limit: int) -> tuple[Claim, ...]:
    """Claims kept before there were tokens: a release that had none had no hash of the KID."""
    return _many(
        connection,
        _CLAIMS.where(claim.c.creditor_id == creditor_id, claim.c.kid_token.is_(None)).limit(limit),
    )


def set_tokens(connection: sa.Connection, seq: int, tokens: Mapping[str, object]) -> None:
    """Write a claim's tokens; nothing that anybody sees changes with them."""
    connection.execute(sa.update(claim).where(claim.c.seq == seq).values(tokens))


def of_case(connection: sa.Connection, case_id: str) -> tuple[Claim, ...]:
    """All claims of one case, oldest first."""
    return _many(connection, _CLAIMS.where(claim.c.case_id == case_id).order_by(claim.c.seq))


def due_debtors(
    connection: sa.Connection, creditor_ids: Iterable[str], today: date, limit: int
) -> tuple[tuple[str, str], ...]:
    """(creditor id, debtor number) of claims whose day to be decided again has come."""
    rows = connection.execute(
        sa.select(claim.c.creditor_id, claim.c.debtor_number)
        .where(
            claim.c.decide_on.is_not(None),
            claim.c.decide_on <= today.isoformat(),
            # Beyond an index: a million held claims are the creditor's, and few of them are due.
            claim.c.creditor_id.concat("").in_(sorted(creditor_ids)),
        )
        .order_by(claim.c.decide_on)
        .limit(limit)
    )
    return tuple(dict.fromkeys((row.creditor_id, row.debtor_number) for row in rows))


def postpone(connection: sa.Connection, creditor_id: str, debtor_number: str, to: date) -> None:
    """Decide the debtor's claims that are due no earlier than ``to``."""
    connection.execute(
        sa.update(claim)
        .where(
            claim.c.creditor_id == creditor_id,
            claim.c.debtor_number == debtor_number,
            claim.c.decide_on < to.isoformat(),
        )
        .values(decide_on=to.isoformat())
    )


def unread(connection: sa.Connection, creditor_id: str, limit: int) -> tuple[str, ...]:
    """Kravia ids of active claims whose details must be read: adopted, or not understood yet."""
    rows = connection.execute(
        sa.select(claim.c.kravia_invoice_id)
        .where(
            sa.text("state = 'active' AND details_at IS NULL"), claim.c.creditor_id == creditor_id
        )
        .order_by(claim.c.seq)
        .limit(limit)
    )
    return tuple(row.kravia_invoice_id for row in rows)


def has_unread_status(connection: sa.Connection, creditor_id: str, kravia_status: str) -> bool:
    """Whether a claim has this status and nobody could read what it means."""
    found = connection.execute(
        sa.select(sa.literal(1))
        .where(
            sa.text("kravia_status IS NOT NULL AND details_at IS NULL"),
            claim.c.creditor_id == creditor_id,
            claim.c.kravia_status == kravia_status,
        )
        .limit(1)
    )
    return found.first() is not None


def has_word_in_review(connection: sa.Connection, creditor_id: str, word: str) -> bool:
    """Whether a claim waits for a person with this word in its last decision."""
    found = connection.execute(
        sa.select(sa.literal(1))
        .where(
            claim.c.creditor_id == creditor_id,
            claim.c.state == ClaimState.REVIEW,
            claim.c.decision.contains(f'"{word}"', autoescape=True),
        )
        .limit(1)
    )
    return found.first() is not None


_REGISTERED_BY_US: Final = sa.and_(
    claim.c.registered_at.is_not(None), claim.c.counted_on.is_not(None)
)
"""Went to Kravia through the send gate: not a case that another integration had registered before,
for nobody here approved that."""


def let_through_count(connection: sa.Connection, creditor_id: str, at_most: int) -> int:
    """How many cases have a claim that we registered; stops counting at ``at_most``."""
    some = (
        sa.select(claim.c.case_id)
        .distinct()
        .where(claim.c.creditor_id == creditor_id, _REGISTERED_BY_US)
        .limit(at_most)
    )
    return connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()


def case_was_approved(connection: sa.Connection, case_id: str) -> bool:
    """Whether a person approved a claim of the case, or one was registered by us."""
    found = connection.execute(
        sa.select(sa.literal(1))
        .where(
            claim.c.case_id == case_id,
            sa.or_(claim.c.approved_at.is_not(None), _REGISTERED_BY_US),
        )
        .limit(1)
    )
    return found.first() is not None


def debtors_in_review(connection: sa.Connection, creditor_id: str, limit: int) -> tuple[str, ...]:
    """Debtor numbers of claims that wait for a person, the longest known first."""
    rows = connection.execute(
        sa.select(claim.c.debtor_number)
        .where(claim.c.creditor_id == creditor_id, claim.c.state == ClaimState.REVIEW.value)
        .group_by(claim.c.debtor_number)
        .order_by(sa.func.min(claim.c.seq))
        .limit(limit)
    )
    return tuple(row.debtor_number for row in rows)


def decide_reviews_again(connection: sa.Connection, creditor_id: str, day: date) -> None:
    """Let the clock decide every claim in review once more, from ``day`` on."""
    connection.execute(
        sa.update(claim)
        .where(claim.c.creditor_id == creditor_id, claim.c.state == ClaimState.REVIEW.value)
        .values(decide_on=day.isoformat())
    )


_MAY_BE_TAKEN_OVER: Final = (
    ClaimState.HELD,
    ClaimState.REVIEW,
    ClaimState.REJECTED,
    ClaimState.READY,
)


def decide_again_if_named(
    connection: sa.Connection,
    creditor_id: str,
    invoice_ids: Iterable[str],
    invoice_numbers: Iterable[str],
    day: date,
) -> None:
    """Let the clock look on ``day`` at decided claims that a case at Kravia may be."""
    named = sa.or_(
        claim.c.invoice_id.in_(sorted(invoice_ids)),
        claim.c.invoice_number.in_(sorted(invoice_numbers)),
    )
    connection.execute(
        sa.update(claim)
        .where(
            claim.c.creditor_id == creditor_id,
            claim.c.kravia_invoice_id.is_(None),
            claim.c.state.in_([state.value for state in _MAY_BE_TAKEN_OVER]),
            named,
        )
        .values(decide_on=day.isoformat())
    )


def listing(
    connection: sa.Connection,
    conditions: Mapping[str, object],
    *,
    limit: int,
    after: int | None,
    newest_first: bool = True,
) -> tuple[Claim, ...]:
    """By ``seq``, beyond ``after``; ``conditions`` are column = value, ``None`` ignored."""
    query = _CLAIMS.limit(limit)
    query = query.order_by(claim.c.seq.desc() if newest_first else claim.c.seq)
    narrow = {"debtor_number", "invoice_number"}
    by_few = any(conditions.get(name) is not None for name in narrow)
    for name, value in conditions.items():
        # A debtor has few claims, a state may have all: as an expression it takes no index.
        takes_none = by_few and name not in {*narrow, "creditor_id"}
        column = claim.c[name].concat("") if takes_none else claim.c[name]
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(claim.c.seq < after if newest_first else claim.c.seq > after)
    return _many(connection, query)


def insert(connection: sa.Connection, values: Mapping[str, object]) -> Claim:
    """Add a claim and give it; ``values`` are columns of the table."""
    (row,) = _INSERT.all(connection, **values)
    return _claim(row)


def change(
    connection: sa.Connection,
    before: Claim,
    now: datetime,
    by_way_of: ClaimState | None = None,
    /,
    **values: object,
) -> Claim:
    """Write the given columns and return the claim as it then is.

    A state that it passes through within this one commit is named by ``by_way_of``, not written.
    Raises ``ForbiddenMoveError`` for a change of state that the table of states does not have.
    """
    at = before.state
    for after in (by_way_of, values.get("state")):
        if after is not None and not may_move(at, ClaimState(str(after))):
            raise ForbiddenMoveError(f"{before.claim_id}: {at} -> {after}")
        at = at if after is None else ClaimState(str(after))
    row = _UPDATE.first(connection, **values, updated_at=to_ms(now), of_claim=before.claim_id)
    if row is None:
        raise LookupError(before.claim_id)
    return _claim(row)


def count_on(connection: sa.Connection, claim_id: str, day: date, now: datetime) -> None:
    """Note the day in whose cap the claim's register is counted."""
    values = {"counted_on": day.isoformat(), "updated_at": to_ms(now)}
    _COUNT.change(connection, **values, of_claim=claim_id)


def exist(connection: sa.Connection, creditor_id: str) -> bool:
    """Whether the creditor has any claim."""
    query = sa.select(sa.literal(1)).where(claim.c.creditor_id == creditor_id).limit(1)
    return connection.execute(query).first() is not None


def counts(connection: sa.Connection, creditors: frozenset[str] | None = None) -> dict[str, int]:
    """Claims by state, of these creditors or of all."""
    query = sa.select(claim.c.state, sa.func.count()).group_by(claim.c.state)
    return dict(connection.execute(of_creditors(query, claim.c.creditor_id, creditors)).all())


def fitting(
    connection: sa.Connection,
    *wanted: sa.ColumnElement[bool],
    order_by: sa.ColumnElement[str],
    limit: int,
) -> tuple[Claim, ...]:
    """Up to ``limit`` claims that fit every condition, in that order."""
    return _many(connection, _CLAIMS.where(*wanted).order_by(order_by).limit(limit))


def _many(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Claim, ...]:
    return tuple(map(_claim, connection.execute(query)))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)


def _claim(row: Sequence[Any]) -> Claim:
    (
        seq,
        claim_id,
        case_id,
        creditor_id,
        invoice_id,
        invoice_number,
        debtor_number,
        issue_date,
        state,
        close_reason,
        frozen_on,
        hold_until,
        decide_on,
        currency,
        outstanding,
        registered,
        sealed_facts,
        facts_version,
        facts_at,
        facts_hash,
        snapshot_hash,
        decision,
        decided_on,
        approved_at,
        requested_fields,
        held_by_person,
        withdrawn_at,
        identity_hash,
        kravia_invoice_id,
        kravia_status,
        counted_on,
        registered_at,
        problem,
        created_at,
        updated_at,
    ) = row
    return Claim(
        seq=seq,
        claim_id=claim_id,
        case_id=case_id,
        creditor_id=creditor_id,
        invoice_id=invoice_id,
        invoice_number=invoice_number,
        debtor_number=debtor_number,
        issue_date=date.fromisoformat(issue_date),
        state=_STATES[state],
        close_reason=CloseReason(close_reason) if close_reason else None,
        frozen_on=_day(frozen_on),
        hold_until=_day(hold_until),
        decide_on=_day(decide_on),
        currency=currency,
        outstanding=from_minor(outstanding),
        registered=None if registered is None else from_minor(registered),
        sealed_facts=sealed_facts,
        facts_version=facts_version,
        facts_at=from_ms(facts_at),
        facts_hash=facts_hash,
        snapshot_hash=snapshot_hash,
        decision=decision,
        decided_on=_day(decided_on),
        approved_at=_instant(approved_at),
        requested_fields=requested_fields,
        held_by_person=bool(held_by_person),
        withdrawn_at=_instant(withdrawn_at),
        identity_hash=identity_hash,
        kravia_invoice_id=kravia_invoice_id,
        kravia_status=kravia_status,
        counted_on=_day(counted_on),
        registered_at=_instant(registered_at),
        problem=problem,
        created_at=from_ms(created_at),
        updated_at=from_ms(updated_at),
    )
