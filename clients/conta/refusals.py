"""What Conta says when it refuses, by the ``name`` of its exception, in words for a bookkeeper.

Conta's error object: ``{"category", "name", "messages": {"EN", "NO"}, "properties", "errors"}``.
The ``name`` decides, never the text: that may hold a customer's name, and what is said here goes to
logs and alerts. A name without a sentence of ours stands for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from clients.answers import printable, read_json
from clients.conta.refusal_sentences import PERIOD_LOCKS, SENTENCES
from clients.errors import ProtocolError, RejectedError
from clients.exchange import Response

_NAME_MAX_CHARS = 120  # the longest documented name has 81
_FIELDS_MAX = 5  # of a rejected body; more do not help a reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Conta's error object: its exception's name, facts and the fields it dislikes."""

    name: str
    properties: Mapping[str, object] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


class ContaRefusedError(RejectedError):
    """Conta understood and refused. ``name`` is its exception's, ``properties`` its facts.

    Properties are for the machine: they may hold names and amounts, the message does not.
    """

    def __init__(
        self, message: str, *, status: int | None = None, said: Said | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.name = said.name if said else ""
        self.properties = said.properties if said else {}


class PeriodLockedError(ContaRefusedError):
    """Nothing can be booked on that day any more.

    ``first_open_day`` is the first day after the lock as far as Conta told; other locks may follow.
    """

    def __init__(
        self, message: str, *, status: int | None = None, said: Said | None = None
    ) -> None:
        super().__init__(message, status=status, said=said)
        self.first_open_day = None if said is None else first_open_day(said)


def said_in(response: Response) -> Said | None:
    """Return the error object in an answer, None if there is none."""
    try:
        document = read_json(response.body)
    except ProtocolError:
        return None
    if not isinstance(document, Mapping):
        return None
    name, category = document.get("name"), document.get("category")
    if not isinstance(name, str) or len(name) > _NAME_MAX_CHARS:
        return None
    if not isinstance(category, str) and not name.endswith("Exception"):
        return None
    properties = document.get("properties")
    return Said(
        name=printable(name),
        properties=properties if isinstance(properties, Mapping) else {},
        fields=_fields(document.get("errors")),
    )


def refusal_of(said: Said, status: int) -> ContaRefusedError:
    """Return the error that says what a person must change."""
    kind = PeriodLockedError if said.name in PERIOD_LOCKS else ContaRefusedError
    return kind(sentence_of(said), status=status, said=said)


def sentence_of(said: Said) -> str:
    """Return one sentence for a bookkeeper, with Conta's name for those who look it up."""
    sentence = SENTENCES.get(said.name)
    if sentence is None:
        sentence = "Conta refuses for a reason that only its own name tells."
    if said.fields:
        sentence = f"{sentence} Fields: {', '.join(said.fields)}."
    opens = first_open_day(said)
    if opens is not None:
        sentence = f"{sentence} The first day that may be open is {opens}."
    return f"{sentence} ({said.name})"


def first_open_day(said: Said) -> date | None:
    """Return the first day after the lock that a refusal tells of, None if it tells of none."""
    facts = said.properties
    match said.name:
        case "VatPeriodIsAlreadySettledException":
            return _day_after(facts.get("toDate"))
        case "BookkeepingAccountReconciledForPeriodException":
            return _day_after(facts.get("date"))
        case "CannotCreateTransactionBeforeStartDateException":
            return _day(facts.get("regnskapStartDate"))
        case "AccountingYearIsLockedException":
            return _after_years(facts.get("lockedAccountingYears"))
        case _:
            return None


def _fields(errors: object) -> tuple[str, ...]:
    """Name the rejected properties of an ``InputOpException``, never their values."""
    found = []
    for error in errors if isinstance(errors, list) else []:
        rejected = error.get("property") if isinstance(error, Mapping) else None
        path = rejected.get("path") if isinstance(rejected, Mapping) else None
        if isinstance(path, str) and path:
            found.append(printable(path)[:64])
    return tuple(found[:_FIELDS_MAX])


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _day_after(value: object) -> date | None:
    day = _day(value)
    return None if day is None or day == date.max else date.fromordinal(day.toordinal() + 1)


def _after_years(value: object) -> date | None:
    """Return New Year's Day after the last locked year."""
    years = [year for year in value if isinstance(year, int)] if isinstance(value, list) else []
    last = max(years, default=None)
    return date(last + 1, 1, 1) if last is not None and 0 < last < date.max.year else None
