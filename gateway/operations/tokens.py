"""Tokens that open the admin API to programs: each for some scopes and creditors, shown once."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.operations.arguments import Arguments, needed
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document, Query, page
from gateway.operations.rights import Caller, Scope
from gateway.operations.users import creditors_of
from gateway.storage import accounts
from gateway.storage.accounts import ApiToken
from gateway.storage.desk import record_action

PREFIX: Final = "kgt_"
"""How a token begins, so that scanners for leaked secrets can know it."""

_RANDOM_BYTES: Final = 32  # 256 bits: cannot be guessed, so its plain hash gives nothing away
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DAYS_MAX: Final = 3_650


def hash_of(secret: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


async def caller_of(gateway: Gateway, secret: str) -> Caller | None:
    """Who carries the token; ``None`` for one that is unknown, revoked or run out."""
    if not secret.startswith(PREFIX):
        return None
    found = await gateway.database.read(
        lambda connection: accounts.find_token(connection, hash_of(secret), gateway.clock())
    )
    if found is None:
        return None
    return Caller(
        name=f"token:{found.name}",
        scopes=frozenset(Scope(each) for each in found.scopes),
        creditors=found.creditors,
    )


def create(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Make a token; ``token`` in the answer is the only time it is told."""
    name = needed(arguments, "name")
    if not _NAME.fullmatch(name):
        raise OperationError(
            "name must be letters, digits and . _ -, such as nightly-report", kind="invalid"
        )
    days = _days(arguments)
    new = ApiToken(
        seq=0,
        name=name,
        scopes=_scopes(arguments),
        creditors=creditors_of(gateway, arguments),
        created_at=now,
        created_by=actor,
        ends_at=None if days is None else now + timedelta(days=days),
        revoked_at=None,
    )
    secret = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    if not accounts.add_token(connection, new, hash_of(secret)):
        raise OperationError(
            f"there is or was a token {name}: give the new one another name", kind="refused"
        )
    seen = "all creditors" if new.creditors is None else ", ".join(sorted(new.creditors))
    record_action(
        connection,
        actor=actor,
        action="tokens.create",
        subject=f"token {name}",
        reason=f"{', '.join(sorted(new.scopes))}; {seen}",
        now=now,
    )
    return {**_row(new), "token": secret}


def list_(connection: sa.Connection, query: Query) -> Document:
    """Tokens, newest first, those that are over too."""
    return page(
        query,
        lambda _creditor: accounts.tokens(connection, limit=query.limit, after=query.after),
        lambda row: row.seq,
        _row,
    )


def revoke(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """End a token for good; its next call is refused."""
    name = needed(arguments, "name")
    if not accounts.revoke_token(connection, name, now):
        raise OperationError(
            f"there is no token {name} that still opens; see: tokens list", kind="not_found"
        )
    record_action(
        connection,
        actor=actor,
        action="tokens.revoke",
        subject=f"token {name}",
        reason=None,
        now=now,
    )
    return {"name": name, "revoked": True}


def _scopes(arguments: Arguments) -> frozenset[str]:
    given = arguments.get("scopes")
    names = {str(each) for each in given} if isinstance(given, list) else set()
    if not names or not names <= set(Scope):
        raise OperationError(f"scopes must be some of {', '.join(Scope)}", kind="invalid")
    return frozenset(names)


def _days(arguments: Arguments) -> int | None:
    given = arguments.get("days")
    if given is None:
        return None
    text = str(given)
    if not text.isdigit() or not 1 <= int(text) <= DAYS_MAX:
        raise OperationError(f"days must be a whole number from 1 to {DAYS_MAX}", kind="invalid")
    return int(text)


def _row(token: ApiToken) -> Document:
    return {
        "name": token.name,
        "scopes": sorted(token.scopes),
        "creditors": None if token.creditors is None else sorted(token.creditors),
        "created_at": token.created_at.isoformat(),
        "created_by": token.created_by,
        "ends_at": token.ends_at.isoformat() if token.ends_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }
