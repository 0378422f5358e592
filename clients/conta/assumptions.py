"""What we assume of everything Conta does not document, read from ``config/conta.toml``.

The values and their reasons stand in that file; the client, the mappers and the simulator read the
same one. A document of one's own needs only what differs: merge it over the shipped one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

PAGE_SIZE_MAX_ROWS = 5000
"""Beyond this a page of ordinary invoices no longer fits the 8 MiB an answer may have."""

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
    """``list_id`` is ``partial`` or ``payment``: what an id in ``/invoice-payments`` names."""

    list_id: str
    remaining_includes_late_fees: bool


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


def merge_assumptions(
    shipped: Mapping[str, object], override: Mapping[str, object]
) -> dict[str, object]:
    """Return ``shipped`` with what ``override`` says differently: tables merge, all else replaces.

    That is one level deep, as deep as the document is.
    """
    merged = dict(shipped)
    for key, value in override.items():
        before = merged.get(key)
        is_table = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = {**before, **value} if is_table else value  # type: ignore[dict-item]
    return merged


def parse_assumptions(document: Mapping[str, object]) -> Assumptions:
    """Check the whole document. ``ValueError`` names the key that is missing, wrong or unknown."""
    root = _Table(document, "")
    lists, payments = root.table("lists"), root.table("payments")
    letters, customers = root.table("letters"), root.table("customers")
    refusals, files = root.table("refusals"), root.table("files")
    assumptions = Assumptions(
        time_zone=root.zone("time_zone"),
        writes_offsets=root.flag("writes_offsets"),
        lists=ListAssumptions(
            page_size_rows=lists.number("page_size_rows", 1, PAGE_SIZE_MAX_ROWS),
            pages_max=lists.number("pages_max", 1, PAGES_MAX),
            sort=lists.optional_text("sort"),
        ),
        payments=PaymentAssumptions(
            list_id=payments.one_of("list_id", "partial", "payment"),
            remaining_includes_late_fees=payments.flag("remaining_includes_late_fees"),
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


class _Table:
    """One table, read strictly: every key must be asked for, or ``finish`` calls it unknown."""

    def __init__(self, document: object, name: str) -> None:
        if not isinstance(document, Mapping):
            raise ValueError(f"{name}: must be a table")  # noqa: TRY004  one error type for one cause
        self._document: Mapping[str, object] = document
        self._name = name
        self._asked: set[str] = set()

    def finish(self) -> None:
        """Refuse keys nobody asked for: a misspelt assumption must not pass unnoticed."""
        for key in self._document:
            if key not in self._asked:
                raise ValueError(f"{self._full(key)}: unknown key")

    def table(self, key: str) -> _Table:
        return _Table(self._get(key), self._full(key))

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str):
            raise ValueError(f"{self._full(key)}: must be a text")  # noqa: TRY004
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) or None

    def optional_country(self, key: str) -> str | None:
        code = self.optional_text(key)
        if code is not None and not (len(code) == 2 and code.isascii() and code.isupper()):  # noqa: PLR2004
            raise ValueError(f'{self._full(key)}: must be two capital letters such as "NO", or ""')
        return code

    def one_of(self, key: str, *allowed: str) -> str:
        value = self.text(key)
        if value not in allowed:
            raise ValueError(f"{self._full(key)}: must be one of {', '.join(allowed)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise ValueError(f"{self._full(key)}: must be a list of texts")
        return tuple(value)

    def words(self, key: str) -> frozenset[str]:
        return frozenset(word.strip().lower() for word in self.texts(key))

    def flag(self, key: str) -> bool:
        value = self._get(key)
        if not isinstance(value, bool):
            raise ValueError(f"{self._full(key)}: must be true or false")  # noqa: TRY004
        return value

    def number(self, key: str, low: int, high: int) -> int:
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"{self._full(key)}: must be a whole number from {low} to {high}")
        return value

    def zone(self, key: str) -> ZoneInfo:
        name = self.text(key)
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, LookupError) as error:
            raise ValueError(f"{self._full(key)}: {name!r} is not a time zone") from error

    def _get(self, key: str) -> object:
        self._asked.add(key)
        if key not in self._document:
            raise ValueError(f"{self._full(key)}: missing")
        return self._document[key]

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key
