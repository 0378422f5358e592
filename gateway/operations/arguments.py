"""Reads the arguments that operations share; what is wrong with one says what is allowed."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway

Arguments = Mapping[str, object]


def needed(arguments: Arguments, name: str) -> str:
    """A text argument that must be there."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value.strip():
        raise OperationError(f"{name} is missing", kind="invalid")
    return value


def reason_of(arguments: Arguments) -> str:
    """Why a person does it; written into the audit."""
    return str(arguments.get("reason") or "")


def creditor_of(gateway: Gateway, arguments: Arguments) -> str:
    """The creditor named, which must be in the settings."""
    name = needed(arguments, "creditor")
    if name not in gateway.creditors:
        known = ", ".join(sorted(gateway.creditors)) or "none"
        raise OperationError(f"there is no creditor {name}; there are: {known}", kind="not_found")
    return name
