"""The dated law of ``config/rules/*.toml`` as the domain's ``Rules``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from gateway.domain.rules import LetterFees, Regime, Row, Rules

Document = Mapping[str, object]

_KNOWN = frozenset(
    {
        "reviewed",
        "regimes",
        "inkassosats",
        "late_interest",
        "compensation_b2b",
        "letter_fee",
        "notice",
        "interest",
        "limitation",
        "policy",
    }
)
_ROW_KEYS = frozenset({"from", "to", "ref"})
_REGIME_KEYS = frozenset({"id", "law", "from", "to", "creditor_may_send_notice"})


def rules_from_toml(documents: Sequence[Document], holidays: frozenset[date]) -> Rules:
    """Merge parsed TOML documents, later ones before earlier, and read them.

    Rows are merged by their ``from`` date, regimes by ``id``, the other tables key by key. Figures
    may be integers, floats or strings; a float is read as it is written. ``ValueError`` names the
    table, row and key that is unknown, missing or not what it should be.
    """
    for document in documents:
        if unknown := sorted(set(document) - _KNOWN):
            raise ValueError(f"{unknown[0]}: unknown; allowed are {', '.join(sorted(_KNOWN))}")
    letter_fee = _merged(documents, "letter_fee")
    notice = _merged(documents, "notice")
    interest = _merged(documents, "interest")
    limitation = _merged(documents, "limitation")
    rules = Rules(
        collection_rate=_rows(documents, "inkassosats", "nok"),
        late_interest=_rows(documents, "late_interest", "pct"),
        compensation=_rows(documents, "compensation_b2b", "nok"),
        letter_fees=LetterFees(
            reminder=_share(letter_fee, "reminder"),
            collection_notice=_share(letter_fee, "collection_notice"),
            payment_demand=_share(letter_fee, "payment_demand"),
            min_days_after_due=_count(letter_fee, "letter_fee", "min_days_after_due"),
            max_fee_letters=_count(letter_fee, "letter_fee", "max_fee_letters"),
            second_fee_needs_deadline_days=_count(
                letter_fee, "letter_fee", "second_fee_needs_deadline_days"
            ),
            reset_months=_count(letter_fee, "letter_fee", "reset_months"),
        ),
        notice_min_deadline_days=_count(notice, "notice", "min_deadline_days"),
        interest_demand_days=_count(interest, "interest", "demand_days_without_due_date"),
        limitation_years=_count(limitation, "limitation", "years"),
        limitation_urgent_days=_count(limitation, "limitation", "urgent_days"),
        limitation_review_days=_count(limitation, "limitation", "review_days"),
        holidays=holidays,
        regimes=_regimes(documents),
    )
    for table, left in (
        ("letter_fee", letter_fee),
        ("notice", notice),
        ("interest", interest),
        ("limitation", limitation),
    ):
        if left:  # every known key was taken out above
            raise ValueError(f"{table}.{min(left)}: unknown")
    return rules


def _rows(documents: Sequence[Document], table: str, unit: str) -> tuple[Row, ...]:
    rows: dict[date, Row] = {}
    for document in documents:
        for number, entry in enumerate(_entries(document, table), start=1):
            where = f"{table}[{number}]"
            if unknown := sorted(set(entry) - _ROW_KEYS - {unit}):
                raise ValueError(f"{where}.{unknown[0]}: unknown")
            row = Row(
                since=_day(entry, where, "from"),
                value=_figure(entry, where, unit),
                until=_day(entry, where, "to") if "to" in entry else None,
                source=_text(entry, where, "ref") if "ref" in entry else "",
            )
            if row.until is not None and row.until < row.since:
                raise ValueError(f"{where}.to: {row.until} is before from {row.since}")
            rows[row.since] = row
    return tuple(rows[since] for since in sorted(rows))


def _regimes(documents: Sequence[Document]) -> tuple[Regime, ...]:
    regimes: dict[str, Regime] = {}
    for document in documents:
        for number, entry in enumerate(_entries(document, "regimes"), start=1):
            where = f"regimes[{number}]"
            if unknown := sorted(set(entry) - _REGIME_KEYS):
                raise ValueError(f"{where}.{unknown[0]}: unknown")
            may_send = entry.get("creditor_may_send_notice")
            if not isinstance(may_send, bool):
                problem = f"{where}.creditor_may_send_notice: must be true or false"
                raise ValueError(problem)  # noqa: TRY004 - bad data
            regime = Regime(
                id=_text(entry, where, "id"),
                law=_text(entry, where, "law"),
                creditor_may_send_notice=may_send,
                since=_day(entry, where, "from") if "from" in entry else None,
                until=_day(entry, where, "to") if "to" in entry else None,
            )
            regimes[regime.id] = regime
    return tuple(regimes.values())


def _entries(document: Document, table: str) -> list[Document]:
    entries = document.get(table, [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError(f"{table}: must be written as [[{table}]] rows")
    return entries


def _merged(documents: Sequence[Document], table: str) -> dict[str, object]:
    merged: dict[str, object] = {}
    for document in documents:
        part = document.get(table, {})
        if not isinstance(part, Mapping):
            raise ValueError(f"{table}: must be a table, [{table}]")  # noqa: TRY004 - bad data
        merged.update(part)
    return merged


def _day(entry: Document, where: str, key: str) -> date:
    value = entry.get(key)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError(f"{where}.{key}: must be a date such as 2027-01-01, not {value!r}")


def _figure(entry: Document, where: str, key: str) -> Decimal:
    value = entry.get(key)
    if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool):
        try:
            figure = Decimal(str(value))  # by way of text: 12.25 as written, not as a binary float
        except InvalidOperation:
            pass
        else:
            if figure.is_finite() and figure >= 0:
                return figure
    raise ValueError(f"{where}.{key}: must be a figure of 0 or more, not {value!r}")


def _text(entry: Document, where: str, key: str) -> str:
    value = entry.get(key)
    if isinstance(value, str) and value:
        return value
    raise ValueError(f"{where}.{key}: must be a text, not {value!r}")


def _share(table: dict[str, object], key: str) -> Fraction:
    value = table.pop(key, None)
    try:
        share = Fraction(value) if isinstance(value, str) else None
    except (ValueError, ZeroDivisionError):
        share = None
    if share is None or not 0 <= share <= 1:
        raise ValueError(f'letter_fee.{key}: must be a share such as "1/20", not {value!r}')
    return share


def _count(table: dict[str, object], name: str, key: str) -> int:
    value = table.pop(key, None)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f"{name}.{key}: must be a whole number of 0 or more, not {value!r}")
