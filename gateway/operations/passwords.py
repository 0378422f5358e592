"""Passwords as argon2id hashes. Hashing takes some 50 ms and 64 MiB: it runs in a thread."""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.operations.errors import OperationError

CHARACTERS_MIN: Final = 15
"""Where the password is all there is (NIST SP 800-63B-4, 3.1.1.2); no rule about which ones."""

CHARACTERS_MAX: Final = 256
"""Room for any passphrase; beyond that only the hashing would notice."""

_HASHER: Final = PasswordHasher()
"""RFC 9106's second choice, for servers with little memory: 64 MiB, three passes."""

NOBODYS: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$2vlucstcXzlXnejcjFlaww$"
    "/TRIoYcNQeS418qOy5pAnuGENax4jziKZMYWj6W13zQ"
)
"""Checked where there is no account, so that the answer takes as long as for one. Of random bytes
that nobody kept; hashed once and for all, for every start and command would pay for it."""


def check_new(password: object, name: str) -> str:
    """A password that may be taken; raises ``OperationError`` naming what is wrong."""
    if not isinstance(password, str) or len(password) < CHARACTERS_MIN:
        raise OperationError(
            f"password must have at least {CHARACTERS_MIN} characters: several words do",
            kind="invalid",
        )
    if len(password) > CHARACTERS_MAX:
        raise OperationError(
            f"password must have at most {CHARACTERS_MAX} characters", kind="invalid"
        )
    if name.casefold() in password.casefold() or len(set(password)) < CHARACTERS_MIN // 3:
        raise OperationError(
            "password must not hold the user's name or repeat a few characters", kind="invalid"
        )
    return password


async def hashed(password: str) -> str:
    """The hash to store."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; without a hash it takes as long and never is."""
    return await asyncio.to_thread(_matches, password, password_hash)


def _matches(password: str, password_hash: str | None) -> bool:
    try:
        _HASHER.verify(password_hash or NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
