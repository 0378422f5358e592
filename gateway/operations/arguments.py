"""Reads the arguments that operations share; what is wrong with one says what is allowed."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Query

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


def needed_reason(arguments: Arguments) -> str:
    """Why a person does it, where that must be said."""
    reason = reason_of(arguments).strip()
    if not reason:
        raise OperationError("reason is missing: say why, for the audit", kind="invalid")
    return reason


def creditor_of(gateway: Gateway, arguments: Arguments) -> str:
    """The creditor named, which must be in the settings."""
    name = needed(arguments, "creditor")
    if name not in gateway.creditors:
        raise OperationError(_no_creditor(gateway, name), kind="not_found")
    return name


def query_of(gateway: Gateway, arguments: Arguments) -> Query:
    """The arguments of a list; a creditor to list by must be in the settings."""
    query = Query(arguments)
    name = query.text("creditor")
    if name is not None and name not in gateway.creditors:
        raise OperationError(_no_creditor(gateway, name), kind="invalid")
    return query


def _no_creditor(gateway: Gateway, name: str) -> str:
    known = ", ".join(sorted(gateway.creditors)) or "none"
    return f"there is no creditor {name}; there are: {known}"
