"""An amount as people and spreadsheets write it, as the contract's decimal string."""

from __future__ import annotations

import re

_SPACES = re.compile(r"(?<=[0-9])[ \u00a0\u202f\u2009'](?=[0-9]{3}(?![0-9]))")
_WHOLE = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"([0-9]+)[.,]([0-9]{1,2})")
_GROUPED = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{3})+)(?:,([0-9]{1,2}))?|([0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?"
)
_EITHER = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")


def amount_from_text(text: str) -> str:
    """``2 250,00``, ``2.250,00`` and ``2,250.00`` are ``2250.00``; raises ``ValueError``.

    Only what can be read in one way: ``2.250`` is two thousand to some and two to others.
    """
    plain = _SPACES.sub("", text.strip())
    if _WHOLE.fullmatch(plain):
        return plain
    if found := _DECIMAL.fullmatch(plain):
        return f"{found[1]}.{found[2]}"
    if _EITHER.fullmatch(plain):
        raise ValueError(
            "can be read as thousands or as decimals: write it without a thousands separator"
        )
    if found := _GROUPED.fullmatch(plain):
        whole = re.sub("[.,]", "", found[1] or found[3])
        decimals = found[2] or found[4]
        return f"{whole}.{decimals}" if decimals else whole
    raise ValueError(
        "must be an amount such as 2250.00 or 2 250,00: not negative, at most two decimals"
    )
