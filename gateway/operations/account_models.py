"""What the operations on users and tokens take; see ``argument_models``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.operations.argument_kinds import CreditorId, OneOf
from gateway.operations.passwords import CHARACTERS_MAX, CHARACTERS_MIN
from gateway.operations.rights import Role, Scope
from gateway.operations.tokens import DAYS_MAX
from gateway.schema.fields import Expected, Id, Model

CREDITORS_MAX = 1_000
"""Creditors that one person or program is given by name; beyond that, leave them out for all."""

_Creditors = Annotated[
    list[CreditorId],
    Field(max_length=CREDITORS_MAX),
    Expected("must be a list of creditors, or be left out for all"),
]
_Password = Annotated[
    str,
    Expected(f"must have at least {CHARACTERS_MIN} characters: several words do"),
    Field(json_schema_extra={"minLength": CHARACTERS_MIN, "maxLength": CHARACTERS_MAX}),
]
"""What makes a good one is judged by ``passwords``, which says which part is missing."""

_Scopes = Annotated[
    list[Annotated[str, OneOf.of(Scope)]],
    Field(min_length=1, max_length=len(Scope)),
    Expected(f"must be some of {', '.join(Scope)}"),
]
_Days = Annotated[
    Annotated[int, Field(ge=1, le=DAYS_MAX)],
    Expected(f"must be a whole number from 1 to {DAYS_MAX}"),
]


class ByName(Model):
    """A user or a token."""

    name: Id


class UserRole(ByName):
    """What a user is, and whose claims they see: those named, else everybody's."""

    role: Annotated[str, OneOf.of(Role)]
    creditors: _Creditors | None = None


class UserAdded(UserRole):
    """A new user; without a password only a trusted proxy can sign them in."""

    password: _Password | None = None


class UserPassword(ByName):
    """A user's new password."""

    password: _Password


class TokenCreated(ByName):
    """A new token: what it may, for whose claims, for how many days."""

    scopes: _Scopes
    creditors: _Creditors | None = None
    days: _Days | None = None
