"""Lines of the bank as kept: what they say, where they ended, and what of them is whose.

::

    new ── matched              its claims are known
        ── unmatched (reason)   no claim's; ``decided_by`` set: a person said so
        ── waiting (reason)     a person must say, or answer a task ── matched | unmatched
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from gateway.domain.bank_line import BankLine
from gateway.domain.money import from_minor, to_minor
from gateway.storage.seal import Seal
from gateway.storage.tables import bank_line, bank_line_part, claim, receipt
from outbox.instants import from_ms, to_ms


class Source(StrEnum):
    """Who told of a line."""

    OCR = "ocr"
    CAMT054 = "camt054"
    HAND = "hand"


WHOSE: Final = "bank_line"
"""The kind of task that asks a person for which claim the money of a line is."""


class LineState(StrEnum):
    """Where a line ended."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLine:
    """One line as kept, its details still sealed. ``amount`` is positive, in ``currency``."""

    seq: int
    line_id: str
    creditor_id: str
    source: Source
    identity: str
    file: str | None
    on: date
    amount: Decimal
    currency: str
    is_return: bool
    kid_token: str | None
    sealed_details: bytes
    state: LineState
    reason: str | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None

    def opened(self, seal: Seal) -> BankLine:
        """The line as the bank told it."""
        details = json.loads(seal.open(self.sealed_details))
        return BankLine(
            identity=self.identity,
            place=details["place"],
            account=details["account"],
            on=self.on,
            amount=self.amount,
            currency=self.currency,
            is_return=self.is_return,
            kids=tuple(details["kids"]),
            payer_account=details["payer_account"],
            text=details["text"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line to keep, and where it ends."""

    line_id: str
    creditor_id: str
    source: Source
    file: str | None
    line: BankLine
    kid_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a line is a claim's. ``told_as``: the ledger's payment that is the same money.

    ``is_entered``: it is a receipt of the claim under the line's own id.
    """

    line_seq: int
    line_id: str
    claim_id: str
    on: date
    amount: Decimal
    told_as: str | None
    is_entered: bool
    is_return: bool
    is_returned: bool

    @property
    def payment_id(self) -> str:
        """The id of the claim's receipt that this money is."""
        return self.line_id if self.is_entered else self.told_as or self.line_id


def add(
    connection: sa.Connection,
    seal: Seal,
    new: NewLine,
    state: LineState,
    reason: str | None,
    now: datetime,
) -> StoredLine:
    """Keep a line; an integrity error if it is kept already."""
    line = new.line
    details = {
        "kids": line.kids,
        "account": line.account,
        "payer_account": line.payer_account,
        "text": line.text,
        "place": line.place,
    }
    row = connection.execute(
        sa.insert(bank_line)
        .values(
            line_id=new.line_id,
            creditor_id=new.creditor_id,
            source=new.source.value,
            identity=line.identity,
            file=new.file,
            on=line.on.isoformat(),
            amount_minor=to_minor(line.amount),
            currency=line.currency,
            is_return=int(line.is_return),
            kid_token=new.kid_token,
            sealed_details=seal.seal(json.dumps(details).encode()),
            state=state.value,
            reason=reason,
            created_at=to_ms(now),
        )
        .returning(bank_line)
    )
    return _line(row.mappings().one())


def by_identity(connection: sa.Connection, creditor_id: str, identity: str) -> StoredLine | None:
    """The line as it was kept before."""
    found = _lines(
        connection, bank_line.c.creditor_id == creditor_id, bank_line.c.identity == identity
    )
    return found[0] if found else None


def get(connection: sa.Connection, line_id: str) -> StoredLine | None:
    """The line with this id."""
    found = _lines(connection, bank_line.c.line_id == line_id)
    return found[0] if found else None


def of_kid(connection: sa.Connection, creditor_id: str, kid_token: str) -> tuple[StoredLine, ...]:
    """All lines with this KID, in the order they came."""
    return _lines(
        connection, bank_line.c.creditor_id == creditor_id, bank_line.c.kid_token == kid_token
    )


def end(
    connection: sa.Connection,
    line: StoredLine,
    state: LineState,
    reason: str | None,
    *,
    by: tuple[str, datetime] | None = None,
) -> None:
    """Write where a line ended; ``by`` whom and when, where a person said so."""
    decided = {} if by is None else {"decided_by": by[0], "decided_at": to_ms(by[1])}
    connection.execute(
        sa.update(bank_line)
        .where(bank_line.c.seq == line.seq)
        .values(state=state.value, reason=reason, **decided)
    )


def answered(connection: sa.Connection, line_id: str) -> None:
    """Whose money a line is has been said, by a person or a settlement; other ids do nothing."""
    connection.execute(
        sa.update(bank_line)
        .where(bank_line.c.line_id == line_id, bank_line.c.state == LineState.WAITING.value)
        .values(state=LineState.MATCHED.value, reason=None)
    )


def add_part(
    connection: sa.Connection,
    line: StoredLine,
    claim_id: str,
    amount: Decimal,
    *,
    told_as: str | None,
    is_entered: bool,
) -> None:
    """Say that so much of a line is a claim's."""
    connection.execute(
        sa.insert(bank_line_part).values(
            line_seq=line.seq,
            claim_id=claim_id,
            amount_minor=to_minor(amount),
            told_as=told_as,
            is_entered=int(is_entered),
        )
    )


def told_as(connection: sa.Connection, part: Part, payment_id: str) -> None:
    """The ledger's payment ``payment_id`` is the same money."""
    _change_part(connection, part, told_as=payment_id)


def returned(connection: sa.Connection, part: Part) -> None:
    """The bank took the money back."""
    _change_part(connection, part, is_returned=1)


def parts_of_claim(connection: sa.Connection, claim_id: str) -> tuple[Part, ...]:
    """What of all lines is this claim's, in the order they came."""
    return _parts(connection, bank_line_part.c.claim_id == claim_id)


def near_of_claim(
    connection: sa.Connection, claim_id: str, on: date, amount: Decimal, days: int = 3
) -> tuple[Part, ...]:
    """Payments on a claim that files told, of this amount and at most so many days away."""
    reach = timedelta(days=days)
    return tuple(
        part
        for part in parts_of_claim(connection, claim_id)
        if not part.is_return
        and not part.is_returned
        and part.amount == amount
        and abs(part.on - on) <= reach
    )


def parts_of_line(connection: sa.Connection, line_seq: int) -> tuple[Part, ...]:
    """What of a line is whose."""
    return _parts(connection, bank_line_part.c.line_seq == line_seq)


def listing(
    connection: sa.Connection,
    conditions: Mapping[str, object],
    *,
    limit: int,
    after: int | None,
) -> tuple[StoredLine, ...]:
    """Newest first, ``after`` a ``seq``; ``conditions`` are column = value, ``None`` ignored."""
    of = [bank_line.c[name] == value for name, value in conditions.items() if value is not None]
    before = [] if after is None else [bank_line.c.seq < after]
    query = sa.select(bank_line).where(*of, *before).order_by(bank_line.c.seq.desc()).limit(limit)
    return tuple(_line(row) for row in connection.execute(query).mappings())


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPart:
    """A part as people see it: of which claim, and what became of the receipt it is."""

    claim_id: str
    invoice_number: str
    amount: Decimal
    told_as: str | None
    receipt: str | None


def shown_parts(
    connection: sa.Connection, lines: Sequence[StoredLine]
) -> dict[int, list[ShownPart]]:
    """The parts of several lines, by the line's ``seq``, in the order of invoice numbers."""
    if not lines:
        return {}
    own = sa.case(
        (bank_line_part.c.is_entered == 1, bank_line.c.line_id), else_=bank_line_part.c.told_as
    )
    query = (
        sa.select(bank_line_part, claim.c.invoice_number, receipt.c.state.label("receipt"))
        .join(bank_line, bank_line.c.seq == bank_line_part.c.line_seq)
        .join(claim, claim.c.claim_id == bank_line_part.c.claim_id)
        .outerjoin(
            receipt,
            sa.and_(
                receipt.c.claim_id == bank_line_part.c.claim_id,
                receipt.c.kind == "payment",
                receipt.c.receipt_id == own,
            ),
        )
        .where(bank_line_part.c.line_seq.in_([line.seq for line in lines]))
    )
    found: dict[int, list[ShownPart]] = {}
    for row in connection.execute(query):
        part = ShownPart(
            claim_id=row.claim_id,
            invoice_number=row.invoice_number,
            amount=from_minor(row.amount_minor),
            told_as=row.told_as,
            receipt=row.receipt,
        )
        found.setdefault(row.line_seq, []).append(part)
    for parts in found.values():
        parts.sort(key=lambda part: part.invoice_number)
    return found


def near(
    lines: Iterable[StoredLine], on: date, amount: Decimal, days: int
) -> tuple[StoredLine, ...]:
    """Of some lines those with this amount, at most so many days away."""
    reach = timedelta(days=days)
    return tuple(each for each in lines if each.amount == amount and abs(each.on - on) <= reach)


def _change_part(connection: sa.Connection, part: Part, **values: object) -> None:
    connection.execute(
        sa.update(bank_line_part)
        .where(
            bank_line_part.c.line_seq == part.line_seq, bank_line_part.c.claim_id == part.claim_id
        )
        .values(**values)
    )


def _lines(
    connection: sa.Connection, *conditions: sa.ColumnElement[bool]
) -> tuple[StoredLine, ...]:
    query = sa.select(bank_line).where(*conditions).order_by(bank_line.c.seq)
    return tuple(_line(row) for row in connection.execute(query).mappings())


def _parts(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> tuple[Part, ...]:
    query = (
        sa.select(bank_line_part, bank_line.c.line_id, bank_line.c["on"], bank_line.c.is_return)
        .join(bank_line, bank_line.c.seq == bank_line_part.c.line_seq)
        .where(condition)
        .order_by(bank_line_part.c.line_seq)
    )
    return tuple(
        Part(
            line_seq=row["line_seq"],
            line_id=row["line_id"],
            claim_id=row["claim_id"],
            on=date.fromisoformat(row["on"]),
            amount=from_minor(row["amount_minor"]),
            told_as=row["told_as"],
            is_entered=bool(row["is_entered"]),
            is_return=bool(row["is_return"]),
            is_returned=bool(row["is_returned"]),
        )
        for row in connection.execute(query).mappings()
    )


def _line(row: sa.RowMapping) -> StoredLine:
    decided_at = row["decided_at"]
    return StoredLine(
        seq=row["seq"],
        line_id=row["line_id"],
        creditor_id=row["creditor_id"],
        source=Source(row["source"]),
        identity=row["identity"],
        file=row["file"],
        on=date.fromisoformat(row["on"]),
        amount=from_minor(row["amount_minor"]),
        currency=row["currency"],
        is_return=bool(row["is_return"]),
        kid_token=row["kid_token"],
        sealed_details=row["sealed_details"],
        state=LineState(row["state"]),
        reason=row["reason"],
        created_at=from_ms(row["created_at"]),
        decided_at=None if decided_at is None else from_ms(decided_at),
        decided_by=row["decided_by"],
    )
