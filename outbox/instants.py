"""Instants as the database keeps them: whole milliseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970, rounded down; ``ValueError`` if the instant is naive."""
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset cannot be stored")
    return (instant - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Give the aware UTC instant so many milliseconds after 1970."""
    return _EPOCH + milliseconds * _MILLISECOND
