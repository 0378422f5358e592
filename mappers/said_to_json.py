"""A text with its values as JSON, so that a stored decision can be shown in either language."""

from __future__ import annotations

from datetime import date

from gateway.domain.wording import Money, Said, Value


def said_to_json(said: Said) -> dict[str, object]:
    """Return ``{"key", "values"}``; a value is a text, a number, a list or an object of one kind.

    Objects are ``{"date"}``, ``{"amount", "currency"}`` or again ``{"key", "values"}``.
    """
    return {
        "key": said.words.key,
        "values": {name: _value(value) for name, value in said.values.items()},
    }


def _value(value: Value) -> object:
    match value:
        case date():
            return {"date": value.isoformat()}
        case Money():
            return {"amount": f"{value.amount:.2f}", "currency": value.currency}
        case Said():
            return said_to_json(value)
        case tuple():
            return [_value(part) for part in value]
    return value
