"""What we assume of everything Tripletex does not document, read from ``config/tripletex.toml``.

The values and their reasons stand in that file; the client, the mappers and the simulator read the
same one. A document of one's own needs only what differs: merge it over the shipped one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clients.assumptions_document import Section

PAGE_SIZE_MAX_ROWS = 10_000
"""More objects than that no answer holds."""

RESULT_SET_MAX_ROWS = 10_000_000
YEARS_BACK_MAX = 20
"""No claim is older: the longest limitation after a judgment is ten years."""

DAYS_BACK_MAX = 366
SESSION_DAYS_MAX = 60
VAT_TYPE_ID_MAX = 1_000_000
"""Far beyond the types there are."""

SETTLE_WINDOW_MAX_SECONDS = 86_400
"""A booking that shows a day later can no longer be told from a second one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAssumptions:
    """How lists are paged and how far back the invoices are listed."""

    page_size_rows: int
    result_set_max_rows: int
    years_back: int
    sorting: str | None
    status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAssumptions:
    """``types`` are those of postings that are money; ``days_back`` how late one is entered."""

    types: frozenset[str]
    days_back: int
    settle_window_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherAssumptions:
    """``no_vat_type_id``: the VAT type by which nothing is reckoned on a posting."""

    no_vat_type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAssumptions:
    """What is made of gaps in a customer; ``sole_proprietor_words`` are lower case."""

    absent_country: str | None
    sole_proprietor_words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAssumptions:
    """The header of the signed key, and the events that are hints, in lower case."""

    idempotency_header: str
    events: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """All of it. ``period_end_exclusive``: the end of a period is the day after its last."""

    session_days: int
    period_end_exclusive: bool
    lists: ListAssumptions
    payments: PaymentAssumptions
    vouchers: VoucherAssumptions
    customers: CustomerAssumptions
    webhooks: WebhookAssumptions


def parse_assumptions(document: Mapping[str, object]) -> Assumptions:
    """Check the whole document. ``ValueError`` names the key that is missing, wrong or unknown."""
    root = _Table(document)
    lists, payments = root.section("lists"), root.section("payments")
    vouchers = root.section("vouchers")
    customers, webhooks = root.section("customers"), root.section("webhooks")
    assumptions = Assumptions(
        session_days=root.number("session_days", 1, SESSION_DAYS_MAX),
        period_end_exclusive=root.flag("period_end_exclusive"),
        lists=ListAssumptions(
            page_size_rows=lists.number("page_size_rows", 1, PAGE_SIZE_MAX_ROWS),
            result_set_max_rows=lists.number("result_set_max_rows", 1, RESULT_SET_MAX_ROWS),
            years_back=lists.number("years_back", 1, YEARS_BACK_MAX),
            sorting=lists.optional_text("sorting"),
            status=lists.optional_text("status", allowed=frozenset({"OUTSTANDING"})),
        ),
        payments=PaymentAssumptions(
            types=payments.words("types"),
            days_back=payments.number("days_back", 0, DAYS_BACK_MAX),
            settle_window_seconds=payments.number(
                "settle_window_seconds", 1, SETTLE_WINDOW_MAX_SECONDS
            ),
        ),
        vouchers=VoucherAssumptions(
            no_vat_type_id=vouchers.number("no_vat_type_id", 0, VAT_TYPE_ID_MAX)
        ),
        customers=CustomerAssumptions(
            absent_country=customers.optional_text("absent_country"),
            sole_proprietor_words=customers.words("sole_proprietor_words"),
        ),
        webhooks=WebhookAssumptions(
            idempotency_header=webhooks.text("idempotency_header"),
            events=frozenset(map(str.lower, webhooks.words("events"))),
        ),
    )
    for table in (root, lists, payments, vouchers, customers, webhooks):
        table.finish()
    return assumptions


class _Table(Section):
    def words(self, key: str) -> frozenset[str]:
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{self._full(key)}: must be a list of texts")
        return frozenset(word.strip() for word in value)
