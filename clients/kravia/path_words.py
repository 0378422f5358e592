"""The words of Kravia's paths, by which its operations are told apart in metrics and traces."""

from __future__ import annotations

from typing import Final

PATH_WORDS: Final = frozenset(
    {
        *("register", "payment", "creditnote", "search", "details"),
        *("settlements", "bookkeep", "webhook", "invite"),
    }
)
