"""The control digit of a Norwegian bank account number, also inside a Norwegian IBAN."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9]{11}")
_IBAN = re.compile(r"NO[0-9]{13}")
_SEPARATORS = re.compile(r"[ .]")
_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MODULUS_11, _MODULUS_97 = 11, 97
_NOBODYS = "0" * 11


def is_bank_account(text: str) -> bool:
    """Tell whether ``text`` is 11 digits (dots, spaces allowed) or a Norwegian IBAN that hold."""
    plain = _SEPARATORS.sub("", text).upper()
    if _IBAN.fullmatch(plain):
        # ISO 13616: the country ("NO" is 23, 24) and control digits move behind the account.
        return int(f"{plain[4:]}2324{plain[2:4]}") % _MODULUS_97 == 1 and _holds(plain[4:])
    return _DIGITS.fullmatch(plain) is not None and _holds(plain)


def plain_account(text: str) -> str:
    """``text`` without dots and spaces, and a Norwegian IBAN as the eleven digits it ends with.

    Two spellings of one account are the same then; what is no account stays what it is.
    """
    plain = "".join(character for character in text if character.isalnum()).upper()
    return plain[4:] if _IBAN.fullmatch(plain) else plain


def _holds(account: str) -> bool:
    if account == _NOBODYS:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, account, strict=False))
    return -total % _MODULUS_11 == int(account[-1])  # a remainder of 10 equals no digit
