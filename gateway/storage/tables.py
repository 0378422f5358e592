"""All tables. Amounts are whole minor units (øre), instants whole UTC milliseconds, dates ISO text.

Columns named ``sealed_*``, and a message's payload, hold personal data through
``gateway.storage.seal``; nothing else does.
"""

from __future__ import annotations

import sqlalchemy as sa

from gateway.storage.audit_guard import GUARDS
from outbox.columns import WHOLE, WORDS, only_where
from outbox.table import message_table

metadata = sa.MetaData()
message = message_table(metadata)

QUARANTINE = "quarantine: "
"""How the reason of a parked message begins whose effect is still unknown."""

QUARANTINED = sa.text(
    "state = 'parked' AND last_error >= 'quarantine: ' AND last_error < 'quarantine:!'"
)
"""Parked with such a reason; a query repeats this literally, to be answered from the index."""

sa.Index("message_quarantined", message.c.seq, **only_where(QUARANTINED))
sa.Index("message_quarantined_of_scope", message.c.scope, message.c.seq, **only_where(QUARANTINED))

RETRIED = sa.text("state = 'pending' AND last_error <> ''")
"""Pending after a try that failed; a query repeats it literally, to be answered from the index."""

sa.Index("message_retried", message.c.seq, **only_where(RETRIED))

LOOKED_AT = sa.text("outcome <> 'recorded'")
"""Holds for an event once intake has looked at it."""

event = sa.Table(
    "event",
    metadata,
    # What came in, in the order it was committed; ``seq`` orders, never a timestamp.
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("event_id", WORDS, nullable=False, unique=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("webhook_id", WORDS, nullable=False),
    sa.Column("type", WORDS, nullable=False),
    sa.Column("invoice_id", WORDS),  # what it is about, once read
    sa.Column("sealed_body", sa.LargeBinary, nullable=False),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),  # SHA-256 of the raw body
    sa.Column("received_at", WHOLE, nullable=False),
    sa.Column("outcome", WORDS, nullable=False),  # one of events.OUTCOMES
    sa.Column("problem", WORDS),  # why rejected (also once repaired), waiting or in conflict
    sa.Column("handled_at", WHOLE),
    sa.Column("trace", WORDS),  # W3C traceparent of the span that recorded it
    sa.Column("forgotten_at", WHOLE),  # when its body was taken out
    sa.UniqueConstraint("creditor_id", "webhook_id", name="event_once"),
    sa.Index(
        "event_unhandled",
        "seq",
        "creditor_id",
        "invoice_id",
        **only_where("outcome = 'recorded'"),
    ),
    sa.Index("event_waiting", "creditor_id", "invoice_id", **only_where("outcome = 'waiting'")),
    # For lists with every filter, one walk for each outcome. Recording, which must be fast, writes
    # none of them: what is not yet handled is few, and has an index of its own.
    sa.Index("event_of_outcome", "outcome", "seq", **only_where(LOOKED_AT)),
    sa.Index("event_of_creditor", "creditor_id", "outcome", "seq", **only_where(LOOKED_AT)),
    sa.Index("event_of_type", "type", "outcome", "seq", **only_where(LOOKED_AT)),
    sa.Index(
        "event_of_creditor_and_type",
        "creditor_id",
        "type",
        "outcome",
        "seq",
        **only_where(LOOKED_AT),
    ),
    sa.Index("event_of_invoice", "creditor_id", "invoice_id", "seq", **only_where(LOOKED_AT)),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

claim = sa.Table(
    "claim",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),  # the key that lists page by
    sa.Column("claim_id", WORDS, nullable=False, unique=True),
    sa.Column("case_id", WORDS, nullable=False),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("invoice_id", WORDS, nullable=False),
    sa.Column("invoice_number", WORDS, nullable=False),
    sa.Column("debtor_number", WORDS, nullable=False),
    sa.Column("issue_date", WORDS, nullable=False),
    sa.Column("state", WORDS, nullable=False),
    sa.Column("close_reason", WORDS),
    sa.Column("frozen_on", WORDS),
    sa.Column("hold_until", WORDS),  # shown: when a dated hold ends
    sa.Column("decide_on", WORDS),  # the next Oslo day the clock decides it again
    sa.Column("currency", WORDS, nullable=False),
    sa.Column("outstanding_minor", WHOLE, nullable=False),
    sa.Column("registered_minor", WHOLE),  # principal as sent to Kravia
    sa.Column("sealed_facts", sa.LargeBinary, nullable=False),  # domain Invoice as JSON
    sa.Column("facts_version", WHOLE),  # the ledger's own version, if it gives one
    sa.Column("facts_at", WHOLE, nullable=False),  # the event's own timestamp
    sa.Column("facts_hash", sa.LargeBinary, nullable=False),
    sa.Column(
        "snapshot_hash", sa.LargeBinary, nullable=False
    ),  # facts as the ledger last told them
    sa.Column("decision", WORDS),  # JSON of the last decision, no personal data
    sa.Column("decided_on", WORDS),
    sa.Column("approved_at", WHOLE),  # a person let it go
    sa.Column("requested_fields", WORDS),  # JSON: facts last asked of the ledger
    sa.Column("held_by_person", WHOLE, nullable=False, server_default="0"),
    sa.Column("withdrawn_at", WHOLE),  # the creditor wants it back from Kravia
    sa.Column("identity_hash", WORDS),  # keyed hash of name, org number, birth date
    # Keyed hashes that a debtor is found by; empty where there is nothing to hash, NULL of a claim
    # kept by a release that had none.
    sa.Column("organization_token", WORDS),
    sa.Column("name_token", WORDS),  # of the name's words and the postal code
    sa.Column("kid_token", WORDS),  # keyed hash of the KID; empty and NULL as above
    sa.Column("kravia_invoice_id", WORDS),
    sa.Column("kravia_status", WORDS),  # raw
    sa.Column("details_at", WHOLE),  # when its details were last read from Kravia
    sa.Column("remaining_minor", WHOLE),  # principal Kravia then said is open; NULL: not told
    # JSON: payments and credit notes that Kravia then listed; NULL: it lists none, or not told.
    sa.Column("agency_entries", WORDS),
    sa.Column("counted_on", WORDS),  # the Oslo day whose cap its register was counted in
    sa.Column("registered_at", WHOLE),
    sa.Column("problem", WORDS),
    sa.Column("created_at", WHOLE, nullable=False),
    sa.Column("updated_at", WHOLE, nullable=False),
    sa.Column("forgotten_at", WHOLE),  # when its debtor was taken out
    sa.UniqueConstraint("creditor_id", "invoice_id", name="claim_once"),
    sa.Index("claim_by_debtor", "creditor_id", "debtor_number"),
    sa.Index("claim_by_number", "creditor_id", "invoice_number"),
    # One case of Kravia's is one claim of ours.
    sa.Index(
        "claim_by_kravia_id",
        "creditor_id",
        "kravia_invoice_id",
        unique=True,
        **only_where("kravia_invoice_id IS NOT NULL"),
    ),
    sa.Index("claim_by_case", "case_id"),
    # For lists with every filter, paged by seq.
    sa.Index("claim_of_creditor", "creditor_id", "seq"),
    sa.Index("claim_in_state", "state", "seq"),
    sa.Index("claim_of_creditor_in_state", "creditor_id", "state", "seq"),
    sa.Index("claim_of_debtor", "debtor_number", "seq"),
    sa.Index("claim_of_number", "invoice_number", "seq"),
    sa.Index("claim_by_organization", "creditor_id", "organization_token"),
    sa.Index("claim_by_name", "creditor_id", "name_token"),
    sa.Index("claim_by_kid", "creditor_id", "kid_token"),
    sa.Index(
        "claim_unread",
        "creditor_id",
        **only_where("state = 'active' AND details_at IS NULL"),
    ),
    # With the state in it, holds are counted by day without a look at the rows.
    sa.Index("claim_due", "decide_on", "state", **only_where("decide_on IS NOT NULL")),
    # Claims whose status at Kravia nobody has given a meaning, or whose details are still unread.
    sa.Index(
        "claim_not_understood",
        "creditor_id",
        "kravia_status",
        **only_where("kravia_status IS NOT NULL AND details_at IS NULL"),
    ),
    sa.Index("claim_frozen", "creditor_id", "frozen_on", **only_where("frozen_on IS NOT NULL")),
    # What all claims come to, by creditor, without a look at the rows.
    sa.Index(
        "claim_money",
        "creditor_id",
        "state",
        "currency",
        "created_at",
        "outstanding_minor",
        "registered_minor",
    ),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# Money the ledger booked on a claim: payments and credit notes, and what became of each.
receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("claim_id", WORDS, nullable=False),
    sa.Column("kind", WORDS, nullable=False),  # payment | credit_note
    sa.Column("receipt_id", WORDS, nullable=False),  # the ledger's id, verbatim
    sa.Column("on", WORDS, nullable=False),
    sa.Column("amount_minor", WHOLE, nullable=False),
    sa.Column("event_at", WHOLE, nullable=False),
    # ReceiptState: before_hand_over | to_report | reported | not_reported | payout | ambiguous …
    sa.Column("state", WORDS, nullable=False),
    sa.Column("message_id", WORDS),  # the message that reports it
    sa.UniqueConstraint("claim_id", "kind", "receipt_id", name="receipt_once"),
    sa.Index("receipt_by_message", "message_id"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# Payments that Kravia collected from the debtor; told to the ledger once each.
collected = sa.Table(
    "collected",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("claim_id", WORDS, nullable=False),
    sa.Column("payment_id", WORDS, nullable=False),  # Kravia's
    sa.Column("paid_on", WORDS, nullable=False),
    sa.Column("amount_minor", WHOLE, nullable=False),
    sa.Column("principal_minor", WHOLE),
    sa.Column("reversed", WHOLE, nullable=False, server_default="0"),
    sa.Column("told_at", WHOLE, nullable=False),
    # One payment of the debtor's may cover several claims, each with its own share.
    sa.UniqueConstraint("claim_id", "payment_id", name="collected_once"),
    sa.Index("collected_money", "creditor_id", "reversed", "amount_minor"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

settlement = sa.Table(
    "settlement",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("settlement_id", WORDS, nullable=False),
    sa.Column("paid_on", WORDS),
    sa.Column("amount_minor", WHOLE, nullable=False),
    sa.Column("currency", WORDS, nullable=False),
    sa.Column("received_at", WHOLE, nullable=False),
    sa.Column("costs_minor", WHOLE),  # what Kravia kept, without VAT; NULL: it does not say
    sa.Column("vat_minor", WHOLE),
    sa.Column("voucher_id", WORDS),  # the ledger's, once it is known to be booked
    sa.Column("message_id", WORDS),  # the message that marks it booked at Kravia
    sa.UniqueConstraint("creditor_id", "settlement_id", name="settlement_once"),
    sa.Index("settlement_by_message", "message_id"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

settlement_line = sa.Table(
    "settlement_line",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("settlement_id", WORDS, nullable=False),
    sa.Column("kravia_invoice_id", WORDS, nullable=False),
    sa.Column("amount_minor", WHOLE, nullable=False),
    sa.Column("principal_minor", WHOLE),
    # What it was recognised as in the ledger: a receipt, or our own booking's message.
    sa.Column("receipt_id", WORDS),
    sa.Column("interest_minor", WHOLE),
    sa.Column("fees_minor", WHOLE),
    sa.Column("by_hand", WHOLE, nullable=False, server_default="0"),  # its principal, by a person
    sa.Index("settlement_line_by_invoice", "creditor_id", "kravia_invoice_id"),
    sa.Index("settlement_line_by_settlement", "creditor_id", "settlement_id"),
    sa.Index("settlement_line_by_receipt", "creditor_id", "receipt_id"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# Settlements in Kravia's list that we do not understand, as they came; gone with the next reading
# that understands them, or with the list.
unread_settlement = sa.Table(
    "unread_settlement",
    metadata,
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("about", WORDS, nullable=False),  # its id, or a hash of what came
    sa.Column("sealed_raw", sa.LargeBinary, nullable=False),
    sa.Column("why", WORDS, nullable=False),
    sa.Column("seen_at", WHOLE, nullable=False),
    sa.PrimaryKeyConstraint("creditor_id", "about"),
    sqlite_strict=True,
)

# Settlement lines that we book in the ledger ourselves, each once.
booking = sa.Table(
    "booking",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("claim_id", WORDS, nullable=False),
    sa.Column("invoice_id", WORDS, nullable=False),
    sa.Column("settlement_id", WORDS, nullable=False),
    sa.Column("line_seq", WHOLE, nullable=False, unique=True),  # of settlement_line
    sa.Column("amount_minor", WHOLE, nullable=False),
    sa.Column("settled_on", WORDS, nullable=False),
    sa.Column("booked_on", WORDS, nullable=False),  # later where that day was closed
    sa.Column("message_id", WORDS, nullable=False, unique=True),
    # JSON: ids of the payments on the invoice right before the call went out; NULL: none is out.
    sa.Column("before_ids", WORDS),
    sa.Column("doubted", WHOLE, nullable=False, server_default="0"),
    sa.Column("seen", WORDS),  # JSON: payments new since then, at the last look in doubt
    sa.Column("seen_at", WHOLE),
    sa.Column("payment_id", WORDS),  # the ledger's; NULL while it is not known to be booked
    sa.Index("booking_by_invoice", "creditor_id", "invoice_id"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# What banks told of the creditor's account, or a person by hand; each line once.
bank_line = sa.Table(
    "bank_line",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("line_id", WORDS, nullable=False, unique=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("source", WORDS, nullable=False),  # ocr | camt054 | hand
    sa.Column("identity", WORDS, nullable=False),  # the same in every copy of a file
    sa.Column("file", WORDS),  # SHA-256 of the file it came in first
    sa.Column("on", WORDS, nullable=False),
    sa.Column("amount_minor", WHOLE, nullable=False),
    sa.Column("currency", WORDS, nullable=False),
    sa.Column("is_return", WHOLE, nullable=False),
    sa.Column("kid_token", WORDS),  # keyed hash of its one KID
    sa.Column("sealed_details", sa.LargeBinary, nullable=False),  # JSON: KIDs, payer, text, place
    sa.Column("state", WORDS, nullable=False),  # bank_lines.LineState
    sa.Column("reason", WORDS),  # why it is not matched
    sa.Column("created_at", WHOLE, nullable=False),
    sa.Column("decided_at", WHOLE),  # when a person decided it
    sa.Column("decided_by", WORDS),
    sa.UniqueConstraint("creditor_id", "identity", name="bank_line_once"),
    sa.Index("bank_line_by_kid", "creditor_id", "kid_token", **only_where("kid_token IS NOT NULL")),
    # For lists with every filter, paged by seq.
    sa.Index("bank_line_of_creditor", "creditor_id", "seq"),
    sa.Index("bank_line_in_state", "state", "seq"),
    sa.Index("bank_line_of_creditor_in_state", "creditor_id", "state", "seq"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# What of a line is whose: the receipt of the claim has the line's id, unless told_as is set.
bank_line_part = sa.Table(
    "bank_line_part",
    metadata,
    sa.Column("line_seq", WHOLE, nullable=False),
    sa.Column("claim_id", WORDS, nullable=False),
    sa.Column("amount_minor", WHOLE, nullable=False),
    sa.Column("told_as", WORDS),  # the ledger's payment that is the same money
    sa.Column("is_entered", WHOLE, nullable=False),  # it is a receipt of its own
    sa.Column("is_returned", WHOLE, nullable=False, server_default="0"),
    sa.PrimaryKeyConstraint("line_seq", "claim_id"),
    sa.Index("bank_line_part_by_claim", "claim_id"),
    sqlite_strict=True,
)

# Our copy of Kravia's feed of a creditor's invoices.
mirror = sa.Table(
    "mirror",
    metadata,
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("kravia_invoice_id", WORDS, nullable=False),
    sa.Column("last_updated", WORDS, nullable=False),  # the server's own string
    sa.Column("accounting_invoice_id", WORDS),
    sa.Column("invoice_number", WORDS),
    sa.Column("invoice_date", WORDS),
    sa.Column("amount_minor", WHOLE),
    sa.Column("debtor_number", WORDS),
    sa.Column("status", WORDS),
    sa.Column("seen_at", WHOLE, nullable=False),
    sa.PrimaryKeyConstraint("creditor_id", "kravia_invoice_id"),
    sa.Index("mirror_by_accounting_id", "creditor_id", "accounting_invoice_id"),
    sa.Index("mirror_by_number", "creditor_id", "invoice_number"),
    sa.Index("mirror_by_time", "creditor_id", "last_updated"),
    sqlite_strict=True,
)

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("creditor_id", WORDS, primary_key=True),
    sa.Column("watermark", WORDS),  # the server's own string, compared as a string
    sa.Column("completed_at", WHOLE),  # when the mirror first was complete
    sa.Column("polled_at", WHOLE),  # last poll that reached the end of the feed
    sqlite_strict=True,
)

# What a ledger that is asked last told of each overdue invoice: so that only news is recorded.
ledger_invoice = sa.Table(
    "ledger_invoice",
    metadata,
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("invoice_id", WORDS, nullable=False),
    sa.Column("debtor_number", WORDS),
    sa.Column("row_hash", sa.LargeBinary),  # its line in the list when it was last read whole
    sa.Column("payment_ids", WORDS, nullable=False),  # JSON: of the list of newly entered ones
    sa.Column("sealed_facts", sa.LargeBinary),  # domain Invoice as JSON, as last recorded
    sa.Column("version", WHOLE, nullable=False),  # counts what was recorded of it
    sa.Column("is_open", WHOLE, nullable=False),  # the ledger may still follow it up
    sa.Column("is_listed", WHOLE, nullable=False),  # it was in the last whole list of unpaid
    sa.Column("read_at", WHOLE, nullable=False),
    sa.PrimaryKeyConstraint("creditor_id", "invoice_id"),
    sa.Index(
        "ledger_invoice_unread",
        "creditor_id",
        "read_at",
        **only_where("is_open = 1"),
    ),
    sa.Index(
        "ledger_invoice_listed",
        "creditor_id",
        "invoice_id",
        **only_where("is_listed = 1"),
    ),
    sa.Index("ledger_invoice_by_debtor", "creditor_id", "debtor_number"),
    sqlite_strict=True,
)

ledger_sweep = sa.Table(
    "ledger_sweep",
    metadata,
    sa.Column("creditor_id", WORDS, primary_key=True),
    sa.Column("swept_at", WHOLE, nullable=False),  # when the last whole sweep began
    sqlite_strict=True,
)

task = sa.Table(
    "task",
    metadata,
    # What a person must do elsewhere, and why.
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("task_id", WORDS, nullable=False, unique=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("claim_id", WORDS),
    sa.Column("kind", WORDS, nullable=False),
    sa.Column("about", WORDS, nullable=False),  # with kind: once per reason
    sa.Column("text", WORDS, nullable=False),
    sa.Column("created_at", WHOLE, nullable=False),
    sa.Column("done_at", WHOLE),
    sa.Column("done_by", WORDS),
    sa.Column("done_note", WORDS),
    sa.UniqueConstraint("creditor_id", "claim_id", "kind", "about", name="task_once"),
    sa.Index("task_by_claim", "claim_id"),
    sa.Index("task_open", "seq", **only_where("done_at IS NULL")),
    sa.Index("task_open_of_creditor", "creditor_id", "seq", **only_where("done_at IS NULL")),
    sa.Index("task_of_creditor", "creditor_id", "seq"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

alert = sa.Table(
    "alert",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("kind", WORDS, nullable=False),
    sa.Column("about", WORDS, nullable=False),
    sa.Column("text", WORDS, nullable=False),
    sa.Column("command", WORDS, nullable=False),  # what mends it
    sa.Column("raised_at", WHOLE, nullable=False),
    sa.Column("told_at", WHOLE),  # when it was queued for ``notify``, if there is one
    sa.UniqueConstraint("creditor_id", "kind", "about", name="alert_once"),
    sa.Index("alert_untold", "seq", **only_where("told_at IS NULL")),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# Where the sides differed when they were last compared at night; gone with the difference.
difference = sa.Table(
    "difference",
    metadata,
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("sign", WORDS, nullable=False),
    sa.Column("about", WORDS, nullable=False),  # ids: invoice and part
    sa.Column("first_seen", WHOLE, nullable=False),
    sa.Column("last_seen", WHOLE, nullable=False),  # when the comparison began that saw it last
    # JSON: ids, and what each side said when it was seen last; NULL: not seen since release 0018.
    sa.Column("said", WORDS),
    sa.PrimaryKeyConstraint("creditor_id", "sign", "about"),
    sa.Index("difference_by_age", "creditor_id", "first_seen", "sign", "about"),
    sqlite_strict=True,
)

# The nightly comparison of each creditor: how far it is, and what the last one found.
reconciliation = sa.Table(
    "reconciliation",
    metadata,
    sa.Column("creditor_id", WORDS, primary_key=True),
    sa.Column("day", WORDS, nullable=False),  # the Oslo day it is for
    sa.Column("began_at", WHOLE, nullable=False),
    sa.Column("ended_at", WHOLE),
    sa.Column("cursor", WORDS),  # where to go on; NULL: at the beginning
    sa.Column("compared", WORDS, nullable=False),  # JSON: how many of what
    sqlite_strict=True,
)

pause = sa.Table(
    "pause",
    metadata,
    sa.Column("creditor_id", WORDS, primary_key=True),  # "*" pauses all
    sa.Column("paused_at", WHOLE, nullable=False),
    sa.Column("reason", WORDS, nullable=False),
    sqlite_strict=True,
)

# Registers let through the send gate per creditor and Oslo day, for ``register_max_per_day``.
register_count = sa.Table(
    "register_count",
    metadata,
    sa.Column("creditor_id", WORDS, nullable=False),
    sa.Column("day", WORDS, nullable=False),
    sa.Column("count", WHOLE, nullable=False),
    sa.PrimaryKeyConstraint("creditor_id", "day"),
    sqlite_strict=True,
)

# What must not change under live claims: who each creditor was when it was last served.
known_creditor = sa.Table(
    "known_creditor",
    metadata,
    sa.Column("creditor_id", WORDS, primary_key=True),
    sa.Column("kravia_creditor_id", WHOLE, nullable=False),
    sa.Column("ledger_kind", WORDS, nullable=False),
    sa.Column("ledger_account", WORDS),  # whose books there, where the ledger has several
    sa.Column("known_at", WHOLE, nullable=False),
    sqlite_strict=True,
)

# A row without ``restored_at`` says that this file is a copy nobody has served from yet: what it
# holds as unsent may have been sent since by the original.
copy_mark = sa.Table(
    "copy_mark",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("copied_at", WHOLE, nullable=False),  # the state of affairs the file holds
    sa.Column("restored_at", WHOLE),  # when what it holds was first put in doubt
    sqlite_strict=True,
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("at", WHOLE, nullable=False),
    sa.Column("actor", WORDS, nullable=False),
    sa.Column("action", WORDS, nullable=False),
    sa.Column("subject", WORDS, nullable=False),
    sa.Column("reason", WORDS),
    sa.Column("hash", sa.LargeBinary),  # over the row and the hash of the row before it
    # Listed by when a thing was done; rows of one instant in the order of the chain.
    sa.Index("audit_by_instant", "at", "seq"),
    sa.Index("audit_of_actor", "actor", "at", "seq"),
    sa.Index("audit_of_action", "action", "at", "seq"),
    sa.Index("audit_of_actors_action", "actor", "action", "at", "seq"),
    sa.Index("audit_of_subject", "subject", "at", "seq"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)
for _guard in GUARDS:
    sa.event.listen(audit, "after_create", _guard)

# Where the chain of the audit ends: what is gone from its end is missed by this.
audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("name", WORDS, primary_key=True),  # always "audit"
    sa.Column("rows", WHOLE, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

# An operator's order to run a set of events or messages again.
replay = sa.Table(
    "replay",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("replay_id", WORDS, nullable=False, unique=True),
    sa.Column("what", WORDS, nullable=False),  # events | messages
    sa.Column("state", WORDS, nullable=False),  # one of replays.ReplayState
    sa.Column("filter", WORDS, nullable=False),  # JSON, as it was asked for
    sa.Column("rate_per_second", WHOLE),
    sa.Column("actor", WORDS, nullable=False),
    sa.Column("reason", WORDS, nullable=False),
    sa.Column("started_at", WHOLE, nullable=False),
    sa.Column("ended_at", WHOLE),
    sa.Column("through_seq", WHOLE, nullable=False),  # what came later is not in the set
    sa.Column("frozen_seq", WHOLE, nullable=False),  # how far the set is written down
    sa.Column("items", WHOLE, nullable=False),  # how many are in the set
    sqlite_autoincrement=True,
    sqlite_strict=True,
)

# The frozen set of a replay: each item by the ``seq`` of its event or message, and what came of it.
replay_item = sa.Table(
    "replay_item",
    metadata,
    sa.Column("replay_seq", WHOLE, nullable=False),
    sa.Column("item_seq", WHOLE, nullable=False),
    sa.Column("outcome", WORDS),
    sa.PrimaryKeyConstraint("replay_seq", "item_seq"),
    sa.Index("replay_item_waiting", "replay_seq", "item_seq", **only_where("outcome IS NULL")),
    sqlite_strict=True,
)

# How many items of a replay came to which outcome; counting a million would take too long.
replay_count = sa.Table(
    "replay_count",
    metadata,
    sa.Column("replay_seq", WHOLE, nullable=False),
    sa.Column("outcome", WORDS, nullable=False),
    sa.Column("count", WHOLE, nullable=False),
    sa.PrimaryKeyConstraint("replay_seq", "outcome"),
    sqlite_strict=True,
)

# Where several processes share a database (PostgreSQL): who does what only one may do.
duty = sa.Table(
    "duty",
    metadata,
    sa.Column("name", WORDS, primary_key=True),
    sa.Column("holder", WORDS, nullable=False),  # a process, by a random name of its own
    sa.Column("until", WHOLE, nullable=False),  # by the database's clock
    sqlite_strict=True,
)

# The groups each writer has committed: what a COMMIT that went unanswered is asked by.
writer = sa.Table(
    "writer",
    metadata,
    sa.Column("writer_id", WHOLE, primary_key=True, autoincrement=False),
    sa.Column("groups", WHOLE, nullable=False),
    sa.Column("opened_at", WHOLE, nullable=False),  # by the database's clock
    sqlite_strict=True,
)

# The key of the keyed hashes, where there is no file beside the database to hold it.
token_key = sa.Table(
    "token_key",
    metadata,
    sa.Column("name", WORDS, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

# Keys of sealed values that values may need: a start without one of them is refused.
seal_key = sa.Table(
    "seal_key",
    metadata,
    sa.Column("key_id", WORDS, primary_key=True),
    sa.Column("noted_at", WHOLE, nullable=False),
    sqlite_strict=True,
)

# People who may sign in to the console. An empty list of creditors is none, NULL all of them.
account = sa.Table(
    "account",
    metadata,
    sa.Column("name", WORDS, primary_key=True),
    sa.Column("role", WORDS, nullable=False),  # one of access.Role
    sa.Column("creditors", WORDS),  # JSON
    sa.Column("password_hash", WORDS),  # argon2; NULL signs in through a trusted proxy only
    sa.Column("created_at", WHOLE, nullable=False),
    sa.Column("disabled_at", WHOLE),
    sqlite_strict=True,
)

# Who is signed in; without its row a cookie is worth nothing.
session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),  # SHA-256 of what the cookie holds
    sa.Column("name", WORDS, nullable=False),  # of the account
    sa.Column("started_at", WHOLE, nullable=False),
    sa.Column("ends_at", WHOLE, nullable=False),
    sa.Index("session_of_account", "name"),
    sa.Index("session_by_end", "ends_at"),
    sqlite_strict=True,
)

# Tokens that open the admin API, each for some scopes and creditors.
api_token = sa.Table(
    "api_token",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True),
    sa.Column("name", WORDS, nullable=False, unique=True),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),  # SHA-256
    sa.Column("scopes", WORDS, nullable=False),  # JSON
    sa.Column("creditors", WORDS),  # JSON; NULL is all
    sa.Column("created_at", WHOLE, nullable=False),
    sa.Column("created_by", WORDS, nullable=False),
    sa.Column("ends_at", WHOLE),
    sa.Column("revoked_at", WHOLE),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)
