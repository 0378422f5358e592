"""What becomes eligible on which day if nothing but time changes, and what nears limitation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from heapq import heappush, heappushpop

from gateway.domain.eligibility.outlook import Outlook
from gateway.operations import walk
from gateway.operations.arguments import Arguments, day_of
from gateway.operations.errors import OperationError
from gateway.operations.forecast_parts import NEAREST_MAX
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage.claims import Claim

PART_DEBTORS = 10_000
"""Debtors of one answer, some ten seconds of work: well within what whoever asks waits for it."""

DAYS_DEFAULT = 90
DAYS_MAX = 1_200  # beyond three years everything is time-barred


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
        kept = (-left, -self.near.claims, row)  # in the walk's order; rows are never compared
        if len(self._nearest) < NEAREST_MAX:
            heappush(self._nearest, kept)
        else:
            heappushpop(self._nearest, kept)


async def cases_forecast(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Walk the open claims in short reads, and give what those of ``PART_DEBTORS`` come to.

    With more debtors behind them ``next`` says where to go on; ``forecast_parts`` adds the parts.
    """
    on = day_of(gateway, arguments)
    forecast = Forecast(
        on=on,
        until=on + timedelta(days=_days(arguments)),
        urgent_days=gateway.rules.limitation_urgent_days,
    )
    creditors, cursor = walk.creditors_of(gateway, arguments), walk.Cursor.read(arguments)
    for _ in range(max(1, PART_DEBTORS // walk.PAGE_DEBTORS)):
        read = partial(
            walk.step,
            gateway=gateway,
            creditors=creditors,
            after=cursor,
            on=on,
            debtors=walk.PAGE_DEBTORS,
        )
        await gateway.recount.lull()
        found, cursor = await gateway.database.read(read)
        for claim, seen in found:
            forecast.add(claim, seen)
        if cursor is None:
            break
    return {**forecast.document(), "next": str(cursor) if cursor else None}


def _fate(seen: Outlook) -> tuple[str, str]:
    """What else becomes of a claim, and the rule that says so."""
    if seen.eligible_on is not None:
        return ("later", "")
    return (seen.then.outcome.value, seen.then.reasons[0].rule)


def _days(arguments: Arguments) -> int:
    told = str(arguments.get("days", DAYS_DEFAULT))
    if not told.isdigit() or not 1 <= int(told) <= DAYS_MAX:
        raise OperationError(f"days must be a whole number from 1 to {DAYS_MAX}", kind="invalid")
    return int(told)
