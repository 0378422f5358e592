"""Conta's ids, which the gateway carries as text."""

from __future__ import annotations

from clients.errors import ProtocolError


def conta_id(text: str) -> int:
    """Read an id of Conta's; ``ProtocolError`` for what is none and cannot be asked for."""
    if not (text.isascii() and text.isdigit()):
        raise ProtocolError(f"{text!r} is no id of Conta's")
    return int(text)
