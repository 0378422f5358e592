"""Norwegian national identity numbers: recognised, so that they can be kept out; never read.

Eleven digits: a birth day, an individual number, two control digits. A D-number has 40 added to the
day, an H-number 40 to the month, a synthetic test number 80 to the month; an FH-number begins with
8 or 9 and holds no date. From 2032 numbers are issued whose first control digit leaves another
remainder (Skatteetaten, "nytt fødselsnummer fra 2032"): both kinds are accepted side by side.

Neither age nor sex is taken from a number: from 2032 it shows neither, and the century of a birth
is then known to the register alone.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

_FORM: Final = re.compile(r"[0-9]{11}")
_SEPARATOR: Final = re.compile(r"(?<=^[0-9]{6})[ -](?=[0-9]{5}$)")
_FIRST_WEIGHTS: Final = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MODULUS: Final = 11
# 0 is today's rule; 1 to 3 are what Skatteetaten adds for numbers issued from 2032.
_FIRST_REMAINDERS: Final = (0, 1, 2, 3)
_DAY_ADDED: Final = 40
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # the century is not known


class NationalNumberKind(StrEnum):
    """What sort of number it is."""

    BIRTH_NUMBER = "birth_number"  # fødselsnummer
    D_NUMBER = "d_number"
    H_NUMBER = "h_number"
    FH_NUMBER = "fh_number"
    TEST_NUMBER = "test_number"


def national_number_kind(text: str) -> NationalNumberKind | None:
    """Tell what national number ``text`` is, a blank or hyphen before the last five allowed.

    ``None`` for anything else, so also for a number whose control digits do not hold.
    """
    number = _SEPARATOR.sub("", text.strip())
    if not _FORM.fullmatch(number) or not _controls_hold(number):
        return None
    return _kind(int(number[:2]), int(number[2:4]), number[0])


def is_national_number(text: str) -> bool:
    """Tell whether ``text`` is a national number of any kind."""
    return national_number_kind(text) is not None


def _controls_hold(number: str) -> bool:
    digits = [int(digit) for digit in number]
    first = sum(weight * digit for weight, digit in zip(_FIRST_WEIGHTS, digits, strict=False))
    second = sum(weight * digit for weight, digit in zip(_SECOND_WEIGHTS, digits, strict=False))
    # A control of 10 is no digit, so it equals none: such numbers are not issued.
    firsts = {(remainder - first) % _MODULUS for remainder in _FIRST_REMAINDERS}
    return digits[9] in firsts and digits[10] == -second % _MODULUS


def _kind(day: int, month: int, first: str) -> NationalNumberKind | None:
    if first in "89":
        return NationalNumberKind.FH_NUMBER
    kind = NationalNumberKind.BIRTH_NUMBER
    if day > _DAY_ADDED:
        day, kind = day - _DAY_ADDED, NationalNumberKind.D_NUMBER
    for added, other in (
        (80, NationalNumberKind.TEST_NUMBER),
        (40, NationalNumberKind.H_NUMBER),
    ):
        if month > added:
            month, kind = month - added, other
            break
    if not 1 <= month <= len(_DAYS) or not 1 <= day <= _DAYS[month - 1]:
        return None
    return kind
