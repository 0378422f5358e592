"""Statements that SQLite and PostgreSQL both have, and SQLAlchemy spells for each by itself."""

from __future__ import annotations

import functools

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def replacement(connection: sa.Connection, table: sa.Table) -> Insert:
    """Insert a row, or put every column given in the place of the row with the same primary key."""
    return _replacement(connection.dialect.name, table)


def insertion_once(connection: sa.Connection, table: sa.Table) -> Insert:
    """Insert a row unless a unique constraint holds it off."""
    return _insertion_once(connection.dialect.name, table)


@functools.lru_cache
def _replacement(dialect: str, table: sa.Table) -> Insert:
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.c if column.name not in keys]
    if dialect == "postgresql":
        into = postgresql.insert(table)
        return into.on_conflict_do_update(
            index_elements=keys, set_={name: into.excluded[name] for name in others}
        )
    put = sqlite.insert(table)
    return put.on_conflict_do_update(
        index_elements=keys, set_={name: put.excluded[name] for name in others}
    )


@functools.lru_cache
def _insertion_once(dialect: str, table: sa.Table) -> Insert:
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
