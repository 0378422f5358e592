"""A forecast over many claims comes in parts, each within one answer; here they are added."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from decimal import Decimal
from typing import Any

NEAREST_MAX = 20
"""Claims near limitation that are named; the rest are counted."""

Part = dict[str, Any]
"""What ``cases.forecast`` answers; see ``Forecast.document``."""


def added(before: Part, part: Part) -> Part:
    """Both parts as one; ``before`` may be empty, as it is before the first."""
    if not before:
        return part
    near_before, near = before["near_limitation"], part["near_limitation"]
    nearest = [*near_before["nearest"], *near["nearest"]]
    nearest.sort(key=lambda row: row["days_left"])  # stable: the walk's own order within a day
    return {
        **part,
        "items": _by(("day",), [*before["items"], *part["items"]]),
        "others": _by(("outcome", "rule"), [*before["others"], *part["others"]]),
        "near_limitation": {**_sum([near_before, near]), "nearest": nearest[:NEAREST_MAX]},
    }


def _by(names: tuple[str, ...], rows: Iterable[Part]) -> list[Part]:
    """One row for each value of the fields ``names``, in their order."""
    groups: dict[tuple[Hashable, ...], list[Part]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return [_sum(groups[key]) for key in sorted(groups, key=str)]


def _sum(rows: list[Part]) -> Part:
    return {
        **rows[0],
        "cases": sum(row["cases"] for row in rows),
        "claims": sum(row["claims"] for row in rows),
        "outstanding": _amounts(row["outstanding"] for row in rows),
    }


def _amounts(told: Iterable[Mapping[str, str]]) -> dict[str, str]:
    total: dict[str, Decimal] = {}
    for amounts in told:
        for currency, amount in amounts.items():
            total[currency] = total.get(currency, Decimal(0)) + Decimal(amount)
    return {currency: f"{amount:.2f}" for currency, amount in sorted(total.items())}
