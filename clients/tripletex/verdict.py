"""What an answer of Tripletex's means for what the caller does next.

==========  =====================================  ===========================
status      after a write                          after a read
==========  =====================================  ===========================
2xx         done                                   done
301/7/8     ``RejectedError``: wrong address       ``RejectedError``
3xx         ``InDoubtError``                       ``RejectedError``
401         ``AuthenticationError``                the same
403         ``AuthenticationError``                the same
404         ``NotFoundError``                      the same
408         ``InDoubtError``                       ``TemporaryError``
410         ``GoneError``                          the same
429         ``RateLimitedError``                   ``TemporaryError``
4xx         ``TripletexRefusedError`` with code    the same
5xx         ``InDoubtError``                       ``TemporaryError``
==========  =====================================  ===========================

A 401 under a session that was in use before is the client's to handle: the session has ended. The
documented error object is ``{"status", "code", "message", "validationMessages"}``; its language is
the user's, a 500 may hold no message or no JSON at all (observed).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from clients.answers import (
    read_json,
    retry_after_seconds,
    server_date,
    shows_web_page,
)
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

RESULT_SET_TOO_LARGE = 23_000
"""The documented code of a list that holds more than may be asked for."""

NAMES = {
    1000: "exception",
    3000: "authentication",
    4000: "bad request",
    6000: "not found",
    7000: "object exists",
    8000: "revision",
    9000: "security",
    10000: "locked",
    11000: "illegal filter",
    12000: "path parameter",
    14000: "duplicate entry",
    15000: "value validation",
    16000: "mapping",
    17000: "sorting",
    18000: "validation",
    21000: "parameter",
    22000: "invalid JSON",
    23000: "result set too large",
}
"""What its documented codes are called."""

_MOVED = frozenset({301, 307, 308})  # the same request belongs elsewhere: not processed here
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.\[\]]{0,63}")
_FIELDS_MAX = 5  # of a refusal; more do not help a reader


class TripletexRefusedError(RejectedError):
    """Tripletex understood and refused; ``code`` is its own, None where it gave none."""

    def __init__(self, message: str, *, status: int | None = None, code: int | None = None) -> None:
        super().__init__(message, status=status)
        self.code = code


def check_write(response: Response) -> None:
    """Raise unless the status is 2xx."""
    status = response.status
    if 200 <= status < 300:
        return
    if status == 429:
        raise RateLimitedError(
            _told("Tripletex asks to slow down", response),
            status=status,
            retry_after_seconds=_wait_seconds(response),
        )
    is_understood = status in _MOVED or 400 <= status < 500
    if status == 408 or not is_understood:
        raise InDoubtError(_told("the outcome is unknown", response), status=status)
    raise _refusal(response)


def check_read(response: Response) -> None:
    """Raise unless the status is 2xx."""
    status = response.status
    if 200 <= status < 300:
        return
    if status in {408, 429} or status >= 500 or status < 200:
        raise TemporaryError(
            _told("Tripletex cannot answer now", response),
            status=status,
            retry_after_seconds=_wait_seconds(response),
        )
    raise _refusal(response)


def check_session(response: Response) -> None:
    """Raise unless a session was made. A refused one means that the tokens are wrong."""
    status = response.status
    try:
        check_write(response)
    except TripletexRefusedError as error:
        told = f"no session: check consumer_token and employee_token. {error}"
        raise AuthenticationError(told, status=status) from error


def _refusal(response: Response) -> ClientError:
    status = response.status
    if status in {401, 403}:
        return AuthenticationError(_told("Tripletex refuses the session", response), status=status)
    if status == 404:
        return NotFoundError(_told("Tripletex knows no such thing", response), status=status)
    if status == 410:
        return GoneError(_told("Tripletex has taken this away", response), status=status)
    if status < 400:
        where = "Tripletex redirects elsewhere; check the ledger's base_url"
        return RejectedError(_told(where, response), status=status)
    code = _document(response).get("code")
    return TripletexRefusedError(
        _told("Tripletex refuses", response),
        status=status,
        code=code if isinstance(code, int) and not isinstance(code, bool) else None,
    )


def _wait_seconds(response: Response) -> float | None:
    """Read Retry-After, or what is documented in its place: seconds left of the period."""
    asked = retry_after_seconds(response.headers, server_date(response))
    left = response.headers.get("x-rate-limit-reset", "").strip()
    if asked is None and response.status == 429 and left.isascii() and left.isdigit():
        return float(left[:9])
    return asked


def _told(meaning: str, response: Response) -> str:
    """Say it with Tripletex's code and fields. Its own words may hold a customer's name."""
    document = _document(response)
    code = document.get("code")
    if not isinstance(code, int):
        what = "a web page instead of JSON" if shows_web_page(response) else "no reason given"
        return f"{meaning} (HTTP {response.status}): {what}"
    said = f"code {code}, {NAMES.get(code, 'which is not documented')}"
    fields = _fields(document.get("validationMessages"))
    about = f", about {', '.join(fields)}" if fields else ""
    return f"{meaning} (HTTP {response.status}): {said}{about}"


def _fields(listed: object) -> list[str]:
    """Name the fields of a refusal that are names, never what is said of them."""
    found = []
    for each in listed if isinstance(listed, list) else []:
        field = each.get("field") if isinstance(each, Mapping) else None
        if isinstance(field, str) and _FIELD.fullmatch(field):
            found.append(field)
    return found[:_FIELDS_MAX]


def _document(response: Response) -> Mapping[str, object]:
    try:
        document = read_json(response.body)
    except ProtocolError:
        return {}
    return document if isinstance(document, Mapping) else {}
