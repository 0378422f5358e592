"""People who may sign in, who of them is signed in, and the tokens of programs.

Passwords are kept as argon2 hashes, and what a cookie or a program carries as SHA-256: both are
random enough that their hash cannot be searched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.storage.insertion import insertion_once
from gateway.storage.tables import account, api_token, session
from outbox.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person; ``creditors`` is None for all, ``password_hash`` None where a proxy vouches."""

    name: str
    role: str
    creditors: frozenset[str] | None
    password_hash: str | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """One program's token, without the token."""

    seq: int
    name: str
    scopes: frozenset[str]
    creditors: frozenset[str] | None
    created_at: datetime
    created_by: str
    ends_at: datetime | None
    revoked_at: datetime | None


def add(connection: sa.Connection, new: Account) -> bool:
    """Add an account; ``False`` if there is one of that name."""
    values = {
        "name": new.name,
        "role": new.role,
        "creditors": _to_json(new.creditors),
        "password_hash": new.password_hash,
        "created_at": to_ms(new.created_at),
    }
    added = insertion_once(connection, account).values(**values).returning(account.c.name)
    return connection.execute(added).first() is not None


def find(connection: sa.Connection, name: str) -> Account | None:
    """The account of that name."""
    row = connection.execute(sa.select(account).where(account.c.name == name)).first()
    return None if row is None else _account(row)


def listing(connection: sa.Connection) -> tuple[Account, ...]:
    """All accounts by name; there are as many as people who work with it."""
    rows = connection.execute(sa.select(account).order_by(account.c.name))
    return tuple(_account(row) for row in rows)


def change(connection: sa.Connection, name: str, **values: object) -> None:
    """Write the given columns of an account."""
    connection.execute(sa.update(account).where(account.c.name == name).values(**values))


def set_creditors(
    connection: sa.Connection, name: str, role: str, creditors: frozenset[str] | None
) -> None:
    """Give an account another role and other creditors, None for all."""
    change(connection, name, role=role, creditors=_to_json(creditors))


def start_session(
    connection: sa.Connection, token_hash: bytes, name: str, now: datetime, ends_at: datetime
) -> None:
    """Sign somebody in; sessions that are over are swept out on the way."""
    connection.execute(sa.delete(session).where(session.c.ends_at <= to_ms(now)))
    connection.execute(
        sa.insert(session).values(
            token_hash=token_hash, name=name, started_at=to_ms(now), ends_at=to_ms(ends_at)
        )
    )


def of_session(connection: sa.Connection, token_hash: bytes, now: datetime) -> Account | None:
    """Whose session it is, if it is not over and the account may be used."""
    row = connection.execute(
        sa.select(account)
        .join(session, session.c.name == account.c.name)
        .where(
            session.c.token_hash == token_hash,
            session.c.ends_at > to_ms(now),
            account.c.disabled_at.is_(None),
        )
    ).first()
    return None if row is None else _account(row)


def end_session(connection: sa.Connection, token_hash: bytes) -> None:
    """Sign out of one session."""
    connection.execute(sa.delete(session).where(session.c.token_hash == token_hash))


def end_sessions_of(connection: sa.Connection, name: str) -> int:
    """Sign a person out everywhere; gives how many sessions that ended."""
    return connection.execute(sa.delete(session).where(session.c.name == name)).rowcount


def add_token(connection: sa.Connection, new: ApiToken, token_hash: bytes) -> bool:
    """Add a token; ``False`` if there is one of that name. ``seq`` is given by the database."""
    values = {
        "name": new.name,
        "token_hash": token_hash,
        "scopes": _to_json(new.scopes),
        "creditors": _to_json(new.creditors),
        "created_at": to_ms(new.created_at),
        "created_by": new.created_by,
        "ends_at": None if new.ends_at is None else to_ms(new.ends_at),
    }
    added = insertion_once(connection, api_token).values(**values).returning(api_token.c.seq)
    return connection.execute(added).first() is not None


def find_token(connection: sa.Connection, token_hash: bytes, now: datetime) -> ApiToken | None:
    """The token, if it was not revoked and has not run out."""
    row = connection.execute(
        sa.select(api_token).where(
            api_token.c.token_hash == token_hash,
            api_token.c.revoked_at.is_(None),
            sa.or_(api_token.c.ends_at.is_(None), api_token.c.ends_at > to_ms(now)),
        )
    ).first()
    return None if row is None else _token(row)


def tokens(connection: sa.Connection, *, limit: int, after: int | None) -> tuple[ApiToken, ...]:
    """Tokens, newest first, revoked ones too; ``after`` is a ``seq``."""
    query = sa.select(api_token).order_by(api_token.c.seq.desc()).limit(limit)
    if after is not None:
        query = query.where(api_token.c.seq < after)
    return tuple(_token(row) for row in connection.execute(query))


def revoke_token(connection: sa.Connection, name: str, now: datetime) -> bool:
    """End a token for good; ``False`` if there is none of that name that still opens."""
    result = connection.execute(
        sa.update(api_token)
        .where(api_token.c.name == name, api_token.c.revoked_at.is_(None))
        .values(revoked_at=to_ms(now))
    )
    return result.rowcount == 1


def _account(row: Any) -> Account:
    return Account(
        name=row.name,
        role=row.role,
        creditors=_from_json(row.creditors),
        password_hash=row.password_hash,
        created_at=from_ms(row.created_at),
        disabled_at=None if row.disabled_at is None else from_ms(row.disabled_at),
    )


def _token(row: Any) -> ApiToken:
    return ApiToken(
        seq=row.seq,
        name=row.name,
        scopes=_from_json(row.scopes) or frozenset(),
        creditors=_from_json(row.creditors),
        created_at=from_ms(row.created_at),
        created_by=row.created_by,
        ends_at=None if row.ends_at is None else from_ms(row.ends_at),
        revoked_at=None if row.revoked_at is None else from_ms(row.revoked_at),
    )


def _to_json(names: Iterable[str] | None) -> str | None:
    return None if names is None else json.dumps(sorted(names))


def _from_json(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))
