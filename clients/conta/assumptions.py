"""What we assume of everything Conta does not document, read from ``config/conta.toml``.

The values and their reasons stand in that file; the client, the mappers and the simulator read the
same one. A document of one's own needs only what differs: merge it over the shipped one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clients.assumptions_document import Section

LIST_IDS = frozenset({"partial", "payment"})
"""What an id in ``/invoice-payments`` may name."""

PAGE_SIZE_MAX_ROWS = 5000
"""Beyond this a page of ordinary invoices no longer fits the 8 MiB an answer may have."""

SETTLE_WINDOW_MAX_SECONDS = 86_400
"""A booking that shows a day later can no longer be told from a second one."""

PAGES_MAX = 100_000
"""More pages than any list of ours can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAssumptions:
    """How lists are paged; ``sort`` None leaves the order to Conta."""

    page_size_rows: int
    pages_max: int
    sort: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAssumptions:
    """``list_id`` is ``partial`` or ``payment``: what an id in ``/invoice-payments`` names.

    ``settle_window_seconds``: how long a payment may be missing on its invoice after its POST.
    """

    list_id: str
    remaining_includes_late_fees: bool
    settle_window_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterAssumptions:
    """When a letter counts as sent. ``unsent_words`` are lower case."""

    created_counts_as_sent: bool
    unsent_words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAssumptions:
    """What is made of gaps in a customer; ``sole_proprietor_words`` are lower case."""

    absent_country: str | None
    sole_proprietor_words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """All of it. ``no_effect_names`` are refusals after which a POST may be sent again."""

    time_zone: ZoneInfo
    writes_offsets: bool
    lists: ListAssumptions
    payments: PaymentAssumptions
    letters: LetterAssumptions
    customers: CustomerAssumptions
    no_effect_names: frozenset[str]
    files_enabled: bool


def parse_assumptions(document: Mapping[str, object]) -> Assumptions:
    """Check the whole document. ``ValueError`` names the key that is missing, wrong or unknown."""
    root = _Table(document)
    lists, payments = root.section("lists"), root.section("payments")
    letters, customers = root.section("letters"), root.section("customers")
    refusals, files = root.section("refusals"), root.section("files")
    assumptions = Assumptions(
        time_zone=root.zone("time_zone"),
        writes_offsets=root.flag("writes_offsets"),
        lists=ListAssumptions(
            page_size_rows=lists.number("page_size_rows", 1, PAGE_SIZE_MAX_ROWS),
            pages_max=lists.number("pages_max", 1, PAGES_MAX),
            sort=lists.optional_text("sort"),
        ),
        payments=PaymentAssumptions(
            list_id=payments.text("list_id", allowed=LIST_IDS),
            remaining_includes_late_fees=payments.flag("remaining_includes_late_fees"),
            settle_window_seconds=payments.number(
                "settle_window_seconds", 1, SETTLE_WINDOW_MAX_SECONDS
            ),
        ),
        letters=LetterAssumptions(
            created_counts_as_sent=letters.flag("created_counts_as_sent"),
            unsent_words=letters.words("unsent_words"),
        ),
        customers=CustomerAssumptions(
            absent_country=customers.optional_country("absent_country"),
            sole_proprietor_words=customers.words("sole_proprietor_words"),
        ),
        no_effect_names=frozenset(refusals.texts("no_effect_names")),
        files_enabled=files.flag("enabled"),
    )
    for table in (root, lists, payments, letters, customers, refusals, files):
        table.finish()
    return assumptions


class _Table(Section):
    def optional_country(self, key: str) -> str | None:
        code = self.optional_text(key)
        if code is not None and not (len(code) == 2 and code.isascii() and code.isupper()):  # noqa: PLR2004 - ISO 3166: two letters
            raise ValueError(f'{self._full(key)}: must be two capital letters such as "NO", or ""')
        return code

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise ValueError(f"{self._full(key)}: must be a list of texts")
        return tuple(value)

    def words(self, key: str) -> frozenset[str]:
        return frozenset(word.strip().lower() for word in self.texts(key))
