"""Fiken's ids, which the gateway carries as text."""

from __future__ import annotations

from clients.errors import ProtocolError


def fiken_id(text: str) -> int:
    """Read an id of Fiken's; ``ProtocolError`` for what is none and cannot be asked for."""
    if not (text.isascii() and text.isdigit()):
        raise ProtocolError(f"{text!r} is no id of Fiken's")
    return int(text)
