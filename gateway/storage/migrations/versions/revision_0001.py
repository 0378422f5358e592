"""The schema of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS, only_where

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
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("message_id", WORDS, nullable=False),
        sa.Column("scope", WORDS, nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("lane", WORDS),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("subject", WORDS),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("doubtful", WHOLE, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("head", WHOLE, nullable=False),
        sa.Column("attempts", WHOLE, server_default="0", nullable=False),
        sa.Column("crashes", WHOLE, server_default="0", nullable=False),
        sa.Column("fence", WHOLE, server_default="0", nullable=False),
        sa.Column("due_at", WHOLE, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("first_attempt_at", WHOLE),
        sa.Column("last_attempt_at", WHOLE),
        sa.Column("sent_at", WHOLE),
        sa.Column("sent_fence", WHOLE),
        sa.Column("lease_until", WHOLE),
        sa.Column("settled_at", WHOLE),
        sa.Column("last_error", WORDS),
        sa.Column("result", WORDS),
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
        "message_by_subject", "message", ["subject"], **only_where("subject IS NOT NULL")
    )
    op.create_index("message_head", "message", ["key"], unique=True, **only_where("head = 1"))
    op.create_index(
        "message_leasable",
        "message",
        ["due_at", "seq"],
        **only_where("state = 'pending' AND head = 1"),
    )
    op.create_index("message_leased", "message", ["lane"], **only_where("state = 'leased'"))
    op.create_index(
        "message_unsettled",
        "message",
        ["state", "seq", "settled_at"],
        **only_where("settled_at IS NULL"),
    )
    op.create_index(
        "message_unsettled_of_key",
        "message",
        ["key", "seq"],
        **only_where("settled_at IS NULL"),
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("event_id", WORDS, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("webhook_id", WORDS, nullable=False),
        sa.Column("type", WORDS, nullable=False),
        sa.Column("invoice_id", WORDS),
        sa.Column("sealed_body", sa.LargeBinary, nullable=False),
        sa.Column("body_hash", sa.LargeBinary, nullable=False),
        sa.Column("received_at", WHOLE, nullable=False),
        sa.Column("outcome", WORDS, nullable=False),
        sa.Column("problem", WORDS),
        sa.Column("handled_at", WHOLE),
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
        **only_where("outcome = 'recorded'"),
    )
    op.create_index(
        "event_waiting",
        "event",
        ["creditor_id", "invoice_id"],
        **only_where("outcome = 'waiting'"),
    )


def _create_claim() -> None:
    op.create_table(
        "claim",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("claim_id", WORDS, nullable=False),
        sa.Column("case_id", WORDS, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("invoice_id", WORDS, nullable=False),
        sa.Column("invoice_number", WORDS, nullable=False),
        sa.Column("debtor_number", WORDS, nullable=False),
        sa.Column("issue_date", WORDS, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("close_reason", WORDS),
        sa.Column("frozen_on", WORDS),
        sa.Column("hold_until", WORDS),
        sa.Column("decide_on", WORDS),
        sa.Column("currency", WORDS, nullable=False),
        sa.Column("outstanding_minor", WHOLE, nullable=False),
        sa.Column("registered_minor", WHOLE),
        sa.Column("sealed_facts", sa.LargeBinary, nullable=False),
        sa.Column("facts_version", WHOLE),
        sa.Column("facts_at", WHOLE, nullable=False),
        sa.Column("facts_hash", sa.LargeBinary, nullable=False),
        sa.Column("snapshot_hash", sa.LargeBinary, nullable=False),
        sa.Column("decision", WORDS),
        sa.Column("decided_on", WORDS),
        sa.Column("approved_at", WHOLE),
        sa.Column("requested_fields", WORDS),
        sa.Column("held_by_person", WHOLE, server_default="0", nullable=False),
        sa.Column("withdrawn_at", WHOLE),
        sa.Column("identity_hash", WORDS),
        sa.Column("kravia_invoice_id", WORDS),
        sa.Column("kravia_status", WORDS),
        sa.Column("details_at", WHOLE),
        sa.Column("counted_on", WORDS),
        sa.Column("registered_at", WHOLE),
        sa.Column("problem", WORDS),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("updated_at", WHOLE, nullable=False),
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
        **only_where("kravia_invoice_id IS NOT NULL"),
    )
    op.create_index("claim_by_number", "claim", ["creditor_id", "invoice_number"])
    op.create_index("claim_due", "claim", ["decide_on"], **only_where("decide_on IS NOT NULL"))
    op.create_index(
        "claim_unread",
        "claim",
        ["creditor_id"],
        **only_where("state = 'active' AND details_at IS NULL"),
    )


def _create_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("claim_id", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("receipt_id", WORDS, nullable=False),
        sa.Column("on", WORDS, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("event_at", WHOLE, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("message_id", WORDS),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("claim_id", "kind", "receipt_id", name="receipt_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("receipt_by_message", "receipt", ["message_id"])


def _create_collected() -> None:
    op.create_table(
        "collected",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("claim_id", WORDS, nullable=False),
        sa.Column("payment_id", WORDS, nullable=False),
        sa.Column("paid_on", WORDS, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("principal_minor", WHOLE),
        sa.Column("reversed", WHOLE, server_default="0", nullable=False),
        sa.Column("told_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("claim_id", "payment_id", name="collected_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )


def _create_settlement() -> None:
    op.create_table(
        "settlement",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("settlement_id", WORDS, nullable=False),
        sa.Column("paid_on", WORDS),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("currency", WORDS, nullable=False),
        sa.Column("received_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("creditor_id", "settlement_id", name="settlement_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )


def _create_settlement_line() -> None:
    op.create_table(
        "settlement_line",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("settlement_id", WORDS, nullable=False),
        sa.Column("kravia_invoice_id", WORDS, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("principal_minor", WHOLE),
        sa.Column("receipt_id", WORDS),
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
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("kravia_invoice_id", WORDS, nullable=False),
        sa.Column("last_updated", WORDS, nullable=False),
        sa.Column("accounting_invoice_id", WORDS),
        sa.Column("invoice_number", WORDS),
        sa.Column("invoice_date", WORDS),
        sa.Column("amount_minor", WHOLE),
        sa.Column("debtor_number", WORDS),
        sa.Column("status", WORDS),
        sa.Column("seen_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id", "kravia_invoice_id"),
        sqlite_strict=True,
    )
    op.create_index("mirror_by_accounting_id", "mirror", ["creditor_id", "accounting_invoice_id"])
    op.create_index("mirror_by_number", "mirror", ["creditor_id", "invoice_number"])
    op.create_index("mirror_by_time", "mirror", ["creditor_id", "last_updated"])


def _create_feed() -> None:
    op.create_table(
        "feed",
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("watermark", WORDS),
        sa.Column("completed_at", WHOLE),
        sa.Column("polled_at", WHOLE),
        sa.PrimaryKeyConstraint("creditor_id"),
        sqlite_strict=True,
    )


def _create_task() -> None:
    op.create_table(
        "task",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("task_id", WORDS, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("claim_id", WORDS),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("about", WORDS, nullable=False),
        sa.Column("text", WORDS, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("done_at", WHOLE),
        sa.Column("done_by", WORDS),
        sa.Column("done_note", WORDS),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("creditor_id", "claim_id", "kind", "about", name="task_once"),
        sa.UniqueConstraint("task_id"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("task_by_claim", "task", ["claim_id"])
    op.create_index("task_open", "task", ["seq"], **only_where("done_at IS NULL"))


def _create_alert() -> None:
    op.create_table(
        "alert",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("about", WORDS, nullable=False),
        sa.Column("text", WORDS, nullable=False),
        sa.Column("command", WORDS, nullable=False),
        sa.Column("raised_at", WHOLE, nullable=False),
        sa.Column("told_at", WHOLE),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("creditor_id", "kind", "about", name="alert_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("alert_untold", "alert", ["seq"], **only_where("told_at IS NULL"))


def _create_pause() -> None:
    op.create_table(
        "pause",
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("paused_at", WHOLE, nullable=False),
        sa.Column("reason", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id"),
        sqlite_strict=True,
    )


def _create_register_count() -> None:
    op.create_table(
        "register_count",
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("day", WORDS, nullable=False),
        sa.Column("count", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id", "day"),
        sqlite_strict=True,
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("actor", WORDS, nullable=False),
        sa.Column("action", WORDS, nullable=False),
        sa.Column("subject", WORDS, nullable=False),
        sa.Column("reason", WORDS),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
