"""The audit as a chain: each row's hash is over the row and the hash of the row before it.

::

    hash(row) = SHA-256(hash(row before) · JSON [at, actor, action, subject, reason])

A changed, removed or inserted row breaks the chain where it stands; rows gone from its end are
missed by ``audit_head``. There is no secret in it: whoever can write to the database can compute a
whole new chain. A head that was noted elsewhere shows that too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from gateway.storage.insertion import insertion_once
from gateway.storage.tables import audit, audit_head

BEFORE_ALL: Final = bytes(32)
"""Stands for the hash before the first row."""

FAULTS_MAX: Final = 100
"""More are not told one by one: what is wrong a hundred times is wrong altogether."""

_NAME: Final = "audit"
_HEAD: Final = sa.select(audit_head).where(audit_head.c.name == _NAME).with_for_update()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """One place where the chain does not hold; ``seq`` is the row's, None for what is missing."""

    seq: int | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a chain ends: how many rows, and the hash of the last."""

    rows: int
    hash: bytes


def append(connection: sa.Connection, values: dict[str, object]) -> None:
    """Add a row at the end of the chain.

    The head's row is locked until the commit (on SQLite nobody else writes anyway), so that two
    processes never continue the same hash. It is taken last of all locks: who holds it waits for
    no scope any more.
    """
    head = connection.execute(_HEAD).first()
    if head is None:  # the first row ever, or two processes' first rows at once
        first = {"name": _NAME, "rows": 0, "hash": BEFORE_ALL}
        connection.execute(insertion_once(connection, audit_head), first)
        head = connection.execute(_HEAD).one()
    digest = hash_of(bytes(head.hash), values)
    connection.execute(sa.insert(audit), {**values, "hash": digest})
    connection.execute(
        sa.update(audit_head)
        .where(audit_head.c.name == _NAME)
        .values(rows=head.rows + 1, hash=digest)
    )


def hash_of(before: bytes, values: dict[str, object]) -> bytes:
    """Give the hash of a row that stands behind the hash ``before``."""
    fields = [values[name] for name in ("at", "actor", "action", "subject", "reason")]
    return hashlib.sha256(before + json.dumps(fields).encode()).digest()


def head_of(connection: sa.Connection) -> Head:
    """Where the chain should end, as noted with its last row."""
    row = connection.execute(sa.select(audit_head).where(audit_head.c.name == _NAME)).first()
    if row is None:
        return Head(rows=0, hash=BEFORE_ALL)
    return Head(rows=row.rows, hash=bytes(row.hash))


@dataclass(slots=True)
class Verifying:
    """Goes along the chain row by row and notes what is wrong; ``noted`` is a head to look for."""

    noted: bytes | None = None
    rows: int = 0
    last: bytes = BEFORE_ALL
    last_seq: int | None = None
    faults: list[ChainFault] = field(default_factory=list)
    _found_noted: bool = False

    def take(self, row: sa.Row[tuple[object, ...]]) -> None:
        """Look at the next row."""
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name for it
        kept = values.get("hash")
        stored = None if kept is None else bytes(kept)
        computed = hash_of(self.last, values)
        self.rows += 1
        if stored is None:
            self._say(row.seq, "has no hash: put in past the gateway, or by an older release")
            return  # the next row continues the hash before it
        if stored != computed:
            before = "the start" if self.last_seq is None else f"row {self.last_seq}"
            self._say(
                row.seq,
                f"does not follow {before}: this row was altered or put in, or rows between them"
                " were removed",
            )
        self.last, self.last_seq = stored, row.seq
        self._found_noted = self._found_noted or stored == self.noted

    def end(self, head: Head) -> None:
        """Compare the end with the head, and look for the head that was noted elsewhere."""
        if self.last != head.hash:
            end = "is empty" if self.last_seq is None else f"ends at row {self.last_seq}"
            self._say(
                None,
                f"the chain {end}, but its head is another: rows were removed from the end or put"
                f" in there (the head counts {head.rows} rows, there are {self.rows})",
            )
        elif self.rows != head.rows:
            self._say(None, f"the head counts {head.rows} rows, there are {self.rows}")
        if self.noted is not None and not self._found_noted:
            self._say(None, "the noted head is nowhere in the chain: the chain was written anew")

    def _say(self, seq: int | None, what: str) -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(ChainFault(seq=seq, what=what))


def rows_in_order(
    connection: sa.Connection, after: int, limit: int
) -> Sequence[sa.Row[tuple[object, ...]]]:
    """The next rows behind ``after``, oldest first."""
    query = sa.select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    return connection.execute(query).all()
