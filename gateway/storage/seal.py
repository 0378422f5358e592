"""Personal data as it lies in the database: sealed, and found again by keyed hashes.

A sealed value starts with one byte that names its codec, so that rows of an older codec stay
readable when another is switched on::

    plain     00 · data
    AES-GCM   01 · key id (4) · nonce (12) · data, encrypted · tag (16)
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import os
import unicodedata
from base64 import b64decode
from collections.abc import Sequence
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.storage.errors import SealError

PLAIN_ID: Final = "plain"
"""Stands where a key's id would, for values that no key seals."""

SEAL_KEY_BYTES: Final = 32
"""AES-256."""

HEAD_BYTES: Final = 5
"""Codec and key id: all that tells which key a value needs."""

_PLAIN: Final = b"\x00"
_AES_GCM: Final = b"\x01"
_NONCE_BYTES: Final = 12  # NIST SP 800-38D §8.2.2: random ones suffice for 2^32 values of a key
_NONCE_END: Final = HEAD_BYTES + _NONCE_BYTES
_KEY_BYTES_MIN: Final = 16  # 128 bits: below that the keyed hash of a name can be searched for
_KEY_ID_BYTES: Final = HEAD_BYTES - 1


class Seal(Protocol):
    """Closes and opens personal data, and gives the tokens it is found by."""

    @property
    def key_id(self) -> str:
        """Give the id of the key that seals now, or ``PLAIN_ID``."""

    @property
    def key_ids(self) -> frozenset[str]:
        """Give the ids of all keys that open."""

    def seal(self, data: bytes) -> bytes:
        """Give the bytes to store."""

    def open(self, sealed: bytes) -> bytes:
        """Give back what was sealed; ``SealError`` if no key here can."""

    def token(self, text: str) -> str:
        """Give a keyed hash (64 hex digits): the same for all spellings people call the same."""


class PlainSeal:
    """Stores as is, behind the codec byte; tokens are HMAC-SHA256 under ``token_key``."""

    def __init__(self, token_key: bytes) -> None:
        if len(token_key) < _KEY_BYTES_MIN:
            raise ValueError(f"the token key must have at least {_KEY_BYTES_MIN} bytes")
        self._token_key = token_key

    @property
    def key_id(self) -> str:
        """Give ``PLAIN_ID``: no key seals."""
        return PLAIN_ID

    @property
    def key_ids(self) -> frozenset[str]:
        """Give none."""
        return frozenset()

    def seal(self, data: bytes) -> bytes:
        """Give the codec byte and the data."""
        return _PLAIN + data

    def open(self, sealed: bytes) -> bytes:
        """Give the data behind the codec byte; ``SealError`` if another codec sealed it."""
        if sealed[:1] != _PLAIN:
            raise _no_key(sealed)
        return sealed[1:]

    def token(self, text: str) -> str:
        """Give the keyed hash of the text without regard to case, width and spacing."""
        normal = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        return hmac.new(self._token_key, normal.encode(), hashlib.sha256).hexdigest()


class AesGcmSeal(PlainSeal):
    """Seals with the first of ``keys`` and opens with all, and what is plain yet.

    Tokens stay as they are: what a person is found by does not change with the keys.
    """

    def __init__(self, token_key: bytes, keys: Sequence[bytes]) -> None:
        super().__init__(token_key)
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        first = _key_id(keys[0])
        self._head = _AES_GCM + first
        self._first = self._ciphers[first]

    @property
    def key_id(self) -> str:
        """Give the id of the key that seals now."""
        return self._head[1:].hex()

    @property
    def key_ids(self) -> frozenset[str]:
        """Give the ids of all keys that open."""
        return frozenset(key_id.hex() for key_id in self._ciphers)

    def seal(self, data: bytes) -> bytes:
        """Encrypt under the first key and a fresh nonce."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._head + nonce + self._first.encrypt(nonce, data, self._head)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt with the key that the value names; ``SealError`` if it is not here or damaged."""
        if sealed[:1] == _PLAIN:
            return sealed[1:]
        head = sealed[:HEAD_BYTES]
        cipher = self._ciphers.get(head[1:]) if head[:1] == _AES_GCM else None
        if cipher is None:
            raise _no_key(sealed)
        try:
            return cipher.decrypt(sealed[HEAD_BYTES:_NONCE_END], sealed[_NONCE_END:], head)
        except (InvalidTag, ValueError) as error:
            raise SealError(
                f"a value sealed with key {head[1:].hex()} is damaged: restore it from a backup"
            ) from error


def key_from_text(text: str) -> bytes:
    """Read a key as files and variables hold it: base64 of 32 bytes; ``ValueError`` if it is none.

    The text is in no message.
    """
    try:
        key = b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != SEAL_KEY_BYTES:
        raise ValueError(
            f"must be {SEAL_KEY_BYTES} random bytes as base64; make one with: "
            "kravia-gateway seal new-key FILE"
        )
    return key


def key_id_of(key: bytes) -> str:
    """Give the id of a key (8 hex digits): made from the key, so that no name can be mistaken."""
    return _key_id(key).hex()


def key_id_in(head: bytes) -> str:
    """Give the id of the key that sealed the value beginning with ``head``, or ``PLAIN_ID``."""
    return PLAIN_ID if head[:1] == _PLAIN else head[1:HEAD_BYTES].hex()


def _key_id(key: bytes) -> bytes:
    digest = hmac.new(key, b"kravia-gateway/seal-key-id", hashlib.sha256).digest()
    return digest[:_KEY_ID_BYTES]


def _no_key(sealed: bytes) -> SealError:
    return SealError(
        f"this value was sealed with key {key_id_in(sealed)}, which is not among seal.keys"
    )
