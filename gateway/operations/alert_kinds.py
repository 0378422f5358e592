"""Every kind of alert there is; each has an entry in ``docs/runbook.md`` and a command to mend it.

An alert is a row per (creditor, kind, about): raised once, told to ``notify`` once, gone when its
cause is. ``gateway.operations.endings`` says how the end of each is seen.
"""

from __future__ import annotations

from typing import Final

IN_DOUBT: Final = "in_doubt"
"""A message has been in doubt for longer than doubts usually last; about its id."""

RATES: Final = "rates"
"""A table of dated figures runs out; about the table."""

REMOTE_DOWN: Final = "remote_down"
"""Calls to a remote have met no answer for a while; about ``kravia``, ``ledger`` or ``notify``."""

REMOTE_RESTS: Final = "remote_rests"
"""A remote is not called now, for it is down or asked for rest; about its place, as above."""

INBOX_OLD: Final = "inbox_old"
"""Events wait for intake longer than they should."""

OUTBOX_OLD: Final = "outbox_old"
"""A message that is due is not taken for sending."""

CLOCK: Final = "clock"
"""Our clock and Kravia's differ."""

DIFFERENCES: Final = "differences"
"""A comparison found differences that none had found before; about the Oslo day."""

BANK_LINES: Final = "bank_lines"
"""A line of the bank has waited for a person for days; the creditor's oldest."""

ALERT_KINDS: Final = frozenset(
    {
        *(
            IN_DOUBT,
            RATES,
            REMOTE_DOWN,
            REMOTE_RESTS,
            INBOX_OLD,
            OUTBOX_OLD,
            CLOCK,
            DIFFERENCES,
            BANK_LINES,
        ),
        *("parked", "refused", "gone", "details", "unknown_status", "feed", "settlements"),
        *("event_failed", "event_waiting", "decision_failed"),
        *("webhook_id_reused", "version_conflict", "key_lost", "restored"),
        *("ledger", "ledger_invoice", "ledger_deletions"),
        *("sent_by_ledger", "unknown_ledger_status"),
    }
)
"""All of them; a test finds every place that raises one."""
