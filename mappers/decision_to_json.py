"""A decision as the JSON that ``explain --json`` prints; amounts as decimal strings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.domain.decision import Amounts, Decision, EarliestForward
from gateway.domain.wording import Language
from mappers.said_to_json import said_to_json


def decision_to_json(
    decision: Decision, invoice_id: str, language: Language = Language.ENGLISH
) -> dict[str, object]:
    """Return the document for ``invoice_id``: dates ISO, money two decimals or ``None``.

    ``message`` is in ``language``; ``says`` holds the same as key and values, for any language.
    """
    return {
        "invoice_id": invoice_id,
        "on": decision.on.isoformat(),
        "decision": decision.outcome.value,
        "hold_until": _day(decision.hold_until),
        "merge_key": decision.merge_key,
        "reasons": [
            {
                "rule": reason.rule,
                "effect": reason.effect.value,
                "message": reason.says.in_language(language),
                "source": reason.source,
                "says": said_to_json(reason.says),
            }
            for reason in decision.reasons
        ],
        "warnings": [
            {
                "rule": warning.rule,
                "effect": warning.effect.value,
                "message": warning.says.in_language(language),
                "source": warning.source,
                "says": said_to_json(warning.says),
            }
            for warning in decision.warnings
        ],
        "amounts": _amounts(decision.amounts),
        "limitation_last_day": _day(decision.limitation_last_day),
        "earliest_forward": _earliest(decision.earliest_forward),
    }


def _amounts(amounts: Amounts) -> dict[str, str | None]:
    return {
        "currency": amounts.currency,
        "principal": _money(amounts.principal),
        "fees": _money(amounts.fees),
        "interest": _money(amounts.interest),
        "compensation": _money(amounts.compensation),
        "total": _money(amounts.total),
    }


def _earliest(earliest: EarliestForward | None) -> dict[str, str] | None:
    if earliest is None:
        return None
    return {
        "by_law": earliest.by_law.isoformat(),
        "by_policy": earliest.by_policy.isoformat(),
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
