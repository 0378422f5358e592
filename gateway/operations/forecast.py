"""What becomes eligible on which day if nothing but time changes, and what nears limitation.

All claims are walked a page of debtors at a time, so that memory stays the same for any number of
them. What Kravia already has is looked at on the day itself, not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from heapq import heappush, heappushpop

import sqlalchemy as sa

from gateway.domain.eligibility.outlook import Outlook, outlook
from gateway.domain.matching import NoMatch
from gateway.operations.arguments import Arguments, creditor_of, day_of, language_of
from gateway.operations.decide import OPEN_TO_DECISION, standing_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims
from gateway.storage.claims import Claim
from mappers.decision_in_language import decision_in_language
from mappers.decision_to_json import decision_to_json

PAGE_DEBTORS = 200
"""Debtors decided in one read: about 50 ms, so that others get their turn."""

DAYS_DEFAULT = 90
DAYS_MAX = 1_200  # beyond three years everything is time-barred
NEAREST_MAX = 20
"""Claims near limitation that are named; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a walk over all debtors stands: after this creditor's debtor."""

    creditor_id: str
    debtor_number: str = ""

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Read what ``str`` wrote."""
        creditor_id, slash, debtor_number = text.partition("/")
        if not slash:
            raise OperationError("after must be the cursor of the last page", kind="invalid")
        return cls(creditor_id=creditor_id, debtor_number=debtor_number)

    def __str__(self) -> str:
        return f"{self.creditor_id}/{self.debtor_number}"


def explain_page(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """Decisions of one page of debtors as ``explain`` gives them, with the day each may go."""
    on, language = day_of(gateway, arguments), language_of(gateway, arguments)
    after = arguments.get("after")
    cursor = Cursor.read(str(after)) if after is not None else None
    creditors = _creditors(gateway, arguments)
    found, following = _page(connection, gateway=gateway, creditors=creditors, after=cursor, on=on)
    items = []
    for claim, seen in found:
        decision = decision_to_json(seen.now, claim.invoice_id)
        row: Document = {
            "creditor_id": claim.creditor_id,
            "claim_id": claim.claim_id,
            "invoice_number": claim.invoice_number,
            "debtor_number": claim.debtor_number,
            "state": claim.state.value,
            **decision_in_language(decision, language),
            "eligible_on": seen.eligible_on.isoformat() if seen.eligible_on else None,
            "then": seen.then.outcome.value,
        }
        items.append(row)
    return {"items": items, "next": str(following) if following else None}


@dataclass(slots=True)
class Sum:
    """Claims counted, and their open principal by currency."""

    claims: int = 0
    cases: int = 0
    outstanding: dict[str, Decimal] = field(default_factory=dict)

    def add(self, claim: Claim, *, new_case: bool) -> None:
        """Count one claim."""
        self.claims += 1
        self.cases += new_case
        before = self.outstanding.get(claim.currency, Decimal(0))
        self.outstanding[claim.currency] = before + claim.outstanding

    def document(self) -> Document:
        """The sum as JSON."""
        amounts = {code: f"{amount:.2f}" for code, amount in sorted(self.outstanding.items())}
        return {"cases": self.cases, "claims": self.claims, "outstanding": amounts}


@dataclass(slots=True)
class Forecast:
    """What the claims fed to it come to: one sum a day, one for each other fate."""

    on: date
    until: date
    urgent_days: int
    days: dict[date, Sum] = field(default_factory=dict)
    others: dict[tuple[str, str], Sum] = field(default_factory=dict)
    near: Sum = field(default_factory=Sum)
    _nearest: list[tuple[int, int, Document]] = field(default_factory=list)
    _debtor: tuple[str, str] = ("", "")
    _counted: set[object] = field(default_factory=set)  # of the debtor being fed

    def add(self, claim: Claim, seen: Outlook) -> None:
        """Feed one claim; those of one debtor come one after another."""
        debtor = (claim.creditor_id, claim.debtor_number)
        if debtor != self._debtor:
            self._debtor, self._counted = debtor, set()
        if seen.eligible_on is not None and seen.eligible_on <= self.until:
            self._count(self.days.setdefault(seen.eligible_on, Sum()), claim, seen.eligible_on)
        else:
            fate = _fate(seen)
            self._count(self.others.setdefault(fate, Sum()), claim, fate)
        last = seen.now.limitation_last_day
        if last is not None and 0 <= (left := (last - self.on).days) <= self.urgent_days:
            self._count(self.near, claim, "near")
            self._remember(claim, last, left)

    def document(self) -> Document:
        """The whole forecast as JSON."""
        nearest = [
            each for _, _, each in sorted(self._nearest, key=lambda kept: (-kept[0], -kept[1]))
        ]
        return {
            "on": self.on.isoformat(),
            "until": self.until.isoformat(),
            "items": [
                {"day": day.isoformat(), **self.days[day].document()} for day in sorted(self.days)
            ],
            "next": None,
            "others": [
                {"outcome": outcome, "rule": rule, **self.others[outcome, rule].document()}
                for outcome, rule in sorted(self.others)
            ],
            "near_limitation": {
                "within_days": self.urgent_days,
                **self.near.document(),
                "nearest": nearest,
            },
        }

    def _count(self, into: Sum, claim: Claim, what: object) -> None:
        into.add(claim, new_case=what not in self._counted)
        self._counted.add(what)

    def _remember(self, claim: Claim, last: date, left: int) -> None:
        row: Document = {
            "creditor_id": claim.creditor_id,
            "claim_id": claim.claim_id,
            "invoice_number": claim.invoice_number,
            "debtor_number": claim.debtor_number,
            "outstanding": str(claim.outstanding),
            "currency": claim.currency,
            "state": claim.state.value,
            "limitation_last_day": last.isoformat(),
            "days_left": left,
        }
        kept = (-left, -claim.seq, row)  # seq is unique: rows are never compared
        if len(self._nearest) < NEAREST_MAX:
            heappush(self._nearest, kept)
        else:
            heappushpop(self._nearest, kept)


async def cases_forecast(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Walk all open claims in short reads, and give what they come to."""
    on = day_of(gateway, arguments)
    forecast = Forecast(
        on=on,
        until=on + timedelta(days=_days(arguments)),
        urgent_days=gateway.rules.limitation_urgent_days,
    )
    creditors = _creditors(gateway, arguments)
    cursor: Cursor | None = None
    while True:
        read = partial(_page, gateway=gateway, creditors=creditors, after=cursor, on=on)
        found, cursor = await gateway.database.read(read)
        for claim, seen in found:
            forecast.add(claim, seen)
        if cursor is None:
            return forecast.document()


def _fate(seen: Outlook) -> tuple[str, str]:
    """What else becomes of a claim, and the rule that says so."""
    if seen.eligible_on is not None:
        return ("later", "")
    return (seen.then.outcome.value, seen.then.reasons[0].rule)


def _creditors(gateway: Gateway, arguments: Arguments) -> tuple[str, ...]:
    if arguments.get("creditor") is not None:
        return (creditor_of(gateway, arguments),)
    return tuple(sorted(gateway.creditors))


def _days(arguments: Arguments) -> int:
    told = str(arguments.get("days", DAYS_DEFAULT))
    if not told.isdigit() or not 1 <= int(told) <= DAYS_MAX:
        raise OperationError(f"days must be a whole number from 1 to {DAYS_MAX}", kind="invalid")
    return int(told)


def _page(
    connection: sa.Connection,
    *,
    gateway: Gateway,
    creditors: tuple[str, ...],
    after: Cursor | None,
    on: date,
) -> tuple[list[tuple[Claim, Outlook]], Cursor | None]:
    """The next debtors' open claims, and where to go on; ``None`` at the end."""
    for creditor_id in creditors:
        if after is not None and creditor_id < after.creditor_id:
            continue
        debtor = after.debtor_number if after and after.creditor_id == creditor_id else ""
        last = claims.debtor_at(connection, creditor_id, debtor, PAGE_DEBTORS)
        if last is None:
            continue
        known = claims.of_debtors(connection, creditor_id, debtor, last)
        found = [*_outlooks(gateway, known, on)]
        return found, Cursor(creditor_id=creditor_id, debtor_number=last)
    return [], None


def _outlooks(
    gateway: Gateway, known: tuple[Claim, ...], on: date
) -> Iterator[tuple[Claim, Outlook]]:
    by_debtor: dict[str, list[Claim]] = {}
    for claim in known:
        by_debtor.setdefault(claim.debtor_number, []).append(claim)
    for siblings in by_debtor.values():
        for claim in siblings:
            if claim.state in OPEN_TO_DECISION:
                yield (
                    claim,
                    outlook(
                        claim.invoice(gateway.seal),
                        standing=standing_of(claim, tuple(siblings), NoMatch()),
                        rules=gateway.rules,
                        policy=gateway.creditors[claim.creditor_id].policy,
                        today=on,
                    ),
                )
