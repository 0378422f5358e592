"""Speaks to a running server over the Unix socket beside its database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import aiohttp

from gateway.cli.failure import UNREACHABLE, Failure
from gateway.operations.errors import ErrorKind, OperationError

# An operation may ask Kravia (30 s a call); a list never takes a second.
_ANSWER_SECONDS_MAX = 120
# The kernel's limit on a socket's path, without the closing zero byte.
_SOCKET_PATH_BYTES_MAX = 107

_KINDS: frozenset[ErrorKind] = frozenset(
    {"not_found", "refused", "invalid", "unreachable", "forbidden"}
)


class SocketSilent(Exception):  # noqa: N818 - an answer, of a kind
    """No server listens on the socket."""


class RemoteGateway:
    """A running server. Entering raises ``SocketSilent`` if none listens."""

    def __init__(self, socket: Path) -> None:
        self._exists = socket.is_socket()
        self._socket = short_path(socket) if self._exists else ""
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        if not self._exists:
            raise SocketSilent
        await self._knock()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=self._socket),
            timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS_MAX),
        )
        return self

    async def _knock(self) -> None:
        """Find out whether somebody listens, before anything is asked for."""
        try:
            _, writer = await asyncio.open_unix_connection(self._socket)
        except PermissionError as error:
            raise Failure(
                f"{self._socket} belongs to another user; type the command as that user, for "
                "example with sudo -u",
                code=UNREACHABLE,
            ) from error
        except OSError as error:
            raise SocketSilent from error  # a killed server leaves its socket behind
        writer.close()
        await writer.wait_closed()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(self, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        """Run one operation there.

        Raises ``OperationError`` as the operation did, ``Failure`` where the server did not answer
        as it should.
        """
        if self._session is None:
            raise SocketSilent
        try:
            async with self._session.post(
                f"http://gateway/admin/operations/{name}", json=dict(arguments)
            ) as answer:
                document = await answer.json(content_type=None)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Failure(
                f"the server behind {self._socket} did not answer ({_told(error)}); whether it "
                f"did {name} is not known: look before you type the same again",
                code=UNREACHABLE,
            ) from error
        if status == 200 and isinstance(document, dict):  # noqa: PLR2004 - HTTP's own number
            return cast("dict[str, Any]", document)
        raise _refusal(status, document if isinstance(document, dict) else {})


def short_path(socket: Path) -> str:
    """Give the socket's path in the shorter spelling, for the kernel takes 107 bytes."""
    relative = os.path.relpath(socket)
    spelling = min(str(socket), relative, key=len)
    if len(os.fsencode(spelling)) > _SOCKET_PATH_BYTES_MAX:
        raise Failure(
            f"the path {socket} is too long for a socket; give database.url a shorter one"
        )
    return spelling


def _told(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error)


def _refusal(status: int, document: Mapping[str, object]) -> Exception:
    message = document.get("detail") or document.get("title") or f"HTTP {status}"
    kind = document.get("kind")
    if kind in _KINDS:
        return OperationError(str(message), kind=kind)
    return Failure(f"the server refused the command: {message}", code=UNREACHABLE)
