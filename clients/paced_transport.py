"""One place where every remote is spared: calls per second, rest it asks for, a breaker, retries.

::

    send ── wait for a turn, where the host takes few calls at once
         ── the host rests, or is down ──> RestingError (nothing was sent)
         ── no token within WAIT_MAX_SECONDS ──> RestingError
         ── else wait for the token, send, and take note of what came

A host is a scheme, a name and a port, whoever calls it: two creditors in one ledger system share
what it lets through. Reads and writes queue in the order they come, so neither starves the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from clients import pacing
from clients.answers import retry_after_seconds, server_date
from clients.errors import ClientError, NotSentError, RestingError
from clients.exchange import Request, Response
from clients.pacing import Breaker, BreakerState, Bucket, Limits
from clients.transport import Timeouts, Transport

WAIT_MAX_SECONDS = 2.0
"""The longest a call waits here for its token: what must wait longer gives its place to others."""

SLOW_DOWN_SECONDS = 1.0
"""The rest after a 429 that names none: its own message waits by its schedule anyway."""


@dataclass(slots=True)
class Host:
    """What is known of one remote, and whether it may be called.

    ``state`` and the seconds may be asked for from any thread; the rest belongs to the event loop.
    """

    name: str
    limits: Limits
    monotonic: Callable[[], float]
    on_back: Callable[[], None] = lambda: None
    breaker: Breaker = field(default_factory=Breaker)
    rests_until: float | None = None
    _bucket: Bucket = field(init=False)
    _retries: Bucket = field(init=False)
    _turns: asyncio.Semaphore | None = field(init=False)

    def __post_init__(self) -> None:
        """Begin with full buckets."""
        now = self.monotonic()
        self._bucket = Bucket(tokens=self.limits.calls_burst, at=now)
        self._retries = Bucket(tokens=self.limits.retries_burst, at=now)
        at_once = self.limits.calls_at_once
        self._turns = None if at_once is None else asyncio.Semaphore(at_once)

    def turn(self) -> AbstractAsyncContextManager[object]:
        """A place among the calls that may be under way at once, kept until the call ended.

        Turns are given in the order they are asked for.
        """
        return nullcontext() if self._turns is None else self._turns

    @property
    def state(self) -> BreakerState:
        """Where the breaker stands."""
        return pacing.breaker_state(self.breaker, self.monotonic(), self.limits)

    def asked_rest_seconds(self) -> float:
        """What is left of the rest that the remote asked for."""
        return 0.0 if self.rests_until is None else max(0.0, self.rests_until - self.monotonic())

    def rest_seconds(self) -> float:
        """How long nothing should be sent to it; 0 if a call would pass."""
        now = self.monotonic()
        barred = pacing.barred_seconds(self.breaker, now, self.limits) or 0.0
        owed = self._owed_seconds(now)
        return max(self.asked_rest_seconds(), barred, owed if owed > WAIT_MAX_SECONDS else 0.0)

    def up_seconds(self) -> float | None:
        """How long ago it came back after having been down; None if it never was."""
        closed_at = self.breaker.closed_at
        return None if closed_at is None else max(0.0, self.monotonic() - closed_at)

    def may_retry(self) -> bool:
        """Take a retry from the budget; a good answer gives it back, and a share of another."""
        self._refill_retries()
        if self._retries.tokens < 1.0:
            return False
        self._retries = pacing.taken(self._retries)
        return True

    def retried_well(self) -> None:
        """Give the retry back: only those that fail are held down."""
        self._deposit(1.0)

    def still_open(self) -> None:
        """Raise ``RestingError`` if it asked for rest meanwhile."""
        asked = self.asked_rest_seconds()
        if asked:
            raise RestingError(f"{self.name} asked for rest", retry_after_seconds=asked)

    def enter(self) -> float:
        """Let a call pass; gives the seconds it waits for its token, or raises ``RestingError``."""
        self.still_open()
        now = self.monotonic()
        barred = pacing.barred_seconds(self.breaker, now, self.limits)
        if barred is not None:
            raise RestingError(f"{self.name} is down", retry_after_seconds=barred)
        self._bucket = self._filled(now)
        owed = self._owed_seconds(now)
        if owed > WAIT_MAX_SECONDS:
            raise RestingError(
                f"{self.name} gets all the calls it may have", retry_after_seconds=owed
            )
        self._bucket = pacing.taken(self._bucket)
        self.breaker = pacing.called(self.breaker, now, self.limits)
        return owed

    def answered(self, response: Response) -> None:
        """Take note of an answer."""
        now = self.monotonic()
        wait = retry_after_seconds(response.headers, server_date(response))
        slow_down = response.status == HTTPStatus.TOO_MANY_REQUESTS
        broken = response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if wait is None and slow_down:
            wait = SLOW_DOWN_SECONDS
        if wait and (slow_down or broken):
            until = now + min(wait, self.limits.rest_max_seconds)
            self.rests_until = max(until, self.rests_until or until)
        if broken:
            self.failed()
            return
        if not slow_down:
            self._deposit(self.limits.retry_share)
        was_down = self.breaker.opened_at is not None
        self.breaker = pacing.answered(self.breaker, now)
        if was_down:
            self.on_back()

    def failed(self) -> None:
        """Take note of a call that shows it down."""
        self.breaker = pacing.failed(self.breaker, self.monotonic(), self.limits)

    def unasked(self) -> None:
        """Take note of a call that was cut off by us."""
        self.breaker = pacing.unasked(self.breaker)

    def _filled(self, now: float) -> Bucket:
        limits = self.limits
        return pacing.refilled(
            self._bucket, now, per_second=limits.calls_per_second, most=limits.calls_burst
        )

    def _owed_seconds(self, now: float) -> float:
        return pacing.owed_seconds(self._filled(now), per_second=self.limits.calls_per_second)

    def _refill_retries(self) -> None:
        limits = self.limits
        self._retries = pacing.refilled(
            self._retries,
            self.monotonic(),
            per_second=limits.retries_per_second,
            most=limits.retries_burst,
        )

    def _deposit(self, tokens: float) -> None:
        self._refill_retries()
        most = self.limits.retries_burst
        filled = min(most, self._retries.tokens + tokens)
        self._retries = Bucket(tokens=filled, at=self._retries.at)


@dataclass(slots=True)
class Hosts:
    """Every remote, by scheme, name and port; made at the first look."""

    limits: Limits  # of every host that has none of its own
    monotonic: Callable[[], float]
    own_limits: dict[str, Limits] = field(default_factory=dict)
    on_back: Callable[[], None] = lambda: None
    _hosts: dict[str, Host] = field(default_factory=dict)

    def of(self, url: str) -> Host:
        """The host that an absolute URL is on."""
        name = self.name_of(url)
        host = self._hosts.get(name)
        if host is None:
            limits = self.own_limits.get(name, self.limits)
            host = self._hosts[name] = Host(name, limits, self.monotonic, self._is_back)
        return host

    def _is_back(self) -> None:
        self.on_back()

    @staticmethod
    def name_of(url: str) -> str:
        """Scheme, name and port of an absolute URL, without a user in it."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def __iter__(self) -> Iterator[Host]:
        """Every host that was looked at."""
        return iter(tuple(self._hosts.values()))


class PacedTransport:
    """Sends through ``inner`` what the host may be asked for now."""

    def __init__(
        self,
        inner: Transport,
        hosts: Hosts,
        *,
        base_url: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._hosts = hosts
        self._base_url = base_url
        self._sleep = sleep

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        """Send once, or raise ``RestingError``; the rest as ``Transport`` says."""
        host = self._hosts.of(self._base_url or request.path)
        async with host.turn():
            return await self._send(host, request, timeouts)

    async def _send(self, host: Host, request: Request, timeouts: Timeouts) -> Response:
        wait_seconds = host.enter()
        try:
            if wait_seconds:
                await self._sleep(wait_seconds)
                host.still_open()
            response = await self._inner.send(request, timeouts=timeouts)
        except RestingError:
            host.unasked()
            raise
        except NotSentError as error:
            if error.shows_down:
                host.failed()
            else:  # an address or header that cannot be built shows nothing about the remote
                host.unasked()
            raise
        except ClientError:
            host.failed()
            raise
        except BaseException:
            host.unasked()
            raise
        host.answered(response)
        return response
