"""What an answer of Conta's means for what the caller does next: by name first, then by status.

==========================  ================================  ===========================
answer                      after a write                     after a read
==========================  ================================  ===========================
2xx                         done                              done
a ``no_effect_names`` name  ``NotSentError``                  ``TemporaryError``
an authentication name      ``AuthenticationError``           the same
301/7/8                     ``RejectedError``: wrong address  ``RejectedError``
3xx                         ``InDoubtError``                  ``RejectedError``
401/3                       ``AuthenticationError``           the same
404                         ``NotFoundError``                 the same
408                         ``InDoubtError``                  ``TemporaryError``
410                         ``GoneError``                     the same
429                         ``RateLimitedError``              ``TemporaryError``
4xx                         ``ContaRefusedError``; a closed   the same
                            period ``PeriodLockedError``
5xx                         ``InDoubtError``                  ``TemporaryError``
==========================  ================================  ===========================

``MaintenanceException`` (503) and ``OrgReadOnlyModeException`` (500) are the shipped
``no_effect_names``. ``RestRequestIdempotencyException`` (500) is documented by name only: in doubt.
"""

from __future__ import annotations

from clients.answers import retry_after_seconds, server_date, shows_web_page
from clients.conta.assumptions import Assumptions
from clients.conta.refusal_sentences import AUTHENTICATION_NAMES
from clients.conta.refusals import (
    ContaRefusedError,
    Said,
    refusal_of,
    said_in,
    sentence_of,
)
from clients.errors import (
    AuthenticationError,
    ClientError,
    GoneError,
    InDoubtError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    TemporaryError,
)
from clients.exchange import Response

_MOVED = frozenset({301, 307, 308})  # the same request belongs elsewhere: not processed here
_TOO_MANY_LOGINS = "TooManyLoginAttemptsAuthenticationToolException"


def check_write(response: Response, assumptions: Assumptions) -> None:
    """Raise unless the status is 2xx."""
    status = response.status
    if _is_success(status):
        return
    said = said_in(response)
    if said is not None and said.name in assumptions.no_effect_names:
        raise NotSentError(sentence_of(said), status=status)
    if status == 429 or (said is not None and said.name == _TOO_MANY_LOGINS):
        raise RateLimitedError(
            _told("Conta asks to slow down", said, response),
            status=status,
            retry_after_seconds=retry_after_seconds(response.headers, server_date(response)),
        )
    is_understood = status in _MOVED or 400 <= status < 500
    is_about_who = said is not None and said.name in AUTHENTICATION_NAMES
    if not is_about_who and (status == 408 or not is_understood):
        raise InDoubtError(_told("the outcome is unknown", said, response), status=status)
    raise _refusal(response, said)


def check_read(response: Response, assumptions: Assumptions) -> None:
    """Raise unless the status is 2xx."""
    status = response.status
    if _is_success(status):
        return
    said = said_in(response)
    is_about_who = said is not None and said.name in AUTHENTICATION_NAMES
    is_passing = said is not None and said.name in assumptions.no_effect_names
    is_broken = status in {408, 429} or status >= 500 or status < 200
    if is_passing or (is_broken and not is_about_who):
        raise TemporaryError(
            _told("Conta cannot answer now", said, response),
            status=status,
            retry_after_seconds=retry_after_seconds(response.headers, server_date(response)),
        )
    raise _refusal(response, said)


def _is_success(status: int) -> bool:
    return 200 <= status < 300


def _refusal(response: Response, said: Said | None) -> ClientError:
    status = response.status
    if status in {401, 403} or (said is not None and said.name in AUTHENTICATION_NAMES):
        return AuthenticationError(_told("Conta refuses the key", said, response), status=status)
    if status == 404:
        return NotFoundError(_told("Conta knows no such thing", said, response), status=status)
    if status == 410:
        return GoneError(_told("Conta has taken this away", said, response), status=status)
    if status < 400:
        where = "Conta redirects elsewhere; check the ledger's base_url"
        return RejectedError(_told(where, said, response), status=status)
    if said is None:
        return ContaRefusedError(_told("Conta refuses", said, response), status=status)
    return refusal_of(said, status)


def _told(meaning: str, said: Said | None, response: Response) -> str:
    """Say it in Conta's name where it gave one; the body itself may hold personal data."""
    if said is not None:
        return f"{meaning} (HTTP {response.status}): {sentence_of(said)}"
    what = "a web page instead of JSON" if shows_web_page(response) else "no reason given"
    return f"{meaning} (HTTP {response.status}): {what}"
