"""The dated law of ``config/rules/*.toml`` as the domain's ``Rules``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from gateway.domain.rules import AgencyFees, Band, LetterFees, Licence, Regime, Row, Rules

Document = Mapping[str, object]

_KNOWN = frozenset(
    {
        "reviewed",
        "regimes",
        "inkassosats",
        "late_interest",
        "compensation_b2b",
        "licences",
        "letter_fee",
        "agency_fees",
        "notice",
        "interest",
        "limitation",
        "policy",
    }
)
_ROW_KEYS = frozenset({"from", "to", "ref"})
_REGIME_KEYS = frozenset(
    {"id", "law", "from", "to", "creditor_may_send_notice", "creditor_letter_fees"}
)
_LICENCE_KEYS = frozenset({"agency", "from", "to", "ref"})


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
    agency_fees = _merged(documents, "agency_fees")
    notice = _merged(documents, "notice")
    interest = _merged(documents, "interest")
    limitation = _merged(documents, "limitation")
    rules = Rules(
        collection_rate=_rows(documents, "inkassosats", "nok"),
        late_interest=_rows(documents, "late_interest", "pct"),
        compensation=_rows(documents, "compensation_b2b", "nok"),
        letter_fees=_letter_fees(letter_fee),
        agency_fees=_agency_fees(agency_fees),
        notice_min_deadline_days=_count(notice, "notice", "min_deadline_days"),
        interest_demand_days=_count(interest, "interest", "demand_days_without_due_date"),
        interest_on_due_date=_flag(
            interest.pop("due_date_bears_interest", None), "interest.due_date_bears_interest"
        ),
        interest_tolerance=Decimal(_count(interest, "interest", "tolerance_nok")),
        limitation_years=_count(limitation, "limitation", "years"),
        limitation_urgent_days=_count(limitation, "limitation", "urgent_days"),
        limitation_review_days=_count(limitation, "limitation", "review_days"),
        holidays=holidays,
        regimes=_regimes(documents),
        licences=_licences(documents),
    )
    for table, left in (
        ("letter_fee", letter_fee),
        ("agency_fees", agency_fees),
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
    """Merge the acts by ``id``, key by key: to give one its day is to write its id and ``from``."""
    merged: dict[str, dict[str, object]] = {}
    for document in documents:
        for number, entry in enumerate(_entries(document, "regimes"), start=1):
            where = f"regimes[{number}]"
            if unknown := sorted(set(entry) - _REGIME_KEYS):
                raise ValueError(f"{where}.{unknown[0]}: unknown")
            merged.setdefault(_text(entry, where, "id"), {}).update(entry)
    regimes = []
    for regime_id, entry in merged.items():
        where = f"regimes {regime_id}"
        regime = Regime(
            id=regime_id,
            law=_text(entry, where, "law"),
            creditor_may_send_notice=_flag(
                entry.get("creditor_may_send_notice"), f"{where}.creditor_may_send_notice"
            ),
            creditor_letter_fees=_flag(
                entry.get("creditor_letter_fees"), f"{where}.creditor_letter_fees"
            ),
            since=_day(entry, where, "from") if "from" in entry else None,
            until=_day(entry, where, "to") if "to" in entry else None,
        )
        regimes.append(regime)
    return tuple(regimes)


def _licences(documents: Sequence[Document]) -> tuple[Licence, ...]:
    licences: dict[tuple[str, date], Licence] = {}
    for document in documents:
        for number, entry in enumerate(_entries(document, "licences"), start=1):
            where = f"licences[{number}]"
            if unknown := sorted(set(entry) - _LICENCE_KEYS):
                raise ValueError(f"{where}.{unknown[0]}: unknown")
            licence = Licence(
                agency=_text(entry, where, "agency"),
                since=_day(entry, where, "from"),
                until=_day(entry, where, "to") if "to" in entry else None,
                source=_text(entry, where, "ref") if "ref" in entry else "",
            )
            licences[licence.agency, licence.since] = licence
    return tuple(licences.values())


def _letter_fees(table: dict[str, object]) -> LetterFees:
    name = "letter_fee"
    return LetterFees(
        reminder=_share(table, "reminder"),
        collection_notice=_share(table, "collection_notice"),
        payment_demand=_share(table, "payment_demand"),
        min_days_after_due=_count(table, name, "min_days_after_due"),
        max_fee_letters=_count(table, name, "max_fee_letters"),
        second_fee_needs_deadline_days=_count(table, name, "second_fee_needs_deadline_days"),
        reset_months=_count(table, name, "reset_months"),
    )


def _agency_fees(table: dict[str, object]) -> AgencyFees:
    name = "agency_fees"
    return AgencyFees(
        bands=_bands(table.pop("bands", None)),
        heavy_factor=_factor(table, name, "heavy_factor"),
        heavy_after_days=_count(table, name, "heavy_after_days"),
        business_factor=_factor(table, name, "business_factor"),
        vat_share=_factor(table, name, "vat_share"),
    )


def _bands(value: object) -> tuple[Band, ...]:
    """Read the bands: ascending, the last one without an upper end."""
    entries = value if isinstance(value, list) else []
    bands = []
    for number, entry in enumerate(entries, start=1):
        where = f"agency_fees.bands[{number}]"
        if not isinstance(entry, dict) or set(entry) - {"up_to", "factor"}:
            raise ValueError(f'{where}: must be such as {{ up_to = 500, factor = "1/4" }}')
        up_to = _figure(entry, where, "up_to") if "up_to" in entry else None
        bands.append(Band(up_to=up_to, factor=_factor(dict(entry), where, "factor")))
    ends = [band.up_to for band in bands]
    known = [end for end in ends[:-1] if end is not None]
    if not ends or ends[-1] is not None or len(known) < len(ends) - 1 or known != sorted(known):
        raise ValueError("agency_fees.bands: must ascend, and only the last has no up_to")
    return tuple(bands)


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
    share = _factor(table, "letter_fee", key)
    if share <= 1:
        return share
    raise ValueError(f'letter_fee.{key}: must be a share such as "1/20", not more than the whole')


def _factor(table: dict[str, object], name: str, key: str) -> Fraction:
    value = table.pop(key, None)
    try:
        factor = Fraction(value) if isinstance(value, str) else None
    except (ValueError, ZeroDivisionError):
        factor = None
    if factor is None or factor < 0:
        raise ValueError(f'{name}.{key}: must be a share such as "1/20", not {value!r}')
    return factor


def _flag(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"{where}: must be true or false")


def _count(table: dict[str, object], name: str, key: str) -> int:
    value = table.pop(key, None)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f"{name}.{key}: must be a whole number of 0 or more, not {value!r}")
