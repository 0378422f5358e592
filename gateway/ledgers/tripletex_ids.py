"""Tripletex's ids, which the gateway carries as text."""

from __future__ import annotations

from clients.errors import ProtocolError


def tripletex_id(text: str) -> int:
    """Read an id of Tripletex's; ``ProtocolError`` for what is none and cannot be asked for."""
    if not (text.isascii() and text.isdigit()):
        raise ProtocolError(f"{text!r} is no id of Tripletex's")
    return int(text)
