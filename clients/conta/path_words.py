"""The words of Conta's paths, by which its operations are told apart in metrics and traces."""

from __future__ import annotations

from typing import Final

PATH_WORDS: Final = frozenset(
    {
        *("organizations", "bank-accounts", "customers", "departments", "projects", "files"),
        *("invoices", "events", "payments", "credit-note", "invoice-payments"),
    }
)
