"""What people and programs may be allowed, in words: scopes, roles, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What an operation takes: looking, working with claims, or changing how things are set up."""

    READ = "read"
    OPERATE = "operate"
    ADMINISTER = "administer"


class Role(StrEnum):
    """What a person is here; each may do what the one before may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


SCOPES: Final[Mapping[Role, frozenset[Scope]]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.OPERATOR: frozenset({Scope.READ, Scope.OPERATE}),
    Role.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: ``name`` is written into the audit, ``creditors`` None means all of them."""

    name: str
    scopes: frozenset[Scope]
    creditors: frozenset[str] | None = None
