"""What a first live look says of one assumption: it holds, it does not, or nobody can tell yet.

Evidence names fields and counts, and words that are codes; never a value that may be personal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WORDS_SHOWN_MAX: Final = 8
"""A field with more different values than this holds no status words, but perhaps names."""

_CODE = re.compile(r"[A-Za-zÆØÅæøå][A-Za-zÆØÅæøå_ -]{0,31}")


class Verdict(StrEnum):
    """What the evidence says."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One assumption, by its dotted key in the file, and what was seen of it."""

    key: str
    verdict: Verdict
    evidence: str


def holds(key: str, evidence: str) -> Finding:
    """It is as assumed."""
    return Finding(key=key, verdict=Verdict.HOLDS, evidence=evidence)


def fails(key: str, evidence: str) -> Finding:
    """It is otherwise than assumed."""
    return Finding(key=key, verdict=Verdict.DOES_NOT_HOLD, evidence=evidence)


def unclear(key: str, evidence: str) -> Finding:
    """Nothing was seen that could tell."""
    return Finding(key=key, verdict=Verdict.CANNOT_TELL, evidence=evidence)


def counted(words: Iterable[str]) -> str:
    """Words with how often each came, unless they look like anything but codes.

    Codes come again, or are one word; names of people are several, and each another.
    """
    found = Counter(word.strip() for word in words)
    are_codes = all(map(_CODE.fullmatch, found)) and (
        found.total() >= 2 * len(found) or not any(" " in word for word in found)
    )
    if len(found) > WORDS_SHOWN_MAX or not are_codes:
        return f"{len(found)} different values, not shown"
    return ", ".join(f'"{word}" ({count})' for word, count in sorted(found.items()))


def of(count: int, total: int, noun: str) -> str:
    """``25 of 25 rows``."""
    return f"{count} of {total} {noun}{'' if total == 1 else 's'}"
