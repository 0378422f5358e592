"""How far ahead the whole forecast looks."""

from __future__ import annotations

OUTLOOK_DAYS = ("30", "90", "365")
"""A month, a quarter, a year: few, so that few counts are kept."""
