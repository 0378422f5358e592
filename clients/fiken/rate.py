"""Fiken's rule for callers: one call at a time, and not more than four a second.

A second call while one is under way may be answered 429, and whoever does that again and again may
be shut out; beyond four a second answers are slowed (documented). Whether the rule counts by user,
by application or by address is unknown, so it is kept for all creditors of one gateway together.
"""

from __future__ import annotations

from typing import Final

CALLS_AT_ONCE: Final = 1

CALLS_PER_SECOND: Final = 4.0

CALLS_BURST: Final = 1
"""None are saved up: a burst after a quiet minute would be more than four in its second."""
