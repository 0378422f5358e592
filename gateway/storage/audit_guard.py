"""The audit is append-only in the database itself: what changes or deletes a row of it fails."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

REFUSED: Final = "the audit is append-only"
"""What the database answers to a change of it."""

_SQLITE: Final = tuple(
    f"CREATE TRIGGER audit_no_{action.lower()} BEFORE {action} ON audit "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    for action in ("UPDATE", "DELETE")
)

_FUNCTION: Final = (
    "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
)
_ROWS: Final = (
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_append_only()"
)
_TABLE: Final = (
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
)


def _guard(statement: str, dialect: str) -> sa.DDL:
    return sa.DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # its own


GUARDS: Final = (
    *(_guard(each, "sqlite") for each in _SQLITE),
    *(_guard(each, "postgresql") for each in (_FUNCTION, _ROWS, _TABLE)),
)
"""Created with the table, and by a migration where the table is older."""
