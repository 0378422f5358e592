"""Kravia's own words, as values: what is sent and what comes back.

Attribute names are the remote's, in the casing of its samples where the portal shows them. The
names on the wire of everything Kravia does not document stand in ``config/kravia.toml``; here such
a fact has the most likely name. Money is ``Decimal`` in major units, ids are text, and
``lastUpdatedTime`` is the server's own string, kept letter by letter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """The debtor's postal address; ``addressCountryCode`` is ISO 3166 alpha-2."""

    addressAddressLine1: str | None
    addressPostalCode: str | None
    addressCity: str | None
    addressCountryCode: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRequest:
    """``POST /api/v2/invoice/register``. ``extra`` may hold only names the assumptions allow."""

    claimType: str
    creditorId: int
    accountingInvoiceId: str | None
    debtorName: str
    debtorNumber: str
    email: str | None
    ssn: str | None
    organizationNumber: str | None
    isPrivateIndividual: bool
    postalAddress: PostalAddress
    invoiceNo: str
    invoiceDate: dt.date
    dueDate: dt.date
    originalAmount: Decimal
    currencyCode: str
    description: str | None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceShare:
    """The part of a payment or credit note that falls on one invoice; ``amount`` is positive."""

    invoiceId: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """``POST /api/v2/invoice/payment``: money the debtor paid straight to the creditor."""

    date: dt.date
    description: str
    AccountingPaymentId: str
    amount: Decimal
    invoices: tuple[InvoiceShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteRequest:
    """``POST /api/v2/invoice/creditnote``.

    Amounts are positive here; the protocol writes the minus signs Kravia's sample shows.
    """

    date: dt.date
    description: str
    AccountingPaymentId: str
    amount: Decimal
    invoices: tuple[InvoiceShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """One row of ``GET /api/v2/invoice/search``; None where Kravia did not say."""

    invoiceId: str
    lastUpdatedTime: str
    accountingInvoiceId: str | None
    invoiceNo: str | None
    invoiceDate: dt.date | None
    originalAmount: Decimal | None
    debtorNumber: str | None
    status: str | None
    creditorId: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of the feed; ``server_date`` is the answer's Date header, aware UTC, if any."""

    rows: tuple[SearchRow, ...]
    server_date: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailPayment:
    """A payment or credit note on an invoice; ``capital`` is the part that reduced the principal.

    ``amount`` is positive. ``AccountingPaymentId`` is set on those we reported ourselves.
    """

    paymentId: str
    date: dt.date
    amount: Decimal
    capital: Decimal | None
    AccountingPaymentId: str | None
    reversed: bool
    isCreditNote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDetails:
    """``GET /api/v2/invoice/{id}/details``; ``payments`` is None where no path is assumed."""

    invoiceId: str
    lastUpdatedTime: str | None
    accountingInvoiceId: str | None
    invoiceNo: str | None
    invoiceDate: dt.date | None
    originalAmount: Decimal | None
    debtorNumber: str | None
    status: str | None
    creditorId: int | None
    debtorName: str | None
    closingReason: str | None
    remainingCapital: Decimal | None
    payments: tuple[DetailPayment, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """What one invoice brought in a settlement, and of that the parts Kravia names.

    ``capital`` is principal; each part is None where it is not said.
    """

    invoiceId: str
    amount: Decimal
    capital: Decimal | None
    interest: Decimal | None = None
    fees: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Kravia's statement of one pay-out to the creditor.

    ``costs`` (without VAT) and ``costsVat`` are what Kravia kept, positive; None: not said.
    """

    settlementId: str
    date: dt.date | None
    amount: Decimal
    currencyCode: str
    creditorId: int | None
    lines: tuple[SettlementLine, ...]
    costs: Decimal | None = None
    costsVat: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadSettlement:
    """A settlement of the list that cannot be understood: its JSON as it came, and why.

    ``settlementId`` and ``creditorId`` are None where not even they can be read. ``raw`` may hold
    personal data.
    """

    settlementId: str | None
    creditorId: int | None
    raw: bytes
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementList:
    """The pay-outs that are not booked yet, as far as they can be read."""

    read: tuple[Settlement, ...]
    unread: tuple[UnreadSettlement, ...] = ()

    def has(self, settlement_id: str) -> bool | None:
        """Whether a settlement is in the list; None: it may be one that names no id."""
        unread = {each.settlementId for each in self.unread}
        if settlement_id in unread or any(each.settlementId == settlement_id for each in self.read):
            return True
        return None if None in unread else False
