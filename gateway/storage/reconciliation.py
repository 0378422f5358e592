"""Reads what the sides hold, a batch at a time: each batch is one consistent state, in few queries.

Of claims only columns without facts are read, so that nothing is opened that is not compared.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import sqlalchemy as sa

from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.money import to_minor
from gateway.domain.reconciliation.books import (
    Booking,
    Case,
    ClaimBooks,
    Collected,
    Entry,
    LedgerSide,
    Line,
    Money,
    Order,
    Told,
)
from gateway.storage import facts
from gateway.storage.errors import SealError
from gateway.storage.seal import Seal
from gateway.storage.tables import (
    QUARANTINE,
    bank_line,
    bank_line_part,
    booking,
    claim,
    collected,
    ledger_invoice,
    message,
    mirror,
    receipt,
    settlement,
    settlement_line,
)
from outbox.instants import from_ms
from outbox.table import UNSETTLED

Meaning = Callable[[str | None], str | None]
"""What a status word of Kravia's means, None for one without a meaning."""

Rows = Mapping[Any, Sequence[Any]]

_CLAIMS: Final = (
    sa.select(
        claim.c.seq,
        claim.c.claim_id,
        claim.c.invoice_id,
        claim.c.invoice_number,
        claim.c.issue_date,
        claim.c.debtor_number,
        claim.c.state,
        claim.c.close_reason,
        claim.c.outstanding_minor,
        claim.c.registered_minor,
        claim.c.registered_at,
        claim.c.withdrawn_at,
        claim.c.kravia_invoice_id,
        claim.c.details_at,
        claim.c.remaining_minor,
        claim.c.agency_entries,
    )
    .where(claim.c.creditor_id == sa.bindparam("creditor"), claim.c.seq > sa.bindparam("after"))
    .order_by(claim.c.seq)
    .limit(sa.bindparam("limit"))
)
_ORDERS: Final = (
    message.c.message_id,
    message.c.subject,
    message.c.kind,
    message.c.state,
    message.c.created_at,
    message.c.settled_at,
    message.c.last_error,
)


def claim_books(
    connection: sa.Connection,
    seal: Seal,
    creditor_id: str,
    *,
    after: int,
    limit: int,
    meaning: Meaning,
    ledger_is_asked: bool,
) -> tuple[tuple[ClaimBooks, ...], int | None]:
    """The next claims of a creditor past the ``seq`` given, and the last one's; None: no more."""
    rows = connection.execute(
        _CLAIMS, {"creditor": creditor_id, "after": after, "limit": limit}
    ).all()
    if not rows:
        return (), None
    reader = _Reader(connection, seal, creditor_id, meaning)
    reader.read(rows, ledger_is_asked=ledger_is_asked)
    return tuple(reader.books_of(row) for row in rows), rows[-1].seq


class _Reader:
    """What belongs to one batch of claims, by what it belongs to."""

    def __init__(
        self, connection: sa.Connection, seal: Seal, creditor_id: str, meaning: Meaning
    ) -> None:
        self._connection = connection
        self._seal = seal
        self._creditor_id = creditor_id
        self._meaning = meaning

    def read(self, rows: Sequence[Any], *, ledger_is_asked: bool) -> None:
        """Read all that belongs to these claims."""
        claim_ids = [row.claim_id for row in rows]
        invoice_ids = [row.invoice_id for row in rows]
        kravia_ids = [row.kravia_invoice_id for row in rows if row.kravia_invoice_id is not None]
        self._namesakes = self._by(mirror, "accounting_invoice_id", invoice_ids)
        known = {row.kravia_invoice_id: row for named in self._namesakes.values() for row in named}
        others = self._by(mirror, "kravia_invoice_id", [k for k in kravia_ids if k not in known])
        self._cases = known | {kravia_id: found[0] for kravia_id, found in others.items()}
        self._receipts = _grouped(self._of_claims(_RECEIPTS, claim_ids), "claim_id")
        self._collected = _grouped(self._of_claims(_COLLECTED, claim_ids), "claim_id")
        self._lines = _grouped(self._lines_of(kravia_ids), "kravia_invoice_id")
        self._bookings = _grouped(self._bookings_of(), "line_seq")
        self._unsettled = _grouped(self._unsettled_of(claim_ids), "subject")
        self._orders = self._orders_of()
        self._bank = self._bank_of(claim_ids) if self._receipts else {}
        self._ledger = (
            self._by(ledger_invoice, "invoice_id", invoice_ids) if ledger_is_asked else {}
        )

    def books_of(self, row: Any) -> ClaimBooks:
        """Put one claim together."""
        named = self._namesakes.get(row.invoice_id, ())
        own = None if row.kravia_invoice_id is None else self._cases.get(row.kravia_invoice_id)
        return ClaimBooks(
            creditor_id=self._creditor_id,
            claim_id=row.claim_id,
            invoice_id=row.invoice_id,
            invoice_number=row.invoice_number,
            issued_on=row.issue_date,
            debtor_number=row.debtor_number,
            state=ClaimState(row.state),
            close_reason=None if row.close_reason is None else CloseReason(row.close_reason),
            outstanding=row.outstanding_minor,
            registered=row.registered_minor,
            registered_at=None if row.registered_at is None else from_ms(row.registered_at),
            withdrawn_at=None if row.withdrawn_at is None else from_ms(row.withdrawn_at),
            kravia_invoice_id=row.kravia_invoice_id,
            details_at=None if row.details_at is None else from_ms(row.details_at),
            remaining=row.remaining_minor,
            entries=_entries(row.agency_entries),
            case=None if own is None else case_of(own, self._meaning),
            namesakes=tuple(
                case_of(each, self._meaning)
                for each in named
                if each.kravia_invoice_id != row.kravia_invoice_id
            ),
            orders=tuple(_order(each) for each in self._unsettled.get(row.claim_id, ())),
            money=tuple(self._money(each) for each in self._receipts.get(row.claim_id, ())),
            collected=tuple(_collected(each) for each in self._collected.get(row.claim_id, ())),
            lines=tuple(self._line(each) for each in self._lines.get(row.kravia_invoice_id, ())),
            ledger=self._ledger_side(row.invoice_id),
        )

    def _by(self, table: sa.Table, column: str, ids: list[str]) -> Rows:
        """Rows of the creditor by one of their columns, in a fixed order."""
        if not ids:
            return {}
        values = {"creditor": self._creditor_id, "ids": ids}
        rows = self._connection.execute(_of_creditor(table, column), values)
        return _grouped(sorted(rows, key=attrgetter(*table.primary_key.columns.keys())), column)

    def _of_claims(self, query: sa.Select[Any], claim_ids: list[str]) -> Sequence[Any]:
        return self._connection.execute(query, {"ids": claim_ids}).all()

    def _lines_of(self, kravia_ids: list[str]) -> Sequence[Any]:
        if not kravia_ids:
            return ()
        values = {"creditor": self._creditor_id, "ids": kravia_ids}
        return self._connection.execute(_LINES, values).all()

    def _bookings_of(self) -> Sequence[Any]:
        seqs = [line.seq for lines in self._lines.values() for line in lines]
        if not seqs:
            return ()
        return self._connection.execute(_BOOKINGS, {"ids": seqs}).all()

    def _unsettled_of(self, claim_ids: list[str]) -> Sequence[Any]:
        keys = [f"{place}.{each}" for each in claim_ids for place in ("kravia", "ledger")]
        return self._connection.execute(_UNSETTLED_OF, {"keys": keys}).all()

    def _orders_of(self) -> dict[str, Order]:
        """The messages that receipts and bookings name, by id; those of receipts with amounts."""
        receipts = [each for found in self._receipts.values() for each in found]
        ids = [each.message_id for each in receipts if each.message_id is not None]
        ids += [each.message_id for found in self._bookings.values() for each in found]
        if not ids:
            return {}
        rows = self._connection.execute(_NAMED, {"ids": ids}).all()
        return {row.message_id: _order(row, amount=self._told(row)) for row in rows}

    def _told(self, row: Any) -> int | None:
        """What a payment's message tells; None of a booking's, or where it cannot be read."""
        if row.kind not in {"kravia.payment", "kravia.credit_note"} or not row.payload:
            return None
        try:
            return to_minor(Decimal(json.loads(self._seal.open(row.payload))["amount"]))
        except (SealError, ValueError, KeyError):
            return None

    def _bank_of(self, claim_ids: list[str]) -> dict[tuple[str, str], bool]:
        """(claim, receipt) told by the bank, and whether the ledger has told it since."""
        rows = self._connection.execute(_BANK, {"ids": claim_ids})
        return {(row.claim_id, row.line_id): row.told_as is not None for row in rows}

    def _money(self, row: Any) -> Money:
        told = self._bank.get((row.claim_id, row.receipt_id))
        return Money(
            receipt_id=row.receipt_id,
            amount=row.amount_minor,
            on=date.fromisoformat(row.on),
            state=row.state,
            is_credit_note=row.kind == "credit_note",
            order=self._orders.get(row.message_id),
            message_id=row.message_id,
            told_at=from_ms(row.event_at),
            is_of_bank=told is not None,
            is_awaited=told is False,
        )

    def _line(self, row: Any) -> Line:
        ours = self._bookings.get(row.seq, ())
        return Line(
            settlement_id=row.settlement_id,
            kravia_invoice_id=row.kravia_invoice_id,
            amount=row.amount_minor,
            principal=row.principal_minor,
            received_at=from_ms(row.received_at),
            voucher_id=row.voucher_id,
            taken_by=row.receipt_id,
            by_hand=bool(row.by_hand),
            booking=self._booking(ours[0]) if ours else None,
        )

    def _booking(self, row: Any) -> Booking:
        return Booking(
            amount=row.amount_minor,
            message_id=row.message_id,
            order=self._orders.get(row.message_id),
            payment_id=row.payment_id,
        )

    def _ledger_side(self, invoice_id: str) -> LedgerSide | None:
        rows = self._ledger.get(invoice_id, ())
        if not rows or rows[0].sealed_facts is None:
            return None
        invoice = facts.load(self._seal.open(rows[0].sealed_facts))
        return LedgerSide(
            invoice_number=invoice.number,
            issued_on=invoice.issue_date.isoformat(),
            debtor_number=invoice.debtor.number,
            outstanding=to_minor(invoice.outstanding),
            read_at=from_ms(rows[0].read_at),
            money=(
                *(
                    Told(
                        receipt_id=each.id,
                        amount=to_minor(each.amount),
                        from_agency=each.from_agency,
                    )
                    for each in invoice.payments
                ),
                *(
                    Told(receipt_id=each.id, amount=to_minor(each.amount), is_credit_note=True)
                    for each in invoice.credit_notes
                ),
            ),
        )


@lru_cache
def _of_creditor(table: sa.Table, column: str) -> sa.Select[Any]:
    """Rows of one creditor whose column is one of ``ids``.

    In no order: asked for one, SQLite walks all of the creditor's by the index that has it.
    """
    return sa.select(table).where(
        table.c.creditor_id == sa.bindparam("creditor"),
        table.c[column].in_(sa.bindparam("ids", expanding=True)),
    )


def _of_claims(table: sa.Table) -> sa.Select[Any]:
    """Rows of the claims ``ids``. The creditor is no condition: SQLite would go by that instead."""
    here = table.c.claim_id.in_(sa.bindparam("ids", expanding=True))
    return sa.select(table).where(here).order_by(table.c.seq)


_RECEIPTS: Final = _of_claims(receipt)
_COLLECTED: Final = _of_claims(collected)
_LINES: Final = (
    sa.select(settlement_line, settlement.c.received_at, settlement.c.voucher_id)
    .join(
        settlement,
        sa.and_(
            settlement.c.creditor_id == settlement_line.c.creditor_id,
            settlement.c.settlement_id == settlement_line.c.settlement_id,
        ),
    )
    .where(
        settlement_line.c.creditor_id == sa.bindparam("creditor"),
        settlement_line.c.kravia_invoice_id.in_(sa.bindparam("ids", expanding=True)),
    )
    .order_by(settlement_line.c.seq)
)
_BOOKINGS: Final = sa.select(booking).where(
    booking.c.line_seq.in_(sa.bindparam("ids", expanding=True))
)
_UNSETTLED_OF: Final = (
    sa.select(*_ORDERS)
    .where(message.c.key.in_(sa.bindparam("keys", expanding=True)), UNSETTLED)
    .order_by(message.c.seq)
)
_NAMED: Final = sa.select(*_ORDERS, message.c.payload).where(
    message.c.message_id.in_(sa.bindparam("ids", expanding=True))
)
_BANK: Final = (
    sa.select(bank_line_part.c.claim_id, bank_line.c.line_id, bank_line_part.c.told_as)
    .join(bank_line, bank_line.c.seq == bank_line_part.c.line_seq)
    .where(
        bank_line_part.c.claim_id.in_(sa.bindparam("ids", expanding=True)),
        bank_line_part.c.is_entered == 1,
    )
)


def case_of(row: Any, meaning: Meaning) -> Case:
    """A row of the mirror."""
    return Case(
        kravia_invoice_id=row.kravia_invoice_id,
        invoice_id=row.accounting_invoice_id,
        invoice_number=row.invoice_number,
        issued_on=row.invoice_date,
        amount=row.amount_minor,
        debtor_number=row.debtor_number,
        status=row.status,
        meaning=meaning(row.status),
        seen_at=from_ms(row.seen_at),
    )


def order_of(connection: sa.Connection, message_id: str | None) -> Order | None:
    """The message with this id, if there is one."""
    if message_id is None:
        return None
    row = connection.execute(_NAMED, {"ids": [message_id]}).first()
    return None if row is None else _order(row)


def entries_to_text(entries: Iterable[Entry]) -> str:
    """How a case's payments and credit notes are kept on its claim; ids and amounts only."""
    return json.dumps(
        [
            [e.payment_id, e.our_id, e.amount, int(e.is_credit_note), int(e.is_reversed)]
            for e in entries
        ]
    )


def _entries(text: str | None) -> tuple[Entry, ...] | None:
    if text is None:
        return None
    return tuple(
        Entry(
            payment_id=payment_id,
            our_id=our_id,
            amount=amount,
            is_credit_note=bool(is_credit_note),
            is_reversed=bool(is_reversed),
        )
        for payment_id, our_id, amount, is_credit_note, is_reversed in json.loads(text)
    )


def _order(row: Any, *, amount: int | None = None) -> Order:
    return Order(
        message_id=row.message_id,
        kind=row.kind,
        state=row.state,
        created_at=from_ms(row.created_at),
        settled_at=None if row.settled_at is None else from_ms(row.settled_at),
        is_quarantined=(row.last_error or "").startswith(QUARANTINE),
        amount=amount,
    )


def _collected(row: Any) -> Collected:
    return Collected(
        payment_id=row.payment_id,
        amount=row.amount_minor,
        principal=row.principal_minor,
        paid_on=date.fromisoformat(row.paid_on),
        is_reversed=bool(row.reversed),
    )


def _grouped(rows: Sequence[Any], column: str) -> Rows:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found
