"""The console's cookies, and the form tokens bound to them.

A cookie holds a random token and a signature: what we did not make is dropped before it is looked
up. Form tokens are another signature of the same token, so that only our own pages can send forms.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import Final

from aiohttp import web

from gateway.web.console.door import PREFIX, Door

SESSION: Final = "gateway_session"
"""Who is signed in."""

VISITOR: Final = "gateway_visitor"
"""A browser that is not signed in yet: binds the form of the sign-in page to it."""

_SIGNATURE_CHARACTERS: Final = 32  # 128 bits of the keyed hash
_RANDOM_BYTES: Final = 32


def read(request: web.Request, door: Door, name: str) -> str | None:
    """The token in a cookie of ours."""
    token, dot, signature = request.cookies.get(name, "").partition(".")
    if not dot or not hmac.compare_digest(_bytes(signature), _bytes(_sign(door, name, token))):
        return None
    return token


def write(
    response: web.StreamResponse, door: Door, name: str, token: str, lasts: timedelta | None = None
) -> None:
    """Set a cookie that scripts cannot read and other sites' forms do not carry."""
    response.set_cookie(
        name,
        f"{token}.{_sign(door, name, token)}",
        max_age=None if lasts is None else int(lasts.total_seconds()),
        path=PREFIX,
        secure=door.https,
        httponly=True,
        samesite="Lax",  # a link to a case, in a mail, must find its reader signed in
    )


def drop(response: web.StreamResponse, name: str) -> None:
    """Have the browser forget a cookie."""
    response.del_cookie(name, path=PREFIX)


def new_token() -> str:
    """A token for a browser that has none."""
    return secrets.token_hex(_RANDOM_BYTES)


def form_token(door: Door, token: str) -> str:
    """What a form must carry that belongs to this token's pages."""
    return door.sign(f"console form {token}")[:_SIGNATURE_CHARACTERS]


def is_form_token(door: Door, token: str, given: object) -> bool:
    """Whether a form carries it."""
    return isinstance(given, str) and hmac.compare_digest(
        _bytes(given), _bytes(form_token(door, token))
    )


def is_from_elsewhere(request: web.Request) -> bool:
    """Whether the browser says that another site sent this; old ones do not say."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}


def _sign(door: Door, name: str, token: str) -> str:
    return door.sign(f"console {name} {token}")[:_SIGNATURE_CHARACTERS]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
