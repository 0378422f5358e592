"""Is this claim already at Kravia? Decided from rows of the mirror, never guessed.

The ledger's own invoice id (``accountingInvoiceId``) is matched first. Without it, number, invoice
date, amount and debtor number together identify: invoice numbers alone repeat between years.
Anything that matches in part is for a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One case at Kravia; an absent field is one Kravia did not tell."""

    kravia_invoice_id: str
    accounting_invoice_id: str | None
    invoice_number: str | None
    invoice_date: date | None
    amount: Decimal | None
    debtor_number: str | None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What we sent, or are about to send."""

    invoice_id: str
    invoice_number: str
    invoice_date: date
    amount: Decimal
    debtor_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch:
    """Nothing at Kravia looks like it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SameCase:
    """Exactly one case is it, in every field that Kravia told."""

    kravia_invoice_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Several cases, or one that differs: a person must look."""

    candidates: tuple[Candidate, ...]
    why: str


Match = NoMatch | SameCase | Unclear


def match(wanted: Wanted, candidates: Iterable[Candidate]) -> Match:
    """Compare ``wanted`` with every candidate of the same creditor."""
    near = [c for c in candidates if _near(wanted, c)]
    by_id = [c for c in near if c.accounting_invoice_id == wanted.invoice_id]
    if by_id:
        return _one_of(wanted, by_id, near)
    if not near:
        return NoMatch()
    if len(near) > 1:
        return Unclear(candidates=tuple(near), why="several cases carry this number and date")
    only = near[0]
    if only.accounting_invoice_id:
        return Unclear(candidates=(only,), why="the same invoice stands there under another id")
    missing = [name for name, _, theirs in _pairs(wanted, only) if theirs is None]
    if missing:
        return Unclear(candidates=(only,), why=f"Kravia does not tell its {', '.join(missing)}")
    return _one_of(wanted, near, near)


def _one_of(wanted: Wanted, matches: list[Candidate], near: list[Candidate]) -> Match:
    if len(matches) > 1:
        return Unclear(candidates=tuple(matches), why="it stands there more than once")
    if len(near) > 1:
        return Unclear(
            candidates=tuple(near), why="the same invoice stands there under a second id"
        )
    only = matches[0]
    different = [
        name for name, ours, theirs in _pairs(wanted, only) if theirs is not None and theirs != ours
    ]
    if different:
        return Unclear(candidates=(only,), why=f"the {' and '.join(different)} differ")
    return SameCase(kravia_invoice_id=only.kravia_invoice_id)


def _near(wanted: Wanted, candidate: Candidate) -> bool:
    if candidate.accounting_invoice_id == wanted.invoice_id:
        return True
    return (
        candidate.invoice_number == wanted.invoice_number
        and candidate.invoice_date in (None, wanted.invoice_date)
        and candidate.debtor_number in (None, wanted.debtor_number)
    )


def _pairs(wanted: Wanted, candidate: Candidate) -> tuple[tuple[str, object, object], ...]:
    return (
        ("invoice number", wanted.invoice_number, candidate.invoice_number),
        ("invoice date", wanted.invoice_date, candidate.invoice_date),
        ("amount", wanted.amount, candidate.amount),
        ("debtor number", wanted.debtor_number, candidate.debtor_number),
    )
