"""The control digit of a Norwegian organisation number (Enhetsregisteret, modulus 11)."""

from __future__ import annotations

_LENGTH = 9
_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_MODULUS = 11


def is_organization_number(text: str) -> bool:
    """Tell whether ``text`` is nine ASCII digits of which the last is the right control digit."""
    if len(text) != _LENGTH or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(digit) for digit in text]
    control = -sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return control % _MODULUS == digits[-1]  # a remainder of 10 equals no digit: never issued
