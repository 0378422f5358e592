"""All tables. Amounts are whole minor units (øre), instants whole UTC milliseconds, dates ISO text.

Columns named ``sealed_*`` hold personal data through ``gateway.storage.seal``; nothing else does.
"""

from __future__ import annotations

import sqlalchemy as sa

from outbox.table import message_table

metadata = sa.MetaData()
message = message_table(metadata)

QUARANTINE = "quarantine: "
"""How the reason of a parked message begins whose effect is still unknown."""

QUARANTINED = sa.text(
    "state = 'parked' AND last_error >= 'quarantine: ' AND last_error < 'quarantine:!'"
)
"""Parked with such a reason; a query repeats this literally, to be answered from the index."""

sa.Index("message_quarantined", message.c.seq, sqlite_where=QUARANTINED)
sa.Index("message_quarantined_of_scope", message.c.scope, message.c.seq, sqlite_where=QUARANTINED)

LOOKED_AT = sa.text("outcome <> 'recorded'")
"""Holds for an event once intake has looked at it."""

event = sa.Table(
    "event",
    metadata,
    # What came in, in the order it was committed; ``seq`` orders, never a timestamp.
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("webhook_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("invoice_id", sa.Text),  # what it is about, once read
    sa.Column("sealed_body", sa.LargeBinary, nullable=False),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),  # SHA-256 of the raw body
    sa.Column("received_at", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),  # one of events.OUTCOMES
    sa.Column("problem", sa.Text),  # why rejected (also once repaired), waiting or in conflict
    sa.Column("handled_at", sa.Integer),
    sa.Column("trace", sa.Text),  # W3C traceparent of the span that recorded it
    sa.UniqueConstraint("creditor_id", "webhook_id", name="event_once"),
    sa.Index(
        "event_unhandled",
        "seq",
        "creditor_id",
        "invoice_id",
        sqlite_where=sa.text("outcome = 'recorded'"),
    ),
    sa.Index(
        "event_waiting", "creditor_id", "invoice_id", sqlite_where=sa.text("outcome = 'waiting'")
    ),
    # For lists with every filter, one walk for each outcome. Recording, which must be fast, writes
    # none of them: what is not yet handled is few, and has an index of its own.
    sa.Index("event_of_outcome", "outcome", "seq", sqlite_where=LOOKED_AT),
    sa.Index("event_of_creditor", "creditor_id", "outcome", "seq", sqlite_where=LOOKED_AT),
    sa.Index("event_of_type", "type", "outcome", "seq", sqlite_where=LOOKED_AT),
    sa.Index(
        "event_of_creditor_and_type",
        "creditor_id",
        "type",
        "outcome",
        "seq",
        sqlite_where=LOOKED_AT,
    ),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

claim = sa.Table(
    "claim",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),  # the key that lists page by
    sa.Column("claim_id", sa.Text, nullable=False, unique=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("invoice_id", sa.Text, nullable=False),
    sa.Column("invoice_number", sa.Text, nullable=False),
    sa.Column("debtor_number", sa.Text, nullable=False),
    sa.Column("issue_date", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("close_reason", sa.Text),
    sa.Column("frozen_on", sa.Text),
    sa.Column("hold_until", sa.Text),  # shown: when a dated hold ends
    sa.Column("decide_on", sa.Text),  # the next Oslo day the clock decides it again
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("outstanding_minor", sa.Integer, nullable=False),
    sa.Column("registered_minor", sa.Integer),  # principal as sent to Kravia
    sa.Column("sealed_facts", sa.LargeBinary, nullable=False),  # domain Invoice as JSON
    sa.Column("facts_version", sa.Integer),  # the ledger's own version, if it gives one
    sa.Column("facts_at", sa.Integer, nullable=False),  # the event's own timestamp
    sa.Column("facts_hash", sa.LargeBinary, nullable=False),
    sa.Column(
        "snapshot_hash", sa.LargeBinary, nullable=False
    ),  # facts as the ledger last told them
    sa.Column("decision", sa.Text),  # JSON of the last decision, no personal data
    sa.Column("decided_on", sa.Text),
    sa.Column("approved_at", sa.Integer),  # a person let it go
    sa.Column("requested_fields", sa.Text),  # JSON: facts last asked of the ledger
    sa.Column("held_by_person", sa.Integer, nullable=False, server_default="0"),
    sa.Column("withdrawn_at", sa.Integer),  # the creditor wants it back from Kravia
    sa.Column("identity_hash", sa.Text),  # keyed hash of name, org number, birth date
    # Keyed hashes that a debtor is found by; empty where there is nothing to hash, NULL of a claim
    # kept by a release that had none.
    sa.Column("organization_token", sa.Text),
    sa.Column("name_token", sa.Text),  # of the name's words and the postal code
    sa.Column("kravia_invoice_id", sa.Text),
    sa.Column("kravia_status", sa.Text),  # raw
    sa.Column("details_at", sa.Integer),  # when its details were last read from Kravia
    sa.Column("counted_on", sa.Text),  # the Oslo day whose cap its register was counted in
    sa.Column("registered_at", sa.Integer),
    sa.Column("problem", sa.Text),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("updated_at", sa.Integer, nullable=False),
    sa.UniqueConstraint("creditor_id", "invoice_id", name="claim_once"),
    sa.Index("claim_by_debtor", "creditor_id", "debtor_number"),
    sa.Index("claim_by_number", "creditor_id", "invoice_number"),
    # One case of Kravia's is one claim of ours.
    sa.Index(
        "claim_by_kravia_id",
        "creditor_id",
        "kravia_invoice_id",
        unique=True,
        sqlite_where=sa.text("kravia_invoice_id IS NOT NULL"),
    ),
    sa.Index("claim_by_case", "case_id"),
    # For lists with every filter, paged by seq.
    sa.Index("claim_of_creditor", "creditor_id", "seq"),
    sa.Index("claim_in_state", "state", "seq"),
    sa.Index("claim_of_creditor_in_state", "creditor_id", "state", "seq"),
    sa.Index("claim_of_debtor", "debtor_number", "seq"),
    sa.Index("claim_by_organization", "creditor_id", "organization_token"),
    sa.Index("claim_by_name", "creditor_id", "name_token"),
    sa.Index(
        "claim_unread",
        "creditor_id",
        sqlite_where=sa.text("state = 'active' AND details_at IS NULL"),
    ),
    # With the state in it, holds are counted by day without a look at the rows.
    sa.Index("claim_due", "decide_on", "state", sqlite_where=sa.text("decide_on IS NOT NULL")),
    # Claims whose status at Kravia nobody has given a meaning, or whose details are still unread.
    sa.Index(
        "claim_not_understood",
        "creditor_id",
        "kravia_status",
        sqlite_where=sa.text("kravia_status IS NOT NULL AND details_at IS NULL"),
    ),
    sa.Index(
        "claim_frozen", "creditor_id", "frozen_on", sqlite_where=sa.text("frozen_on IS NOT NULL")
    ),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# Money the ledger booked on a claim: payments and credit notes, and what became of each.
receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # payment | credit_note
    sa.Column("receipt_id", sa.Text, nullable=False),  # the ledger's id, verbatim
    sa.Column("on", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.Integer, nullable=False),
    sa.Column("event_at", sa.Integer, nullable=False),
    # ReceiptState: before_hand_over | to_report | reported | not_reported | payout | ambiguous …
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text),  # the message that reports it
    sa.UniqueConstraint("claim_id", "kind", "receipt_id", name="receipt_once"),
    sa.Index("receipt_by_message", "message_id"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# Payments that Kravia collected from the debtor; told to the ledger once each.
collected = sa.Table(
    "collected",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("payment_id", sa.Text, nullable=False),  # Kravia's
    sa.Column("paid_on", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.Integer, nullable=False),
    sa.Column("principal_minor", sa.Integer),
    sa.Column("reversed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("told_at", sa.Integer, nullable=False),
    # One payment of the debtor's may cover several claims, each with its own share.
    sa.UniqueConstraint("claim_id", "payment_id", name="collected_once"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

settlement = sa.Table(
    "settlement",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("settlement_id", sa.Text, nullable=False),
    sa.Column("paid_on", sa.Text),
    sa.Column("amount_minor", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("received_at", sa.Integer, nullable=False),
    sa.UniqueConstraint("creditor_id", "settlement_id", name="settlement_once"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

settlement_line = sa.Table(
    "settlement_line",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("settlement_id", sa.Text, nullable=False),
    sa.Column("kravia_invoice_id", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.Integer, nullable=False),
    sa.Column("principal_minor", sa.Integer),
    sa.Column("receipt_id", sa.Text),  # the ledger receipt this pay-out was recognised as
    sa.Index("settlement_line_by_invoice", "creditor_id", "kravia_invoice_id"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# Settlement lines that we book in the ledger ourselves, each once.
booking = sa.Table(
    "booking",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("invoice_id", sa.Text, nullable=False),
    sa.Column("settlement_id", sa.Text, nullable=False),
    sa.Column("line_seq", sa.Integer, nullable=False, unique=True),  # of settlement_line
    sa.Column("amount_minor", sa.Integer, nullable=False),
    sa.Column("settled_on", sa.Text, nullable=False),
    sa.Column("booked_on", sa.Text, nullable=False),  # later where that day was closed
    sa.Column("message_id", sa.Text, nullable=False, unique=True),
    # JSON: ids of the payments on the invoice right before the call went out; NULL: none is out.
    sa.Column("before_ids", sa.Text),
    sa.Column("doubted", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seen", sa.Text),  # JSON: payments new since then, at the last look in doubt
    sa.Column("seen_at", sa.Integer),
    sa.Column("payment_id", sa.Text),  # the ledger's; NULL while it is not known to be booked
    sa.Index("booking_by_invoice", "creditor_id", "invoice_id"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# Our copy of Kravia's feed of a creditor's invoices.
mirror = sa.Table(
    "mirror",
    metadata,
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("kravia_invoice_id", sa.Text, nullable=False),
    sa.Column("last_updated", sa.Text, nullable=False),  # the server's own string
    sa.Column("accounting_invoice_id", sa.Text),
    sa.Column("invoice_number", sa.Text),
    sa.Column("invoice_date", sa.Text),
    sa.Column("amount_minor", sa.Integer),
    sa.Column("debtor_number", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("seen_at", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("creditor_id", "kravia_invoice_id"),
    sa.Index("mirror_by_accounting_id", "creditor_id", "accounting_invoice_id"),
    sa.Index("mirror_by_number", "creditor_id", "invoice_number"),
    sa.Index("mirror_by_time", "creditor_id", "last_updated"),
    sqlite_strict=True,
)

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("creditor_id", sa.Text, primary_key=True),
    sa.Column("watermark", sa.Text),  # the server's own string, compared as a string
    sa.Column("completed_at", sa.Integer),  # when the mirror first was complete
    sa.Column("polled_at", sa.Integer),  # last poll that reached the end of the feed
    sqlite_strict=True,
)

# What a ledger that is asked last told of each overdue invoice: so that only news is recorded.
ledger_invoice = sa.Table(
    "ledger_invoice",
    metadata,
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("invoice_id", sa.Text, nullable=False),
    sa.Column("debtor_number", sa.Text),
    sa.Column("row_hash", sa.LargeBinary),  # its line in the list when it was last read whole
    sa.Column("payment_ids", sa.Text, nullable=False),  # JSON: of the list of newly entered ones
    sa.Column("sealed_facts", sa.LargeBinary),  # domain Invoice as JSON, as last recorded
    sa.Column("version", sa.Integer, nullable=False),  # counts what was recorded of it
    sa.Column("is_open", sa.Integer, nullable=False),  # the ledger may still follow it up
    sa.Column("is_listed", sa.Integer, nullable=False),  # it was in the last whole list of unpaid
    sa.Column("read_at", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("creditor_id", "invoice_id"),
    sa.Index(
        "ledger_invoice_unread",
        "creditor_id",
        "read_at",
        sqlite_where=sa.text("is_open = 1"),
    ),
    sa.Index(
        "ledger_invoice_listed",
        "creditor_id",
        "invoice_id",
        sqlite_where=sa.text("is_listed = 1"),
    ),
    sa.Index("ledger_invoice_by_debtor", "creditor_id", "debtor_number"),
    sqlite_strict=True,
)

ledger_sweep = sa.Table(
    "ledger_sweep",
    metadata,
    sa.Column("creditor_id", sa.Text, primary_key=True),
    sa.Column("swept_at", sa.Integer, nullable=False),  # when the last whole sweep began
    sqlite_strict=True,
)

task = sa.Table(
    "task",
    metadata,
    # What a person must do elsewhere, and why.
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("task_id", sa.Text, nullable=False, unique=True),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("claim_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),  # with kind: once per reason
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("done_at", sa.Integer),
    sa.Column("done_by", sa.Text),
    sa.Column("done_note", sa.Text),
    sa.UniqueConstraint("creditor_id", "claim_id", "kind", "about", name="task_once"),
    sa.Index("task_by_claim", "claim_id"),
    sa.Index("task_open", "seq", sqlite_where=sa.text("done_at IS NULL")),
    sa.Index(
        "task_open_of_creditor", "creditor_id", "seq", sqlite_where=sa.text("done_at IS NULL")
    ),
    sa.Index("task_of_creditor", "creditor_id", "seq"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

alert = sa.Table(
    "alert",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False),  # what mends it
    sa.Column("raised_at", sa.Integer, nullable=False),
    sa.Column("told_at", sa.Integer),  # when it was queued for ``notify``, if there is one
    sa.UniqueConstraint("creditor_id", "kind", "about", name="alert_once"),
    sa.Index("alert_untold", "seq", sqlite_where=sa.text("told_at IS NULL")),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

pause = sa.Table(
    "pause",
    metadata,
    sa.Column("creditor_id", sa.Text, primary_key=True),  # "*" pauses all
    sa.Column("paused_at", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sqlite_strict=True,
)

# Registers let through the send gate per creditor and Oslo day, for ``register_max_per_day``.
register_count = sa.Table(
    "register_count",
    metadata,
    sa.Column("creditor_id", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("creditor_id", "day"),
    sqlite_strict=True,
)

# What must not change under live claims: who each creditor was when it was last served.
known_creditor = sa.Table(
    "known_creditor",
    metadata,
    sa.Column("creditor_id", sa.Text, primary_key=True),
    sa.Column("kravia_creditor_id", sa.Integer, nullable=False),
    sa.Column("ledger_kind", sa.Text, nullable=False),
    sa.Column("ledger_account", sa.Text),  # whose books there, where the ledger has several
    sa.Column("known_at", sa.Integer, nullable=False),
    sqlite_strict=True,
)

# A row without ``restored_at`` says that this file is a copy nobody has served from yet: what it
# holds as unsent may have been sent since by the original.
copy_mark = sa.Table(
    "copy_mark",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("copied_at", sa.Integer, nullable=False),  # the state of affairs the file holds
    sa.Column("restored_at", sa.Integer),  # when what it holds was first put in doubt
    sqlite_strict=True,
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# An operator's order to run a set of events or messages again.
replay = sa.Table(
    "replay",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("replay_id", sa.Text, nullable=False, unique=True),
    sa.Column("what", sa.Text, nullable=False),  # events | messages
    sa.Column("state", sa.Text, nullable=False),  # one of replays.ReplayState
    sa.Column("filter", sa.Text, nullable=False),  # JSON, as it was asked for
    sa.Column("rate_per_second", sa.Integer),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("started_at", sa.Integer, nullable=False),
    sa.Column("ended_at", sa.Integer),
    sa.Column("through_seq", sa.Integer, nullable=False),  # what came later is not in the set
    sa.Column("frozen_seq", sa.Integer, nullable=False),  # how far the set is written down
    sa.Column("items", sa.Integer, nullable=False),  # how many are in the set
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# The frozen set of a replay: each item by the ``seq`` of its event or message, and what came of it.
replay_item = sa.Table(
    "replay_item",
    metadata,
    sa.Column("replay_seq", sa.Integer, nullable=False),
    sa.Column("item_seq", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.PrimaryKeyConstraint("replay_seq", "item_seq"),
    sa.Index(
        "replay_item_waiting", "replay_seq", "item_seq", sqlite_where=sa.text("outcome IS NULL")
    ),
    sqlite_strict=True,
)

# How many items of a replay came to which outcome; counting a million would take too long.
replay_count = sa.Table(
    "replay_count",
    metadata,
    sa.Column("replay_seq", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("replay_seq", "outcome"),
    sqlite_strict=True,
)
