"""Where the bearer token of a call comes from: a personal token, or OAuth's renewed one.

::

    call ── 401 ──> renewed(the token that was refused) ──> the same call once more
                       one at a time: whoever waited finds the newer token there already

Fiken forbids personal tokens in third-party applications: they are for a company that runs the
gateway for itself. Everybody else gives the application access by OAuth, once, in a browser; what
that leaves is a refresh token, which is all the gateway needs. How long an access token lasts is
not counted here (the documented example says about a day): a 401 tells, and had no effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from clients.errors import (
    AuthenticationError,
    ClientError,
    NotSentError,
    RestingError,
)
from clients.fiken import protocol, protocol_answers, verdict
from clients.transport import Timeouts, Transport


class Access(Protocol):
    """Gives the token to call with."""

    async def token(self) -> str:
        """Return the token as it is now; raises ``NotSentError`` or ``AuthenticationError``."""
        ...

    async def renewed(self, refused: str) -> bool:
        """Whether there is another token than the one that was refused; raises as ``token``."""
        ...

    @property
    def problem(self) -> str | None:
        """What a person should know of it, None if all is well."""
        ...


class PersonalToken:
    """A token that a user made in Fiken, which never runs out and cannot be renewed."""

    problem = None

    def __init__(self, source: Callable[[], str]) -> None:
        self._source = source

    async def token(self) -> str:
        """Ask the source anew: a rotated secret needs no restart."""
        try:
            return self._source()
        except Exception as error:
            name = type(error).__name__
            raise NotSentError(f"the Fiken token could not be read: {name}") from error

    async def renewed(self, refused: str) -> bool:
        """Only a person can give another one."""
        return await self.token() != refused


class OAuthAccess:
    """Access tokens by refresh token, of one client and one user.

    ``read_refresh_token`` is asked before each renewal. ``keep_refresh_token`` is given the new one
    where Fiken answers one (whether it does is unknown). What it raises becomes ``problem``; the
    new token is then used from memory.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        token_url: str,
        client_id: str,
        client_secret_source: Callable[[], str],
        read_refresh_token: Callable[[], str],
        keep_refresh_token: Callable[[str], None],
        timeouts: Timeouts | None = None,
    ) -> None:
        self._transport = transport
        self._token_url = token_url
        self._client_id = client_id
        self._client_secret_source = client_secret_source
        self._read_refresh_token = read_refresh_token
        self._keep_refresh_token = keep_refresh_token
        self._timeouts = timeouts or Timeouts()
        self._turn = asyncio.Lock()
        self._held: str | None = None
        self._unkept: str | None = None
        self.problem: str | None = None

    async def token(self) -> str:
        """Return the held token, or get the first one."""
        async with self._turn:
            return self._held or await self._renew()

    async def renewed(self, refused: str) -> bool:
        """Get another one, unless somebody did meanwhile."""
        async with self._turn:
            if self._held in {None, refused}:
                await self._renew()
            return self._held != refused

    async def _renew(self) -> str:
        self._held = None
        try:
            given = await self._ask()
        except RestingError:
            raise
        except AuthenticationError:
            raise
        except ClientError as error:  # a renewal may be repeated: nothing of the call itself went
            raise NotSentError(f"no access token: {error}", status=error.status) from error
        self._held = given.access_token
        if given.refresh_token is not None:
            self._keep(given.refresh_token)
        return given.access_token

    async def _ask(self) -> protocol_answers.Tokens:
        try:
            secret = self._client_secret_source()
            refresh_token = self._unkept or self._read_refresh_token()
        except Exception as error:
            name = type(error).__name__
            raise NotSentError(f"the Fiken refresh token could not be read: {name}") from error
        request = protocol.build_renewal(
            self._token_url,
            client_id=self._client_id,
            client_secret=secret,
            refresh_token=refresh_token.strip(),
        )
        response = await self._transport.send(request, timeouts=self._timeouts)
        if response.status in {400, 401}:  # invalid_grant, invalid_client (RFC 6749, 5.2)
            raise AuthenticationError(
                verdict.told("Fiken refuses the refresh token or the client", response),
                status=response.status,
            )
        verdict.check_read(response)
        return protocol_answers.decipher_tokens(response)

    def _keep(self, refresh_token: str) -> None:
        try:
            self._keep_refresh_token(refresh_token)
        except Exception as error:  # noqa: BLE001 - whatever it is, the old one may be worthless now
            self._unkept = refresh_token
            self.problem = (
                "Fiken gave a new refresh token, which could not be kept"
                f" ({type(error).__name__}): make its file writable before the next restart"
            )
        else:
            self._unkept, self.problem = None, None
