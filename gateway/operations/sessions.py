"""Who is signed in: a random token in a cookie, its hash in the database, gone when it is over."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from gateway.operations import passwords
from gateway.operations.gateway import Gateway
from gateway.operations.rights import SCOPES, Caller, Role
from gateway.operations.tokens import hash_of
from gateway.storage import accounts
from gateway.storage.accounts import Account
from gateway.storage.desk import record_action

_RANDOM_BYTES: Final = 32
_NAME_CHARACTERS_MAX: Final = 128

HASHES_AT_ONCE: Final = 2
"""Each takes 64 MiB and a core: as many as a small machine has to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Somebody signed in: what they may do, and their role for the page to show."""

    caller: Caller
    user: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Begins, finds and ends sessions; ``lasts`` is how long one holds at most."""

    gateway: Gateway
    lasts: timedelta
    _hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))

    async def sign_in(self, name: str, password: str) -> str | None:
        """Begin a session for who knows the password; gives its token, or ``None``."""
        found = await self._account(name)
        too_long = len(password) > passwords.CHARACTERS_MAX
        async with self._hashing:
            known = await passwords.matches(
                "" if too_long else password, None if found is None else found.password_hash
            )
        if found is None or found.disabled_at is not None or not known:
            return None
        return await self._begin(found.name, "with a password")

    async def sign_in_vouched(self, name: str) -> str | None:
        """Begin a session for whom a trusted proxy names; ``None`` if there is no such user."""
        found = await self._account(name)
        if found is None or found.disabled_at is not None:
            return None
        return await self._begin(found.name, "by a trusted proxy")

    async def find(self, token: str) -> Signed | None:
        """Who it is, as their account stands now."""
        now = self.gateway.clock()
        found = await self.gateway.database.read(
            lambda connection: accounts.of_session(connection, hash_of(token), now)
        )
        if found is None:
            return None
        role = Role(found.role)
        caller = Caller(name=f"user:{found.name}", scopes=SCOPES[role], creditors=found.creditors)
        return Signed(caller=caller, user=found.name, role=role)

    async def end(self, token: str) -> None:
        """Sign out; the cookie is worth nothing from then on."""
        await self.gateway.database.write(
            lambda connection: accounts.end_session(connection, hash_of(token))
        )

    async def _account(self, name: str) -> Account | None:
        spelled = name.strip().casefold()
        if not spelled or len(spelled) > _NAME_CHARACTERS_MAX:
            return None
        return await self.gateway.database.read(
            lambda connection: accounts.find(connection, spelled)
        )

    async def _begin(self, name: str, how: str) -> str:
        token = secrets.token_hex(_RANDOM_BYTES)
        now = self.gateway.clock()

        def write(connection: sa.Connection) -> None:
            accounts.start_session(connection, hash_of(token), name, now, now + self.lasts)
            record_action(
                connection,
                actor=f"user:{name}",
                action="console.sign_in",
                subject=f"user {name}",
                reason=how,
                now=now,
            )

        await self.gateway.database.write(write)
        return token
