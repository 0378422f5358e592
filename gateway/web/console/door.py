"""What the console is built on: operations, sessions, a clock, and how people reach it."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from gateway.domain.wording import Language
from gateway.operations.rights import Caller
from gateway.operations.sessions import Sessions

PREFIX: Final = "/console"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Document = Mapping[str, object]

Call = Callable[[str, Mapping[str, object], Caller, Language], Awaitable[Document]]
"""Runs an operation for a caller, told in a language; raises ``OperationError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedProxy:
    """The reverse proxies whose headers are believed, and the header that names the user.

    Without ``addresses`` no header is believed from anybody.
    """

    addresses: tuple[Network, ...] = ()
    user_header: str | None = None

    def is_peer(self, request: web.Request) -> bool:
        """Whether the request came through one of them."""
        try:
            peer = ipaddress.ip_address(request.remote or "")
        except ValueError:
            return False
        return any(peer in network for network in self.addresses)

    def user(self, request: web.Request) -> str | None:
        """The user a trusted proxy vouches for."""
        if self.user_header is None or not self.is_peer(request):
            return None
        return request.headers.get(self.user_header, "").strip() or None

    def client_address(self, request: web.Request) -> str:
        """Whose request it is: the last hop that a trusted proxy saw, else the peer itself."""
        if self.is_peer(request):
            last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
            if last:
                return last
        return request.remote or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Dependencies of the console.

    ``sign`` gives a keyed hash that nobody else can make. ``commits`` grows with every write of
    this process. ``answering`` is entered while a page is made, for what should wait meanwhile.
    ``https``: people reach it by https, and cookies go over nothing else.
    """

    call: Call
    sessions: Sessions
    now: Callable[[], datetime]
    sign: Callable[[str], str]
    commits: Callable[[], int]
    session_lasts: timedelta
    answering: Callable[[], AbstractContextManager[None]] = nullcontext
    https: bool = False
    proxy: TrustedProxy = field(default_factory=TrustedProxy)
    live_seconds: float = 2.0  # between two looks whether an open page has changed
