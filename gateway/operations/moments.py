"""Reads since when and until when somebody asks: days in Oslo, or instants."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from gateway.domain.oslo import OSLO, start_of_day
from gateway.operations.errors import OperationError
from gateway.operations.paging import Query


def span_of(query: Query) -> tuple[datetime | None, datetime | None]:
    """``since`` and ``until`` as instants, the second behind what is meant; None is no bound.

    Raises ``OperationError`` naming the argument.
    """
    since = _instant(query, "since", days_on=0)
    until = _instant(query, "until", days_on=1)
    if since is not None and until is not None and since >= until:
        raise OperationError(
            "since must be before until: nothing lies between them", kind="invalid"
        )
    return since, until


def _instant(query: Query, name: str, *, days_on: int) -> datetime | None:
    """An ISO date, which is an Oslo day, or an instant; one without an offset is Oslo time.

    ``days_on`` is 1 where a day named is meant to its end.
    """
    text = query.text(name)
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-24"):
            return start_of_day(date.fromisoformat(text) + timedelta(days=days_on))
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is not None else at.replace(tzinfo=OSLO)
    except (ValueError, OverflowError):
        raise OperationError(
            f"{name} must be a date such as 2026-11-24 or an instant such as 2026-11-24T10:00"
            " (on the clock in Oslo unless it carries an offset)",
            kind="invalid",
        ) from None
