"""A text as people type it, as one printable line."""

from __future__ import annotations


def line_from_text(text: str | None) -> str | None:
    """Return one line without control characters or repeated spaces, None for an empty one."""
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(printable.split()) or None
