"""SQLite's own connection under SQLAlchemy's, with the transactions in our hands."""

from __future__ import annotations

import sqlite3
from typing import cast

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool


class RawConnection(sqlite3.Connection):
    """Begins and ends transactions by SQL alone, as the group writer and the readers say it.

    An operation that ends one through SQLAlchemy would take its neighbours' work with it, and is
    refused.
    """

    guarded = False  # while not, these do nothing: SQLAlchemy speaks for itself, not for an op

    def commit(self) -> None:
        """Refuse: the group commits."""
        self._refuse()

    def rollback(self) -> None:
        """Refuse: the group rolls back to the savepoint of an operation that raises."""
        self._refuse()

    def _refuse(self) -> None:
        if self.guarded:
            raise RuntimeError("an operation neither commits nor rolls back: its group does that")


def bind(raw: RawConnection) -> sa.Connection:
    """Give a SQLAlchemy connection over ``raw`` that believes itself in one endless transaction."""
    engine = sa.create_engine(
        "sqlite://", creator=lambda: raw, poolclass=StaticPool, pool_reset_on_return=None
    )
    connection = engine.connect()
    connection.exec_driver_sql("SELECT 1")
    raw.guarded = True
    return connection


def mend(connection: sa.Connection) -> None:
    """Restore that belief where an operation shook it (a refused commit, a savepoint left open)."""
    transaction = connection.get_transaction()
    if transaction is not None and transaction.is_active and not connection.in_nested_transaction():
        return
    raw = cast("RawConnection", connection.connection.driver_connection)
    raw.guarded = False
    try:
        connection.rollback()
        connection.exec_driver_sql("SELECT 1")
    finally:
        raw.guarded = True
