"""How long what is kept, from ``[[keep]]`` tables: the shipped rows, then the operator's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from gateway.domain.retention import (
    ALLOWED,
    BOOKKEEPING,
    BOOKKEEPING_MONTHS,
    CountFrom,
    Kept,
    RetentionRow,
    Then,
)

Word = TypeVar("Word", bound=StrEnum)

_KEYS = ("what", "state", "then", "months", "count_from", "source", "reason")
_MONTHS_MAX = 1_200


def retention_from_toml(documents: Sequence[Mapping[str, object]]) -> tuple[RetentionRow, ...]:
    """Merge the rows of parsed documents by (what, state, then), later before earlier.

    ``ValueError`` names the row and key that is unknown, missing or not what it may be.
    """
    found: dict[tuple[Kept, str, Then], RetentionRow] = {}
    for document in documents:
        if unknown := sorted(set(document) - {"keep"}):
            raise ValueError(f"{unknown[0]}: unknown; allowed is [[keep]]")
        rows = document.get("keep", [])
        if not isinstance(rows, list):
            raise ValueError("keep: must be rows, each under [[keep]]")  # noqa: TRY004 - bad data
        for at, row in enumerate(rows):
            read = _row(f"keep[{at}]", row)
            found[(read.what, read.state, read.then)] = read
    # What is to be deleted is not forgotten first: that is half the work, and it keeps its number.
    return tuple(sorted(found.values(), key=lambda row: row.then is not Then.DELETE))


def _row(at: str, row: object) -> RetentionRow:
    if not isinstance(row, Mapping):
        raise ValueError(f"{at}: must be a table")  # noqa: TRY004 - bad data
    if unknown := sorted(set(row) - set(_KEYS)):
        raise ValueError(f"{at}.{unknown[0]}: unknown; allowed are {', '.join(_KEYS)}")
    what, then = _word(at, row, "what", Kept), _word(at, row, "then", Then)
    state = _text(at, row, "state")
    allowed = ALLOWED.get((what, then))
    if allowed is None:
        raise ValueError(f'{at}.then: what = "{what}" cannot {then}')
    if state not in allowed:
        raise ValueError(f"{at}.state: must be one of {', '.join(sorted(allowed))}, not {state!r}")
    months = row.get("months")
    if not isinstance(months, int) or isinstance(months, bool) or not 0 <= months <= _MONTHS_MAX:
        raise ValueError(f"{at}.months: must be a whole number from 0 to {_MONTHS_MAX}")
    count_from = _word(at, row, "count_from", CountFrom)
    is_short = months < BOOKKEEPING_MONTHS or count_from is not CountFrom.YEAR_END
    if (what, state, then) in BOOKKEEPING and is_short:
        raise ValueError(
            f"{at}.months: bokføringsloven § 13 asks for {BOOKKEEPING_MONTHS} with count_from ="
            ' "year_end": this is primary documentation'
        )
    return RetentionRow(
        what=what,
        state=state,
        then=then,
        months=months,
        count_from=count_from,
        source=_text(at, row, "source"),
        reason=_text(at, row, "reason"),
    )


def _word(at: str, row: Mapping[str, object], key: str, words: type[Word]) -> Word:
    told = row.get(key)
    if isinstance(told, str) and told in list(words):
        return words(told)
    raise ValueError(f"{at}.{key}: must be one of {', '.join(words)}, not {told!r}")


def _text(at: str, row: Mapping[str, object], key: str) -> str:
    told = row.get(key)
    if isinstance(told, str) and told.strip():
        return told
    raise ValueError(f"{at}.{key}: missing; it must be a text")
