"""The schema of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    _create_message()
    _create_event()
    _create_claim()
    _create_receipt()
    _create_collected()
    _create_settlement()
    _create_settlement_line()
    _create_mirror()
    _create_feed()
    _create_task()
    _create_alert()
    _create_pause()
    _create_register_count()
    _create_audit()


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("lane", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("doubtful", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer, server_default="0", nullable=False),
        sa.Column("fence", sa.Integer, server_default="0", nullable=False),
        sa.Column("due_at", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", sa.Integer),
        sa.Column("last_attempt_at", sa.Integer),
        sa.Column("sent_at", sa.Integer),
        sa.Column("sent_fence", sa.Integer),
        sa.Column("lease_until", sa.Integer),
        sa.Column("settled_at", sa.Integer),
        sa.Column("last_error", sa.Text),
        sa.Column("result", sa.Text),
        sa.CheckConstraint(
            "state IN ('pending', 'leased', 'in_doubt', 'delivered', 'parked', 'cancelled')",
            name="message_state_known",
        ),
        sa.CheckConstraint("head IN (0, 1)", name="message_head_flag"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("message_id"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(
        "message_by_subject", "message", ["subject"], sqlite_where=sa.text("subject IS NOT NULL")
    )
    op.create_index(
        "message_head", "message", ["key"], unique=True, sqlite_where=sa.text("head = 1")
    )
    op.create_index(
        "message_leasable",
        "message",
        ["due_at", "seq"],
        sqlite_where=sa.text("state = 'pending' AND head = 1"),
    )
    op.create_index("message_leased", "message", ["lane"], sqlite_where=sa.text("state = 'leased'"))
    op.create_index(
        "message_unsettled",
        "message",
        ["state", "seq", "settled_at"],
        sqlite_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "message_unsettled_of_key",
        "message",
        ["key", "seq"],
        sqlite_where=sa.text("settled_at IS NULL"),
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Text),
        sa.Column("sealed_body", sa.LargeBinary, nullable=False),
        sa.Column("body_hash", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("handled_at", sa.Integer),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("creditor_id", "webhook_id", name="event_once"),
        sa.UniqueConstraint("event_id"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(
        "event_unhandled",
        "event",
        ["seq", "creditor_id", "invoice_id"],
        sqlite_where=sa.text("outcome = 'recorded'"),
    )
    op.create_index(
        "event_waiting",
        "event",
        ["creditor_id", "invoice_id"],
        sqlite_where=sa.text("outcome = 'waiting'"),
    )


def _create_claim() -> None:
    op.create_table(
        "claim",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("claim_id", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Text, nullable=False),
        sa.Column("invoice_number", sa.Text, nullable=False),
        sa.Column("debtor_number", sa.Text, nullable=False),
        sa.Column("issue_date", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("close_reason", sa.Text),
        sa.Column("frozen_on", sa.Text),
        sa.Column("hold_until", sa.Text),
        sa.Column("decide_on", sa.Text),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("outstanding_minor", sa.Integer, nullable=False),
        sa.Column("registered_minor", sa.Integer),
        sa.Column("sealed_facts", sa.LargeBinary, nullable=False),
        sa.Column("facts_version", sa.Integer),
        sa.Column("facts_at", sa.Integer, nullable=False),
        sa.Column("facts_hash", sa.LargeBinary, nullable=False),
        sa.Column("snapshot_hash", sa.LargeBinary, nullable=False),
        sa.Column("decision", sa.Text),
        sa.Column("decided_on", sa.Text),
        sa.Column("approved_at", sa.Integer),
        sa.Column("requested_fields", sa.Text),
        sa.Column("held_by_person", sa.Integer, server_default="0", nullable=False),
        sa.Column("withdrawn_at", sa.Integer),
        sa.Column("identity_hash", sa.Text),
        sa.Column("kravia_invoice_id", sa.Text),
        sa.Column("kravia_status", sa.Text),
        sa.Column("details_at", sa.Integer),
        sa.Column("counted_on", sa.Text),
        sa.Column("registered_at", sa.Integer),
        sa.Column("problem", sa.Text),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("claim_id"),
        sa.UniqueConstraint("creditor_id", "invoice_id", name="claim_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("claim_by_case", "claim", ["case_id"])
    op.create_index("claim_by_debtor", "claim", ["creditor_id", "debtor_number"])
    op.create_index(
        "claim_by_kravia_id",
        "claim",
        ["creditor_id", "kravia_invoice_id"],
        unique=True,
        sqlite_where=sa.text("kravia_invoice_id IS NOT NULL"),
    )
    op.create_index("claim_by_number", "claim", ["creditor_id", "invoice_number"])
    op.create_index(
        "claim_due", "claim", ["decide_on"], sqlite_where=sa.text("decide_on IS NOT NULL")
    )
    op.create_index(
        "claim_unread",
        "claim",
        ["creditor_id"],
        sqlite_where=sa.text("state = 'active' AND details_at IS NULL"),
    )


def _create_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("claim_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("receipt_id", sa.Text, nullable=False),
        sa.Column("on", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("event_at", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("claim_id", "kind", "receipt_id", name="receipt_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("receipt_by_message", "receipt", ["message_id"])


def _create_collected() -> None:
    op.create_table(
        "collected",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("claim_id", sa.Text, nullable=False),
        sa.Column("payment_id", sa.Text, nullable=False),
        sa.Column("paid_on", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("principal_minor", sa.Integer),
        sa.Column("reversed", sa.Integer, server_default="0", nullable=False),
        sa.Column("told_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("claim_id", "payment_id", name="collected_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )


def _create_settlement() -> None:
    op.create_table(
        "settlement",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("settlement_id", sa.Text, nullable=False),
        sa.Column("paid_on", sa.Text),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("received_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("creditor_id", "settlement_id", name="settlement_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )


def _create_settlement_line() -> None:
    op.create_table(
        "settlement_line",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("settlement_id", sa.Text, nullable=False),
        sa.Column("kravia_invoice_id", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("principal_minor", sa.Integer),
        sa.Column("receipt_id", sa.Text),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(
        "settlement_line_by_invoice", "settlement_line", ["creditor_id", "kravia_invoice_id"]
    )


def _create_mirror() -> None:
    op.create_table(
        "mirror",
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("kravia_invoice_id", sa.Text, nullable=False),
        sa.Column("last_updated", sa.Text, nullable=False),
        sa.Column("accounting_invoice_id", sa.Text),
        sa.Column("invoice_number", sa.Text),
        sa.Column("invoice_date", sa.Text),
        sa.Column("amount_minor", sa.Integer),
        sa.Column("debtor_number", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("seen_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id", "kravia_invoice_id"),
        sqlite_strict=True,
    )
    op.create_index("mirror_by_accounting_id", "mirror", ["creditor_id", "accounting_invoice_id"])
    op.create_index("mirror_by_number", "mirror", ["creditor_id", "invoice_number"])
    op.create_index("mirror_by_time", "mirror", ["creditor_id", "last_updated"])


def _create_feed() -> None:
    op.create_table(
        "feed",
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("watermark", sa.Text),
        sa.Column("completed_at", sa.Integer),
        sa.Column("polled_at", sa.Integer),
        sa.PrimaryKeyConstraint("creditor_id"),
        sqlite_strict=True,
    )


def _create_task() -> None:
    op.create_table(
        "task",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("claim_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("done_at", sa.Integer),
        sa.Column("done_by", sa.Text),
        sa.Column("done_note", sa.Text),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("creditor_id", "claim_id", "kind", "about", name="task_once"),
        sa.UniqueConstraint("task_id"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("task_by_claim", "task", ["claim_id"])
    op.create_index("task_open", "task", ["seq"], sqlite_where=sa.text("done_at IS NULL"))


def _create_alert() -> None:
    op.create_table(
        "alert",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("raised_at", sa.Integer, nullable=False),
        sa.Column("told_at", sa.Integer),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("creditor_id", "kind", "about", name="alert_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("alert_untold", "alert", ["seq"], sqlite_where=sa.text("told_at IS NULL"))


def _create_pause() -> None:
    op.create_table(
        "pause",
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("paused_at", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id"),
        sqlite_strict=True,
    )


def _create_register_count() -> None:
    op.create_table(
        "register_count",
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id", "day"),
        sqlite_strict=True,
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
