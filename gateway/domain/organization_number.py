"""The control digit of a Norwegian organisation number (Enhetsregisteret, modulus 11)."""

from __future__ import annotations

import re
from operator import mul

_LENGTH = 9
_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_MODULUS = 11
_NOBODYS = "0" * _LENGTH
_VAT_FORM = re.compile(r"(?:NO)?([0-9]{9})(?:MVA)?")
_SEPARATORS = re.compile(r"[\s.]+")


def is_organization_number(text: str) -> bool:
    """Tell whether ``text`` is nine ASCII digits of which the last is the right control digit."""
    if len(text) != _LENGTH or not (text.isascii() and text.isdigit()) or text == _NOBODYS:
        return False
    control: int = -sum(map(mul, _WEIGHTS, map(int, text)))  # the weights end before the last digit
    return control % _MODULUS == int(text[-1])  # a remainder of 10 equals no digit: never issued


def organization_number_in(text: str) -> str | None:
    """Give the nine digits of a number written with spaces or as ``NO 987 654 325 MVA``.

    ``None`` if that is not what ``text`` is, or the control digit does not hold.
    """
    found = _VAT_FORM.fullmatch(_SEPARATORS.sub("", text).upper())
    return found[1] if found and is_organization_number(found[1]) else None
