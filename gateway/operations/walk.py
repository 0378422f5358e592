"""A walk over all open claims, debtor by debtor.

Reads are short, and memory stays the same for any number of claims. What Kravia already has is
looked at on the day itself, not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from gateway.domain.eligibility.outlook import Outlook, outlook
from gateway.domain.matching import NoMatch
from gateway.operations.arguments import Arguments, creditor_of
from gateway.operations.decide import OPEN_TO_DECISION, standing_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.storage import claims
from gateway.storage.claims import Claim

PAGE_DEBTORS = 200
"""Debtors decided in one read: about 50 ms, so that others get their turn."""

Found = list[tuple[Claim, Outlook]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a walk stands: after this creditor's debtor, or after one claim of that debtor's.

    ``seq`` is the claim's; 0 where all of the debtor's are behind.
    """

    creditor_id: str
    debtor_number: str = ""
    seq: int = 0

    @classmethod
    def read(cls, arguments: Arguments) -> Cursor | None:
        """The cursor that is told in ``after``, as ``str`` wrote it; ``None`` at the start."""
        told = arguments.get("after")
        if told is None:
            return None
        creditor_id, _, rest = str(told).partition("/")
        seq, slash, debtor_number = rest.partition("/")
        if not slash or not (seq.isascii() and seq.isdigit()):
            raise OperationError("after must be the cursor of the last page", kind="invalid")
        return cls(creditor_id=creditor_id, debtor_number=debtor_number, seq=int(seq))

    def __str__(self) -> str:
        return f"{self.creditor_id}/{self.seq}/{self.debtor_number}"


def creditors_of(gateway: Gateway, arguments: Arguments) -> tuple[str, ...]:
    """The creditor that is asked for, else all in their order."""
    if arguments.get("creditor") is not None:
        return (creditor_of(gateway, arguments),)
    return tuple(sorted(gateway.creditors))


def step(
    connection: sa.Connection,
    *,
    gateway: Gateway,
    creditors: tuple[str, ...],
    after: Cursor | None,
    on: date,
    debtors: int,
) -> tuple[Found, Cursor | None]:
    """The next ``debtors`` debtors' open claims, and where to go on; ``None`` at the end.

    A cursor within a debtor gives only what is left of that debtor.
    """
    if after is not None and after.seq:
        known = claims.of_debtor(connection, after.creditor_id, after.debtor_number)
        found = [
            (claim, seen)
            for claim, seen in _outlooks(gateway, known, on)
            if claim.seq > after.seq and claim.creditor_id in creditors
        ]
        return found, Cursor(creditor_id=after.creditor_id, debtor_number=after.debtor_number)
    for creditor_id in creditors:
        if after is not None and creditor_id < after.creditor_id:
            continue
        debtor = after.debtor_number if after and after.creditor_id == creditor_id else ""
        last = claims.debtor_at(connection, creditor_id, debtor, debtors)
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
            if claim.state in OPEN_TO_DECISION and claim.creditor_id in gateway.creditors:
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
