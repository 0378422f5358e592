"""Reads the arguments that operations share; what is wrong with one says what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from gateway.domain.oslo import oslo_date
from gateway.domain.wording import Language
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


def day_of(gateway: Gateway, arguments: Arguments) -> date:
    """The Oslo day named by ``on``, else today."""
    told = arguments.get("on")
    if told is None:
        return oslo_date(gateway.clock())
    try:
        return date.fromisoformat(str(told))
    except ValueError as error:
        raise OperationError("on must be a date such as 2026-11-24", kind="invalid") from error


def language_of(gateway: Gateway, arguments: Arguments) -> Language:
    """The language named, else that of the settings."""
    told = arguments.get("language")
    if told is None:
        return gateway.language
    try:
        return Language(str(told))
    except ValueError as error:
        raise OperationError('language must be "en" or "nb"', kind="invalid") from error


def creditor_of(gateway: Gateway, arguments: Arguments) -> str:
    """The creditor named, which must be in the settings."""
    name = needed(arguments, "creditor")
    if name not in gateway.creditors:
        raise OperationError(_no_creditor(gateway, name), kind="not_found")
    return name


def query_of(gateway: Gateway, arguments: Arguments) -> Query:
    """The arguments of a list; a creditor to list by must be in the settings."""
    query = Query(arguments, gateway.visible)
    name = query.text("creditor")
    if name is not None and name not in gateway.creditors:
        raise OperationError(_no_creditor(gateway, name), kind="invalid")
    return query


def _no_creditor(gateway: Gateway, name: str) -> str:
    known = ", ".join(sorted(gateway.creditors)) or "none"
    return f"there is no creditor {name}; there are: {known}"
