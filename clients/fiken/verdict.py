"""What an answer of Fiken's means for what the caller does next: by status, which is all there is.

=========  ================================  ===========================
answer     after a write                     after a read
=========  ================================  ===========================
2xx        done                              done
301/7/8    ``RejectedError``: wrong address  ``RejectedError``
3xx        ``InDoubtError``                  ``RejectedError``
401/3      ``AuthenticationError``           the same
404        ``NotFoundError``                 the same
408        ``InDoubtError``                  ``TemporaryError``
410        ``GoneError``                     the same
429        ``RateLimitedError``              ``TemporaryError``
4xx        ``RejectedError``                 the same
5xx        ``InDoubtError``                  ``TemporaryError``
=========  ================================  ===========================

Fiken documents no error object; ``error``, ``error_description`` and ``message`` were seen in other
people's code. Only an ``error`` of one word, a code, is quoted: sentences may hold a customer's
name, and what is said here goes to logs and alerts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from clients.answers import read_json, retry_after_seconds, server_date, shows_web_page
from clients.errors import (
    AuthenticationError,
    ClientError,
    GoneError,
    InDoubtError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RejectedError,
    TemporaryError,
)
from clients.exchange import Response

_MOVED = frozenset({301, 307, 308})  # the same request belongs elsewhere: not processed here
_CODE = re.compile(r"[A-Za-z][A-Za-z_-]{0,63}", re.ASCII)


def check_write(response: Response) -> None:
    """Raise unless the status is 2xx."""
    status = response.status
    if 200 <= status < 300:
        return
    if status == 429:
        raise RateLimitedError(
            told("Fiken asks to slow down", response),
            status=status,
            retry_after_seconds=retry_after_seconds(response.headers, server_date(response)),
        )
    is_understood = status in _MOVED or 400 <= status < 500
    if status == 408 or not is_understood:
        raise InDoubtError(told("the outcome is unknown", response), status=status)
    raise _refusal(response)


def check_read(response: Response) -> None:
    """Raise unless the status is 2xx."""
    status = response.status
    if 200 <= status < 300:
        return
    if status in {408, 429} or status >= 500 or status < 200:
        raise TemporaryError(
            told("Fiken cannot answer now", response),
            status=status,
            retry_after_seconds=retry_after_seconds(response.headers, server_date(response)),
        )
    raise _refusal(response)


def told(meaning: str, response: Response) -> str:
    """Say it with the code Fiken gave, if any; nothing else of the body is quoted."""
    if shows_web_page(response):
        what = "a web page instead of JSON"
    else:
        what = _code(response) or "no code given"
    return f"{meaning} (HTTP {response.status}): {what}"


def _code(response: Response) -> str | None:
    try:
        document = read_json(response.body)
    except ProtocolError:
        return None
    if not isinstance(document, Mapping):
        return None
    code = document.get("error")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _refusal(response: Response) -> ClientError:
    status = response.status
    if status in {401, 403}:
        return AuthenticationError(told("Fiken refuses the token", response), status=status)
    if status == 404:
        return NotFoundError(told("Fiken knows no such thing", response), status=status)
    if status == 410:
        return GoneError(told("Fiken has taken this away", response), status=status)
    if status < 400:
        where = "Fiken redirects elsewhere; check the ledger's base_url"
        return RejectedError(told(where, response), status=status)
    return RejectedError(told("Fiken refuses", response), status=status)
