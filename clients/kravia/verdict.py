"""What an HTTP status of Kravia's means for what the caller does next.

======  ===========================================  =========================
status  after a write                                after a read
======  ===========================================  =========================
2xx     done (if the body does not say otherwise)    done
301/7/8 ``RejectedError``: the address is wrong      ``RejectedError``
3xx     ``InDoubtError``: POST, then see elsewhere   ``RejectedError``
401/3   ``AuthenticationError``                      the same
404     ``NotFoundError``                            the same
410     ``GoneError``                                the same
408     ``InDoubtError``                             ``TemporaryError``
429     ``RateLimitedError``                         ``TemporaryError``
4xx     ``RejectedError``                            the same
5xx     ``InDoubtError``                             ``TemporaryError``
======  ===========================================  =========================

Kravia publishes no status codes: this is HTTP's own meaning, read with doubt where it leaves any.
"""

from __future__ import annotations

from clients.answers import retry_after_seconds, said, server_date, shows_web_page
from clients.errors import (
    AuthenticationError,
    GoneError,
    InDoubtError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    TemporaryError,
)
from clients.exchange import Response

_MOVED = frozenset({301, 307, 308})  # the same request belongs elsewhere: not processed here


def check_write(response: Response) -> None:
    """Raise unless the status is 2xx."""
    status = response.status
    if _is_success(status):
        return
    if status == 429:
        raise RateLimitedError(
            _message(response, "Kravia asks to slow down"),
            status=status,
            retry_after_seconds=retry_after_seconds(response.headers, server_date(response)),
        )
    if status == 408 or not (status in _MOVED or 400 <= status < 500):
        raise InDoubtError(_message(response, "the outcome is unknown"), status=status)
    raise _refusal(response)


def check_read(response: Response) -> None:
    """Raise unless the status is 2xx."""
    status = response.status
    if _is_success(status):
        return
    if status in {408, 429} or status >= 500 or status < 200:
        raise TemporaryError(
            _message(response, "Kravia cannot answer now"),
            status=status,
            retry_after_seconds=retry_after_seconds(response.headers, server_date(response)),
        )
    raise _refusal(response)


def _is_success(status: int) -> bool:
    return 200 <= status < 300


def _refusal(response: Response) -> RejectedError:
    status = response.status
    if status in {401, 403}:
        return AuthenticationError(_message(response, "Kravia refuses the token"), status=status)
    if status == 404:
        return NotFoundError(_message(response, "Kravia knows no such thing"), status=status)
    if status == 410:
        return GoneError(_message(response, "Kravia has taken this away"), status=status)
    if status < 400:
        where = "Kravia redirects elsewhere; check kravia.base_url"
        return RejectedError(_message(response, where), status=status)
    return RejectedError(_message(response, "Kravia refuses"), status=status)


def _message(response: Response, meaning: str) -> str:
    why = "a web page instead of JSON" if shows_web_page(response) else said(response)
    return f"{meaning} (HTTP {response.status}){': ' if why else ''}{why}"
