"""The audit becomes a chain; sealed values' keys, and what was forgotten, are noted."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS

revision = "0015"
down_revision = "0014"

_SQLITE = tuple(
    f"CREATE TRIGGER audit_no_{action.lower()} BEFORE {action} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    for action in ("UPDATE", "DELETE")
)
_FUNCTION = (
    "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
)
_ROWS = (
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_append_only()"
)
_TABLE = (
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
)


def upgrade() -> None:
    """Add the tables, chain what is there, and close the audit to changes."""
    op.create_table(
        "seal_key",
        sa.Column("key_id", WORDS, nullable=False),
        sa.Column("noted_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("key_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_head",
        sa.Column("name", WORDS, nullable=False),
        sa.Column("rows", WHOLE, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_strict=True,
    )
    op.add_column("event", sa.Column("forgotten_at", WHOLE))
    op.add_column("claim", sa.Column("forgotten_at", WHOLE))
    op.add_column("audit", sa.Column("hash", sa.LargeBinary))
    connection = op.get_bind()
    _chain(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else (_FUNCTION, _ROWS, _TABLE):
        op.execute(statement)


def _chain(connection: sa.Connection) -> None:
    rows = connection.execute(
        sa.text("SELECT seq, at, actor, action, subject, reason FROM audit ORDER BY seq")
    ).all()
    before = bytes(32)
    for seq, *fields in rows:
        before = hashlib.sha256(before + json.dumps(fields).encode()).digest()
        connection.execute(
            sa.text("UPDATE audit SET hash = :hash WHERE seq = :seq"), {"hash": before, "seq": seq}
        )
    if rows:
        connection.execute(
            sa.text("INSERT INTO audit_head (name, rows, hash) VALUES ('audit', :rows, :hash)"),
            {"rows": len(rows), "hash": before},
        )
