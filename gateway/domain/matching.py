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

from gateway.domain.wording import Language, Said, Words

INVOICE_NUMBER = Words("match.invoice_number", "invoice number", "fakturanummer")
INVOICE_DATE = Words("match.invoice_date", "invoice date", "fakturadato")
AMOUNT = Words("match.amount", "amount", "beløp")
DEBTOR_NUMBER = Words("match.debtor_number", "debtor number", "kundenummer")
SEVERAL = Words(
    "match.several",
    "several cases carry this number and date",
    "flere saker har dette nummeret og denne datoen",
)
OTHER_ID = Words(
    "match.other_id",
    "the same invoice stands there under another id",
    "den samme fakturaen står der under en annen id",
)
SECOND_ID = Words(
    "match.second_id",
    "the same invoice stands there under a second id",
    "den samme fakturaen står der også under en annen id",
)
TWICE = Words("match.twice", "it stands there more than once", "den står der mer enn én gang")
NOT_TOLD = Words("match.not_told", "Kravia does not tell its {parts}", "Kravia oppgir ikke {parts}")
DIFFERS = Words("match.differs", "the {parts} differ", "{parts} er ulike")


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
    says: Said

    @property
    def why(self) -> str:
        """What it says, in English."""
        return self.says.in_language(Language.ENGLISH)


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
        return Unclear(candidates=tuple(near), says=SEVERAL())
    only = near[0]
    if only.accounting_invoice_id:
        return Unclear(candidates=(only,), says=OTHER_ID())
    missing = [part() for part, _, theirs in _pairs(wanted, only) if theirs is None]
    if missing:
        return Unclear(candidates=(only,), says=NOT_TOLD(parts=tuple(missing)))
    return _one_of(wanted, near, near)


def _one_of(wanted: Wanted, matches: list[Candidate], near: list[Candidate]) -> Match:
    if len(matches) > 1:
        return Unclear(candidates=tuple(matches), says=TWICE())
    if len(near) > 1:
        return Unclear(candidates=tuple(near), says=SECOND_ID())
    only = matches[0]
    different = [
        part()
        for part, ours, theirs in _pairs(wanted, only)
        if theirs is not None and theirs != ours
    ]
    if different:
        return Unclear(candidates=(only,), says=DIFFERS(parts=tuple(different)))
    return SameCase(kravia_invoice_id=only.kravia_invoice_id)


def _near(wanted: Wanted, candidate: Candidate) -> bool:
    if candidate.accounting_invoice_id == wanted.invoice_id:
        return True
    return (
        candidate.invoice_number == wanted.invoice_number
        and candidate.invoice_date in (None, wanted.invoice_date)
        and candidate.debtor_number in (None, wanted.debtor_number)
    )


def _pairs(wanted: Wanted, candidate: Candidate) -> tuple[tuple[Words, object, object], ...]:
    return (
        (INVOICE_NUMBER, wanted.invoice_number, candidate.invoice_number),
        (INVOICE_DATE, wanted.invoice_date, candidate.invoice_date),
        (AMOUNT, wanted.amount, candidate.amount),
        (DEBTOR_NUMBER, wanted.debtor_number, candidate.debtor_number),
    )
