"""A day as people and spreadsheets write it, as an ISO date."""

from __future__ import annotations

import re
from datetime import date

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_NORWEGIAN = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?: 00:00(?::00)?)?")


def day_from_text(text: str) -> str:
    """``2026-08-17`` and ``17.8.2026`` are ``2026-08-17``; raises ``ValueError``.

    Only what can be read in one way: ``08/09/26`` is three days to three people.
    """
    plain = text.strip()
    if found := _ISO.fullmatch(plain):
        year, month, day = found.groups()
    elif found := _NORWEGIAN.fullmatch(plain):
        day, month, year = found.groups()
    else:
        raise ValueError("must be a date such as 2026-08-17 or 17.08.2026, with all four digits")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise ValueError("is no day of the calendar") from None
