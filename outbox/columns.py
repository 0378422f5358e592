"""Types and conditions of columns that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

WHOLE: Final = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
"""A whole number of 64 bits: milliseconds and øre outgrow PostgreSQL's 32-bit INTEGER. SQLite's
strict tables know only INTEGER, which has 64 bits there."""

WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that sorts and compares by its bytes, whatever language the server was set up for: SQLite
does so by itself, and a watermark must not depend on a locale."""


def only_where(condition: str | sa.TextClause) -> dict[str, Any]:
    """Make an index partial on both."""
    clause = sa.text(condition) if isinstance(condition, str) else condition
    return {"sqlite_where": clause, "postgresql_where": clause}
