"""A creditor's policy from ``[policy]`` tables: the shipped defaults, then the creditor's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.domain.rules import NoticeBy, Policy, SurchargeConsent

_KNOWN = tuple(field.name for field in fields(Policy))


def policy_from_toml(documents: Sequence[Mapping[str, object]]) -> Policy:
    """Merge the ``policy`` tables of parsed documents key by key, later before earlier.

    A key nobody sets keeps the default of :class:`Policy`. ``ValueError`` names a key that is
    unknown or holds what it may not.
    """
    told: dict[str, object] = {}
    for document in documents:
        table = document.get("policy", {})
        if not isinstance(table, Mapping):
            raise ValueError("policy: must be a table, [policy]")  # noqa: TRY004 - bad data
        told.update(table)
    if unknown := sorted(set(told) - set(_KNOWN)):
        raise ValueError(f"policy.{unknown[0]}: unknown; allowed are {', '.join(_KNOWN)}")
    default = Policy()
    read: dict[str, Any] = {
        key: _READERS[key](key, told.get(key, getattr(default, key))) for key in _KNOWN
    }
    return replace(default, **read)


def _notice_by(key: str, value: object) -> NoticeBy:
    if isinstance(value, str) and value in list(NoticeBy):
        return NoticeBy(value)
    raise ValueError(f'policy.{key}: must be "creditor" or "agency", not {value!r}')


def _consent(key: str, value: object) -> SurchargeConsent:
    if isinstance(value, str) and value in list(SurchargeConsent):
        return SurchargeConsent(value)
    raise ValueError(f'policy.{key}: must be "warn", "ask" or "given", not {value!r}')


def _flag(key: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"policy.{key}: must be true or false")


def _whole_number(key: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f"policy.{key}: must be a whole number of 0 or more, not {value!r}")


def _amount(key: str, value: object) -> Decimal:
    if isinstance(value, int | str | Decimal) and not isinstance(value, bool):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite() and amount >= 0:
            return amount
    raise ValueError(f'policy.{key}: must be NOK such as 100 or "99.50", not {value!r}')


def _codes(key: str, value: object) -> frozenset[str]:
    return frozenset(code.upper() for code in _names(key, value))


def _names(key: str, value: object) -> frozenset[str]:
    if isinstance(value, list | tuple | frozenset) and value:
        names = [name for name in value if isinstance(name, str) and name]
        if len(names) == len(value):
            return frozenset(names)
    raise ValueError(f'policy.{key}: must be a list of codes such as ["NO"], not {value!r}')


_READERS: dict[str, Callable[[str, object], object]] = {
    "notice_by": _notice_by,
    "grace_days": _whole_number,
    "notice_deadline_rolls": _flag,
    "forward_on_business_day": _flag,
    "notice_max_age_months": _whole_number,
    "agency_min_days_after_due": _whole_number,
    "objection_answer_days": _whole_number,
    "debt_negotiation_months": _whole_number,
    "amount_min": _amount,
    "surcharge_after_days": _whole_number,
    "surcharge_consent": _consent,
    "minors_possible": _flag,
    "vat_liable": _flag,
    "national_id_needed": _flag,
    "agencies": _names,
    "countries": _codes,
    "currencies": _codes,
}
