"""A creditor's policy from ``[policy]`` tables: the shipped defaults, then the creditor's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from gateway.domain.rules import NoticeBy, Policy

_WHOLE_NUMBERS = (
    "grace_days",
    "notice_max_age_months",
    "agency_min_days_after_due",
    "objection_answer_days",
    "debt_negotiation_months",
)
_CODES = ("countries", "currencies")
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
    numbers = {
        key: _whole_number(key, told.get(key, getattr(default, key))) for key in _WHOLE_NUMBERS
    }
    codes = {key: _codes(key, told.get(key, getattr(default, key))) for key in _CODES}
    minors_possible = told.get("minors_possible", default.minors_possible)
    if not isinstance(minors_possible, bool):
        raise ValueError("policy.minors_possible: must be true or false")  # noqa: TRY004 - bad data
    return Policy(
        notice_by=_notice_by(told.get("notice_by", default.notice_by)),
        grace_days=numbers["grace_days"],
        notice_max_age_months=numbers["notice_max_age_months"],
        agency_min_days_after_due=numbers["agency_min_days_after_due"],
        objection_answer_days=numbers["objection_answer_days"],
        debt_negotiation_months=numbers["debt_negotiation_months"],
        minors_possible=minors_possible,
        countries=codes["countries"],
        currencies=codes["currencies"],
    )


def _notice_by(value: object) -> NoticeBy:
    if isinstance(value, str) and value in list(NoticeBy):
        return NoticeBy(value)
    raise ValueError(f'policy.notice_by: must be "creditor" or "agency", not {value!r}')


def _whole_number(key: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f"policy.{key}: must be a whole number of 0 or more, not {value!r}")


def _codes(key: str, value: object) -> frozenset[str]:
    if isinstance(value, list | tuple | frozenset) and value:
        codes = [code for code in value if isinstance(code, str) and code]
        if len(codes) == len(value):
            return frozenset(code.upper() for code in codes)
    raise ValueError(f'policy.{key}: must be a list of codes such as ["NO"], not {value!r}')
