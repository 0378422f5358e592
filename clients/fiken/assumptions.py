"""What we assume of everything Fiken does not document, read from ``config/fiken.toml``.

The values and their reasons stand in that file; the client, the mappers and the simulator read the
same one. A document of one's own needs only what differs: merge it over the shipped one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clients.assumptions_document import Section

SIGNS = frozenset({"positive", "negative"})
"""How what is still owed may be written."""

PAGE_SIZE_MAX_ROWS = 100
"""Documented."""

PAGES_MAX = 100_000
"""More pages than any list of ours can have."""

SETTLE_WINDOW_MAX_SECONDS = 86_400
"""A booking that shows a day later can no longer be told from a second one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """All of it. ``sole_proprietor_words`` are lower case; ``owed_sign`` is 1 or -1.

    ``settle_window_seconds``: how long a payment may be missing on its sale after its POST.
    ``payment_touches_invoice``: an invoice's ``lastModifiedDate`` moves when it is paid.
    """

    page_size_rows: int
    pages_max: int
    payment_touches_invoice: bool
    owed_sign: int
    settle_window_seconds: int
    absent_country: str | None
    sole_proprietor_words: frozenset[str]


def parse_assumptions(document: Mapping[str, object]) -> Assumptions:
    """Check the whole document. ``ValueError`` names the key that is missing, wrong or unknown."""
    root = _Table(document)
    lists, balance = root.section("lists"), root.section("balance")
    payments, contacts = root.section("payments"), root.section("contacts")
    assumptions = Assumptions(
        page_size_rows=lists.number("page_size_rows", 1, PAGE_SIZE_MAX_ROWS),
        pages_max=lists.number("pages_max", 1, PAGES_MAX),
        payment_touches_invoice=lists.flag("payment_touches_invoice"),
        owed_sign=1 if balance.text("owed_is", allowed=SIGNS) == "positive" else -1,
        settle_window_seconds=payments.number(
            "settle_window_seconds", 1, SETTLE_WINDOW_MAX_SECONDS
        ),
        absent_country=contacts.optional_country("absent_country"),
        sole_proprietor_words=contacts.words("sole_proprietor_words"),
    )
    for table in (root, lists, balance, payments, contacts):
        table.finish()
    return assumptions


class _Table(Section):
    def optional_country(self, key: str) -> str | None:
        code = self.optional_text(key)
        if code is not None and not (len(code) == 2 and code.isascii() and code.isupper()):  # noqa: PLR2004 - ISO 3166: two letters
            raise ValueError(f'{self._full(key)}: must be two capital letters such as "NO", or ""')
        return code

    def words(self, key: str) -> frozenset[str]:
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise ValueError(f"{self._full(key)}: must be a list of texts")
        return frozenset(word.strip().lower() for word in value)
