"""A text with its values from the JSON of a stored decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.domain.eligibility.rulebook import WORDS
from gateway.domain.wording import Money, Said, Value


def said_from_json(document: Mapping[str, Any]) -> Said | None:
    """Read what ``said_to_json`` wrote; ``None`` for a text that this release does not have."""
    words = WORDS.get(document["key"])
    if words is None:
        return None
    try:
        values = {name: _value(value) for name, value in document["values"].items()}
    except LookupError:
        return None
    return Said(words=words, values=values)


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_value(part) for part in value)
    if not isinstance(value, dict):
        known: Value = value
        return known
    if "date" in value:
        return date.fromisoformat(value["date"])
    if "amount" in value:
        return Money(amount=Decimal(value["amount"]), currency=value["currency"])
    said = said_from_json(value)
    if said is None:
        raise LookupError(value)
    return said
