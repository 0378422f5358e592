"""People who may sign in to the console: who they are, what they may do, whose claims they see."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.operations import passwords
from gateway.operations.arguments import Arguments, needed
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.operations.rights import Role
from gateway.storage import accounts
from gateway.storage.accounts import Account
from gateway.storage.desk import record_action
from outbox.instants import to_ms

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,127}")
"""Short names and e-mail addresses, as identity providers give them; one spelling each."""


def name_of(arguments: Arguments) -> str:
    """The user's name, in the one spelling that is stored."""
    name = needed(arguments, "name").strip().casefold()
    if not _NAME.fullmatch(name):
        raise OperationError(
            "name must be letters a-z, digits and . _ @ + -, such as kari or kari@example.com",
            kind="invalid",
        )
    return name


def creditors_of(gateway: Gateway, arguments: Arguments) -> frozenset[str] | None:
    """Whose claims may be seen: ``creditors``, a list of names; without it, everybody's."""
    given = arguments.get("creditors")
    if given is None:
        return None
    names = [str(each) for each in given] if isinstance(given, list) else []
    if not names:
        raise OperationError(
            "creditors must be a list of creditors, or be left out for all", kind="invalid"
        )
    for name in names:
        if name not in gateway.creditors:
            known = ", ".join(sorted(gateway.creditors)) or "none"
            raise OperationError(f"there is no creditor {name}; there are: {known}", kind="invalid")
    return frozenset(names)


async def add(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Add a user; without ``password`` only a trusted proxy can sign them in."""
    name = name_of(arguments)
    given = arguments.get("password")
    new = Account(
        name=name,
        role=_role(arguments),
        creditors=creditors_of(gateway, arguments),
        password_hash=None
        if given is None
        else await passwords.hashed(passwords.check_new(given, name)),
        created_at=gateway.clock(),
        disabled_at=None,
    )

    def write(connection: sa.Connection) -> Document:
        if not accounts.add(connection, new):
            raise OperationError(
                f"there is a user {name}; change it with: users role, users password",
                kind="refused",
            )
        _audit(connection, "users.add", new, actor, gateway.clock())
        return _row(new)

    return await gateway.database.write(write)


async def password(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Give a user another password, and sign them out everywhere."""
    name = name_of(arguments)
    password_hash = await passwords.hashed(passwords.check_new(arguments.get("password"), name))

    def write(connection: sa.Connection) -> Document:
        found = _known(connection, name)
        accounts.change(connection, name, password_hash=password_hash)
        ended = accounts.end_sessions_of(connection, name)
        _audit(connection, "users.password", found, actor, gateway.clock())
        return {**_row(_known(connection, name)), "sessions_ended": ended}

    return await gateway.database.write(write)


def role(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Give a user another role and other creditors, which holds from their next click."""
    name = name_of(arguments)
    _known(connection, name)
    accounts.set_creditors(connection, name, _role(arguments), creditors_of(gateway, arguments))
    found = _known(connection, name)
    _audit(connection, "users.role", found, actor, now)
    return _row(found)


def disable(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Let a user in no more, from now on; what they did stays theirs in the audit."""
    name = name_of(arguments)
    _known(connection, name)
    accounts.change(connection, name, disabled_at=to_ms(now))
    accounts.end_sessions_of(connection, name)
    found = _known(connection, name)
    _audit(connection, "users.disable", found, actor, now)
    return _row(found)


def enable(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Let a user in again."""
    name = name_of(arguments)
    _known(connection, name)
    accounts.change(connection, name, disabled_at=None)
    found = _known(connection, name)
    _audit(connection, "users.enable", found, actor, now)
    return _row(found)


def list_(connection: sa.Connection) -> Document:
    """All users by name; one page has them."""
    return {"items": [_row(each) for each in accounts.listing(connection)], "next": None}


def _known(connection: sa.Connection, name: str) -> Account:
    found = accounts.find(connection, name)
    if found is None:
        raise OperationError(f"there is no user {name}; see: users list", kind="not_found")
    return found


def _role(arguments: Arguments) -> Role:
    try:
        return Role(str(arguments.get("role")))
    except ValueError:
        raise OperationError(f"role must be one of {', '.join(Role)}", kind="invalid") from None


def _row(account: Account) -> Document:
    return {
        "name": account.name,
        "role": account.role,
        "creditors": None if account.creditors is None else sorted(account.creditors),
        "has_password": account.password_hash is not None,
        "created_at": account.created_at.isoformat(),
        "disabled_at": account.disabled_at.isoformat() if account.disabled_at else None,
    }


def _audit(
    connection: sa.Connection, action: str, account: Account, actor: str, now: datetime
) -> None:
    seen = "all creditors" if account.creditors is None else ", ".join(sorted(account.creditors))
    record_action(
        connection,
        actor=actor,
        action=action,
        subject=f"user {account.name}",
        reason=f"{account.role}, {seen}",
        now=now,
    )
