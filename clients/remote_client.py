"""How every remote with operations is spoken to: writes sent once, reads tried a few times.

A write is never retried here; what went wrong is the caller's to weigh. A read that fails in
passing is tried again, unless the remote asked to slow down.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import ClassVar, Generic, TypeVar

import tenacity

from clients.answers import server_date
from clients.errors import InDoubtError, NotSentError, RestingError, TemporaryError
from clients.exchange import Request, Response
from clients.transport import Timeouts, Transport

READ_ATTEMPTS_MAX = 3
"""A passing hiccup is gone by the third try; a longer one is the poller's to wait out."""

READ_WAIT_MAX_SECONDS = 2.0
"""Longest pause between tries of one read: a poll must not outlive its interval."""

A = TypeVar("A")
T = TypeVar("T")


class RemoteClient(ABC, Generic[A]):
    """Speaks for one secret, by the assumptions ``A``. Safe to use from many tasks at once.

    ``secret_source`` is asked before every call, so a rotated secret needs no restart.
    ``observe_date`` is told the Date header (aware UTC) of every answer, to notice clock skew.
    ``sleep`` exists for tests.
    """

    secret_name: ClassVar[str]

    def __init__(
        self,
        transport: Transport,
        assumptions: A,
        secret_source: Callable[[], str],
        *,
        timeouts: Timeouts | None = None,
        observe_date: Callable[[datetime], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.assumptions = assumptions
        self.observe_date = observe_date
        self._transport = transport
        self._secret_source = secret_source
        self._timeouts = timeouts or Timeouts()
        self._sleep = sleep

    @abstractmethod
    def _authorize(self, request: Request, secret: str) -> Request:
        """Return the request with the secret in it."""

    @abstractmethod
    def _check_write(self, response: Response) -> None:
        """Raise unless it was done."""

    @abstractmethod
    def _check_read(self, response: Response) -> None:
        """Raise unless it was answered."""

    async def answer(self, request: Request) -> Response:
        """Ask a reading question and return the answer as it came, for people to look at."""
        if request.method != "GET":
            raise ValueError(f"{request.method} is no reading question")
        return await self._read(request, lambda response: response)

    async def _write(self, request: Request) -> Response:
        response = await self._send(request)
        self._check_write(response)
        return response

    async def _read(self, request: Request, decipher: Callable[[Response], T]) -> T:
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(READ_ATTEMPTS_MAX),
            wait=tenacity.wait_random_exponential(multiplier=0.25, max=READ_WAIT_MAX_SECONDS),
            retry=tenacity.retry_if_exception(_is_worth_another_try),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(self._read_once, request, decipher)

    async def _read_once(self, request: Request, decipher: Callable[[Response], T]) -> T:
        try:
            response = await self._send(request)
        except RestingError as error:
            raise TemporaryError(
                str(error), retry_after_seconds=error.retry_after_seconds
            ) from error
        except (NotSentError, InDoubtError) as error:
            raise TemporaryError(str(error), status=error.status) from error
        self._check_read(response)
        return decipher(response)

    async def _send(self, request: Request) -> Response:
        try:
            secret = self._secret_source()
        except Exception as error:
            name = type(error).__name__
            raise NotSentError(f"the {self.secret_name} could not be read: {name}") from error
        response = await self._transport.send(
            self._authorize(request, secret), timeouts=self._timeouts
        )
        date = server_date(response)
        if date is not None and self.observe_date is not None:
            self.observe_date(date)
        return response


def _is_worth_another_try(error: BaseException) -> bool:
    """Tell a hiccup from a remote that asks to wait, which is not asked again at once."""
    return (
        isinstance(error, TemporaryError)
        and error.retry_after_seconds is None
        and error.status != HTTPStatus.TOO_MANY_REQUESTS
    )
