"""``POST /admin/operations/{name}``: an operation's arguments in, its result out, as JSON objects.

Over the Unix socket the file's mode (0600) is the permission and the peer's user is the actor.
Over TCP a bearer token is: that of the settings, which may do all, or one with scopes of its own.
"""

from __future__ import annotations

import hmac
import pwd
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import orjson
import structlog
from aiohttp import web

from gateway.operations.errors import ErrorKind, OperationError
from gateway.operations.rights import Caller
from gateway.schema.json_depth import is_too_deep
from gateway.web.body import BodyRefused, read_body
from gateway.web.problem import json_answer, problem

_log: Final = structlog.get_logger()

BODY_BYTES_MAX = 512 * 1024
"""The largest argument is a repaired event: a webhook body (256 kB) inside a JSON string."""

BODY_SECONDS_MAX = 10.0
"""A local caller or an operator's own network."""

DEPTH_MAX = 40
"""A repaired event nests as deep as a webhook may, inside the arguments."""

Call = Callable[[str, Mapping[str, object], str], Awaitable[Mapping[str, object]]]
"""``(operation name, arguments, actor) -> result``; raises ``OperationError``."""

CallAs = Callable[[str, Mapping[str, object], Caller], Awaitable[Mapping[str, object]]]
"""The same for somebody who may do only some of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What opens ``/admin`` beside the settings' own token: tokens with scopes, and their gate."""

    caller_of: Callable[[str], Awaitable[Caller | None]]
    call_as: CallAs


STATUS_OF_KIND: Final[Mapping[ErrorKind, int]] = {
    "not_found": 404,
    "refused": 409,
    "invalid": 422,
    "unreachable": 502,
    "forbidden": 403,
}

ACTOR_OVER_TCP = "token"
"""Who did it, for the audit, when all that is known is that the caller had the token."""

_NAME: Final = re.compile(r"[a-z_]+(\.[a-z_]+)?")


class Admin:
    """The handler. ``token=None`` with ``over_socket=False`` answers everyone 401."""

    def __init__(
        self,
        *,
        call: Call,
        token: str | None,
        over_socket: bool,
        tokens: Tokens | None = None,
    ) -> None:
        self._call = call
        self._token = token.encode() if token else None
        self._over_socket = over_socket
        self._tokens = tokens

    async def handle(self, request: web.Request) -> web.Response:
        """Run one operation and answer with its result, or with why it did nothing."""
        actor = self._actor(request) or await self._token_bearer(request)
        if actor is None:
            return problem(401, "Token not accepted", "Send Authorization: Bearer and the token.")
        arguments = await self._arguments(request)
        if isinstance(arguments, web.Response):
            return arguments
        name = request.match_info["name"]
        if not _NAME.fullmatch(name):
            return problem(404, "Not found", "There is no such operation.", kind="not_found")
        try:
            return json_answer(await self._run(name, arguments, actor))
        except OperationError as error:
            status = STATUS_OF_KIND[error.kind]
            return problem(status, _title(error.kind), error.message, kind=error.kind)
        except Exception:  # noqa: BLE001  the operator gets an answer, the log the place
            _log.exception("operation.failed", operation=name)
            return problem(500, "Failed", "The operation failed; the server's log says where.")

    async def _run(
        self, name: str, arguments: Mapping[str, object], actor: str | Caller
    ) -> Mapping[str, object]:
        """Without a gate for who may do all, else through the gate of rights."""
        if isinstance(actor, Caller) and self._tokens is not None:
            return await self._tokens.call_as(name, arguments, actor)
        return await self._call(name, arguments, str(actor))

    def _actor(self, request: web.Request) -> str | None:
        """Name the caller who may do all: over the socket, or with the settings' own token."""
        if self._over_socket:
            return _peer_user(request)
        given = _bearer(request)
        if self._token is None or given is None:
            return None
        given_bytes = given.encode("utf-8", "surrogateescape")
        return ACTOR_OVER_TCP if hmac.compare_digest(given_bytes, self._token) else None

    async def _token_bearer(self, request: web.Request) -> Caller | None:
        """Who carries a token with scopes, if it still opens."""
        given = _bearer(request)
        if given is None or self._tokens is None:
            return None
        return await self._tokens.caller_of(given)

    async def _arguments(self, request: web.Request) -> Mapping[str, object] | web.Response:
        body = await read_body(request, bytes_max=BODY_BYTES_MAX, seconds_max=BODY_SECONDS_MAX)
        if isinstance(body, BodyRefused):
            return problem(body.status, body.title, body.detail, close=True)
        if is_too_deep(body, DEPTH_MAX):
            return problem(400, "Not JSON", f"The body nests deeper than {DEPTH_MAX} levels.")
        try:
            arguments = orjson.loads(body or b"{}")
        except orjson.JSONDecodeError:
            return problem(400, "Not JSON", "The body must be a JSON object of arguments.")
        if not isinstance(arguments, dict):
            return problem(400, "Not JSON", "The body must be a JSON object of arguments.")
        return cast("dict[str, object]", arguments)


def _bearer(request: web.Request) -> str | None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" and given.strip() else None


def _title(kind: ErrorKind) -> str:
    return {
        "not_found": "Not found",
        "refused": "Refused",
        "invalid": "Not valid",
        "unreachable": "Not reachable",
        "forbidden": "Not allowed",
    }[kind]


def _peer_user(request: web.Request) -> str:
    """Name the user at the other end of the Unix socket, as the kernel knows it."""
    transport = request.transport
    peer = transport.get_extra_info("socket") if transport is not None else None
    if peer is None or not hasattr(socket, "SO_PEERCRED"):
        return "local"
    size = struct.calcsize("3i")  # struct ucred: process, user, group
    _process, user, _group = struct.unpack(
        "3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"uid {user}"
