"""What can go wrong when speaking to a remote, split by what the caller should do next.

::

    ClientError
    ├── NotSentError            the request certainly had no effect: send again later
    │   ├── RateLimitedError    it asked to slow down; ``retry_after_seconds`` if it said how long
    │   └── RestingError        we do not call it now: it rests or is down; ``retry_after_seconds``
    ├── InDoubtError            the effect is unknown: look it up before anything else
    ├── TemporaryError          a read failed in passing: read again later
    ├── RejectedError           the remote understood and refused: a person must change something
    │   ├── AuthenticationError the token or secret is wrong: fix the settings
    │   ├── NotFoundError       no such thing, or no such path: fix the settings or the id
    │   └── GoneError           the receiver wants no more (HTTP 410)
    └── ProtocolError           the answer to a read could not be understood

A write raises ``InDoubtError`` for every outcome that is not positively known. No foreign exception
leaves a client; the original is always chained as ``__cause__``.
"""

from __future__ import annotations


class ClientError(Exception):
    """Root of all errors of this package. ``status`` is the HTTP status where there was one."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class NotSentError(ClientError):
    """The request certainly had no effect: it may be sent again later.

    ``shows_down`` tells a remote that cannot be reached from a request that we could not build.
    """

    def __init__(self, message: str, *, status: int | None = None, shows_down: bool = True) -> None:
        super().__init__(message, status=status)
        self.shows_down = shows_down


class RateLimitedError(NotSentError):
    """The remote asked to slow down (429)."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after_seconds = retry_after_seconds


class RestingError(NotSentError):
    """The remote is not called now: it asked for rest, is down, or gets all it may have."""

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class InDoubtError(ClientError):
    """The effect of a write is unknown: look it up before anything else."""


class TemporaryError(ClientError):
    """A read failed in passing; ``retry_after_seconds`` if the remote said how long to wait."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after_seconds = retry_after_seconds


class RejectedError(ClientError):
    """The remote understood and refused; sending the same again will not help."""


class AuthenticationError(RejectedError):
    """The token or secret is wrong or lacks a right (401, 403)."""


class NotFoundError(RejectedError):
    """No such thing or no such path (404)."""


class GoneError(RejectedError):
    """The receiver wants no more of this (410)."""


class ProtocolError(ClientError):
    """The answer to a read could not be understood."""
