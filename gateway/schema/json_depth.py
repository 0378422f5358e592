"""How deep a JSON text nests, found by one linear scan before anything parses it.

Parsers recurse; a text of ten thousand brackets must be refused by counting, not by crashing.
"""

from __future__ import annotations

import re

# A string (to its end, or to the end of the text) or a run of brackets of one sort. The possessive
# quantifiers forbid backtracking: hostile text is scanned once.
_STRING_OR_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]++|[\]}]++', re.DOTALL)
_QUOTE = 0x22
_OPENING = b"[{"


def is_too_deep(raw: bytes, depth_max: int) -> bool:
    """Tell whether arrays and objects in ``raw`` nest deeper than ``depth_max`` at any point.

    Brackets inside strings do not count. ``raw`` need not be valid JSON.
    """
    if raw.count(b"[") + raw.count(b"{") <= depth_max:
        return False  # nearly every real webhook: too few brackets to be deep
    depth = 0
    for found in _STRING_OR_BRACKETS.finditer(raw):
        start = found.start()
        if raw[start] == _QUOTE:
            continue
        length = found.end() - start
        if raw[start] in _OPENING:
            depth += length
            if depth > depth_max:
                return True
        else:
            depth -= length
    return False
