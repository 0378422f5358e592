"""What we assume of everything Kravia does not document, read from ``config/kravia.toml``.

The values and their reasons stand in that file; the client and the simulator read the same one. A
document of one's own needs only what differs: merge it over the shipped one first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clients.kravia.assumptions_document import PathsSection

Paths = tuple[str, ...]
"""Dotted paths into an answer, tried in order; empty: Kravia does not say."""

MEANINGS = frozenset({"active", "paid", "credited", "withdrawn", "closed", "rejected"})
"""What a status word may mean; ``closed`` is an end whose reason only the closing word may tell."""

RECIPES = frozenset({"md5(data+secret)", "md5(secret+data)", "hmac-md5(data)"})
"""Ways a webhook may be signed; which one Kravia uses is not known."""

ACTIONS: Mapping[str, frozenset[str]] = {
    "withdraw": frozenset({"invoiceId"}),
    "object": frozenset({"invoiceId"}),
    "reverse_payment": frozenset({"invoiceId", "paymentId"}),
}
"""What there may be a call for, and the ids it may carry."""

_METHODS = frozenset({"DELETE", "PATCH", "POST", "PUT"})
_PLACEHOLDER = re.compile(r"\{([A-Za-z]+)\}")

_ROW_FIELDS = (
    "invoiceId",
    "lastUpdatedTime",
    "accountingInvoiceId",
    "invoiceNo",
    "invoiceDate",
    "originalAmount",
    "debtorNumber",
    "status",
    "creditorId",
)
_DETAILS_FIELDS = (*_ROW_FIELDS, "debtorName", "closingReason", "remainingCapital")
_PAYMENT_FIELDS = (
    "paymentId",
    "date",
    "amount",
    "capital",
    "AccountingPaymentId",
    "reversed",
    "isCreditNote",
)
_SETTLEMENT_FIELDS = (
    "settlementId",
    "date",
    "amount",
    "currencyCode",
    "creditorId",
    "costs",
    "costsVat",
)
_LINE_FIELDS = ("invoiceId", "amount", "capital", "interest", "fees")
_PAGE_SIZE_MAX_ROWS = 10_000  # beyond this a page no longer fits the response cap


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAssumptions:
    """The register call: how it is written, where its answer holds the new id."""

    is_private_individual_as_text: bool
    id_paths: Paths
    envelope: str | None
    extra_fields: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAssumptions:
    """The delta feed. ``fields`` maps the names of ``wire.SearchRow`` to paths in a row."""

    order_by: str
    by_ascending: str
    creditor_parameter: str | None
    beginning: str | None
    boundary_is_inclusive: bool
    page_size_rows: int
    envelope: str | None
    fields: Mapping[str, Paths]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsAssumptions:
    """One invoice. ``payments_paths`` empty: details carry no payments.

    ``reversed_words`` and ``credit_note_words`` (lower case) are what those fields hold when true;
    a JSON ``true`` counts as ``"true"``.
    """

    envelope: str | None
    fields: Mapping[str, Paths]
    payments_paths: Paths
    payment_fields: Mapping[str, Paths]
    reversed_words: frozenset[str]
    credit_note_words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementAssumptions:
    """Kravia's statements of its pay-outs and their lines."""

    creditor_parameter: str | None
    currency: str
    envelope: str | None
    fields: Mapping[str, Paths]
    line_paths: Paths
    line_fields: Mapping[str, Paths]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """A call that Kravia told the operator; ``path`` and ``body`` hold placeholders for ids."""

    method: str
    path: str
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """All of it. Words are lower case; ``envelopes`` are unwrapped wherever they are met."""

    auth_header: str
    auth_prefix: str
    time_zone: ZoneInfo
    envelopes: tuple[str, ...]
    error_paths: Paths
    register: RegisterAssumptions
    search: SearchAssumptions
    details: DetailsAssumptions
    settlements: SettlementAssumptions
    status_words: Mapping[str, str]
    closing_words: Mapping[str, str]
    webhook_recipe: str | None
    actions: Mapping[str, ActionCall | None]
    objection_words: frozenset[str]

    def meaning(self, status: str | None, closing_reason: str | None = None) -> str | None:
        """Return what a raw status means (one of ``MEANINGS``), None if the word is unknown.

        Where the status only says *closed*, a known closing word says why.
        """
        word = self.status_words.get((status or "").strip().lower())
        if word == "closed" and closing_reason is not None:
            return self.closing_words.get(closing_reason.strip().lower(), word)
        return word

    def words_for(self, meaning: str) -> tuple[str, str | None]:
        """Return (status word, closing word) that express ``meaning``; what a simulator answers."""
        for word, meant in self.status_words.items():
            if meant == meaning:
                return word, None
        closed = next(word for word, meant in self.status_words.items() if meant == "closed")
        return closed, next(word for word, meant in self.closing_words.items() if meant == meaning)


def parse_assumptions(document: Mapping[str, object]) -> Assumptions:
    """Check the whole document. ``ValueError`` names the key that is missing, wrong or unknown."""
    root = PathsSection(document)
    auth = root.section("auth")
    webhook = root.section("webhook")
    actions = root.section("actions")
    assumptions = Assumptions(
        auth_header=auth.text("header").lower(),
        auth_prefix=auth.text("prefix", may_be_empty=True),
        time_zone=root.zone("time_zone"),
        envelopes=root.texts("envelopes"),
        error_paths=root.texts("error_paths"),
        register=_register(root.section("register")),
        search=_search(root.section("search")),
        details=_details(root.section("details")),
        settlements=_settlements(root.section("settlements")),
        status_words=root.words("status_words", MEANINGS),
        closing_words=root.words("closing_words", MEANINGS - {"active"}),
        webhook_recipe=webhook.optional_text("recipe", allowed=RECIPES),
        actions={name: _action(actions.section(name), ids) for name, ids in ACTIONS.items()},
        objection_words=frozenset(word.lower() for word in actions.texts("objection_words")),
    )
    actions.finish()
    auth.finish()
    webhook.finish()
    root.finish()
    _check_envelopes(assumptions)
    _check_words(assumptions)
    return assumptions


def _register(section: PathsSection) -> RegisterAssumptions:
    kind = section.text("is_private_individual", allowed=frozenset({"string", "boolean"}))
    register = RegisterAssumptions(
        is_private_individual_as_text=kind == "string",
        id_paths=section.texts("id", required=True),
        envelope=section.optional_text("envelope"),
        extra_fields=frozenset(section.texts("extra_fields")),
    )
    section.finish()
    return register


def _search(section: PathsSection) -> SearchAssumptions:
    search = SearchAssumptions(
        order_by=section.text("order_by"),
        by_ascending=section.text("by_ascending"),
        creditor_parameter=section.optional_text("creditor_parameter"),
        beginning=section.optional_text("beginning"),
        boundary_is_inclusive=section.flag("boundary_is_inclusive"),
        page_size_rows=section.number("page_size_rows", 1, _PAGE_SIZE_MAX_ROWS),
        envelope=section.optional_text("envelope"),
        fields=section.fields("fields", _ROW_FIELDS, required={"invoiceId", "lastUpdatedTime"}),
    )
    section.finish()
    return search


def _details(section: PathsSection) -> DetailsAssumptions:
    payments = section.section("payments")
    paths = payments.texts("list")
    details = DetailsAssumptions(
        envelope=section.optional_text("envelope"),
        fields=section.fields("fields", _DETAILS_FIELDS, required=set()),
        payments_paths=paths,
        payment_fields=payments.fields(
            "fields", _PAYMENT_FIELDS, required={"paymentId", "date", "amount"} if paths else set()
        ),
        reversed_words=frozenset(word.lower() for word in payments.texts("reversed_words")),
        credit_note_words=frozenset(word.lower() for word in payments.texts("credit_note_words")),
    )
    payments.finish()
    section.finish()
    return details


def _settlements(section: PathsSection) -> SettlementAssumptions:
    lines = section.section("lines")
    settlements = SettlementAssumptions(
        creditor_parameter=section.optional_text("creditor_parameter"),
        currency=section.text("currency"),
        envelope=section.optional_text("envelope"),
        fields=section.fields("fields", _SETTLEMENT_FIELDS, required={"settlementId", "amount"}),
        line_paths=lines.texts("list", required=True),
        line_fields=lines.fields("fields", _LINE_FIELDS, required={"invoiceId", "amount"}),
    )
    lines.finish()
    section.finish()
    return settlements


def _action(section: PathsSection, ids: frozenset[str]) -> ActionCall | None:
    """Read ``METHOD /path`` and its body; only the ids of the action may be filled in."""
    call, body = section.optional_text("call"), section.optional_text("body")
    section.finish()
    if call is None:
        return None
    method, _, path = call.partition(" ")
    if method not in _METHODS or not path.startswith("/") or not path.isprintable():
        raise ValueError(
            f"{section.name}.call: must be a method ({', '.join(sorted(_METHODS))}) and a path,"
            ' such as "POST /api/v2/invoice/{invoiceId}/withdraw"'
        )
    unknown = set(_PLACEHOLDER.findall(f"{path} {body or ''}")) - ids
    if unknown:
        raise ValueError(
            f"{section.name}: {{{min(unknown)}}} is not known here; there are"
            f" {', '.join(sorted(ids))}"
        )
    return ActionCall(method=method, path=path, body=body)


def _check_envelopes(assumptions: Assumptions) -> None:
    """An envelope the simulator writes must be one the client takes off."""
    for section in ("register", "search", "details", "settlements"):
        envelope = getattr(assumptions, section).envelope
        if envelope is not None and envelope not in assumptions.envelopes:
            raise ValueError(f"{section}.envelope: must be one of envelopes")


def _check_words(assumptions: Assumptions) -> None:
    """Every meaning must be expressible, or an end at Kravia could never be recognised."""
    expressed = set(assumptions.status_words.values())
    if "active" not in expressed or "closed" not in expressed:
        raise ValueError("status_words: needs a word for active and one for closed")
    missing = MEANINGS - expressed - set(assumptions.closing_words.values())
    if missing:
        raise ValueError(f"status_words, closing_words: no word means {', '.join(sorted(missing))}")
