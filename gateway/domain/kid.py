"""The KID, by which a Norwegian bank tells what a payment is for: its form and control character.

A KID is text: leading zeros count, and under MOD11 the last character may be a hyphen. Which of the
two algorithms a payee uses is agreed with its bank, so a number is plausible if either holds.
"""

from __future__ import annotations

import re
from itertools import cycle

LENGTH_MIN = 2
LENGTH_MAX = 25
"""Mastercard Payment Services; ledgers let people type more (Conta 35), which no bank accepts."""

_FORM = re.compile(rf"[0-9]{{{LENGTH_MIN - 1},{LENGTH_MAX - 1}}}[0-9-]")
_MOD11_WEIGHTS = (2, 3, 4, 5, 6, 7)
_MODULUS_10, _MODULUS_11 = 10, 11
_HYPHEN_AT = 10


def has_kid_form(text: str) -> bool:
    """Tell whether ``text`` is 2 to 25 ASCII digits, the last of which may be a hyphen."""
    return _FORM.fullmatch(text) is not None


def mod10_control(payload: str) -> str:
    """Give the MOD10 (Luhn) control digit that follows ``payload``, a text of digits."""
    total = 0
    for place, digit in enumerate(reversed(payload)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value >= _MODULUS_10 else value  # the sum of its two digits
    return str(-total % _MODULUS_10)


def mod11_control(payload: str) -> str:
    """Give the MOD11 control character that follows ``payload``: a digit, or ``-`` for ten."""
    total = sum(
        weight * int(digit)
        for weight, digit in zip(cycle(_MOD11_WEIGHTS), reversed(payload), strict=False)
    )
    control = -total % _MODULUS_11
    return "-" if control == _HYPHEN_AT else str(control)


def is_plausible_kid(text: str) -> bool:
    """Tell whether ``text`` has a KID's form and its control character holds by MOD10 or MOD11."""
    if not has_kid_form(text):
        return False
    payload, control = text[:-1], text[-1]
    return control in (mod10_control(payload), mod11_control(payload))
