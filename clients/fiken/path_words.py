"""The words of Fiken's paths, by which its operations are told apart in metrics and traces."""

from __future__ import annotations

from typing import Final

PATH_WORDS: Final = frozenset(
    {"companies", "bankAccounts", "contacts", "invoices", "creditNotes", "sales", "payments"}
    | {"journalEntries", "generalJournalEntries", "token"}
)
