"""Personal data as it lies in the database: sealed, and found again by keyed hashes.

A sealed value starts with one byte that names its codec, so that rows of an older codec stay
readable when another is switched on.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Final, Protocol

from gateway.storage.errors import SealError

_PLAIN: Final = b"\x00"
_KEY_BYTES_MIN: Final = 16  # 128 bits: below that the keyed hash of a name can be searched for


class Seal(Protocol):
    """Closes and opens personal data, and gives the tokens it is found by."""

    def seal(self, data: bytes) -> bytes:
        """Give the bytes to store."""

    def open(self, sealed: bytes) -> bytes:
        """Give back what was sealed; ``SealError`` if this codec cannot."""

    def token(self, text: str) -> str:
        """Give a keyed hash (64 hex digits): the same for all spellings people call the same."""


class PlainSeal:
    """Stores as is, behind the codec byte; tokens are HMAC-SHA256 under ``token_key``."""

    def __init__(self, token_key: bytes) -> None:
        if len(token_key) < _KEY_BYTES_MIN:
            raise ValueError(f"the token key must have at least {_KEY_BYTES_MIN} bytes")
        self._token_key = token_key

    def seal(self, data: bytes) -> bytes:
        """Give the codec byte and the data."""
        return _PLAIN + data

    def open(self, sealed: bytes) -> bytes:
        """Give the data behind the codec byte; ``SealError`` if another codec sealed it."""
        if sealed[:1] != _PLAIN:
            raise SealError("this value was sealed by a codec that is not switched on here")
        return sealed[1:]

    def token(self, text: str) -> str:
        """Give the keyed hash of the text without regard to case, width and spacing."""
        normal = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        return hmac.new(self._token_key, normal.encode(), hashlib.sha256).hexdigest()
