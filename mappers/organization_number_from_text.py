"""An organisation number as people type it, as the nine digits."""

from __future__ import annotations

import re

from gateway.domain.organization_number import is_organization_number
from mappers.line_from_text import line_from_text

_NATIONAL_ID_DIGITS = 11
_NUMBER_DECORATION = re.compile(r"^NO|MVA$|[\s.\-]", re.ASCII | re.IGNORECASE)


def organization_number_from_text(text: str | None, *, is_person: bool) -> str | None:
    """Return the nine digits; of an organisation also a number that is none, for INK-25 to name.

    A national identity number does not belong here: eleven digits are dropped, and of a person all
    that is not an organisation number.
    """
    number = _NUMBER_DECORATION.sub("", (line_from_text(text) or ""))
    if is_organization_number(number):
        return number
    digits = sum(c.isdigit() for c in number)
    if is_person or digits == _NATIONAL_ID_DIGITS or not number:
        return None
    return line_from_text(text)
