"""The payments on an invoice, from the postings with its number and from what closes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from clients.tripletex.assumptions import Assumptions
from clients.tripletex.wire import CloseGroup, Invoice, Posting
from gateway.domain.invoice import Payment

_NOTHING = Decimal(0)


def payments_from_tripletex(
    invoice: Invoice,
    groups: Sequence[CloseGroup],
    credited: Decimal,
    assumptions: Assumptions,
) -> tuple[Payment, ...]:
    """Return the payments that stand, by the id of their posting.

    A payment is a negative posting of a type that is assumed to be money. One taken back stands
    beside its opposite: both go. What else made the remainder smaller (a voucher, a loss) is no
    payment, and its drop goes to a person. ``credited`` is what credit notes took off.

    One payment of several invoices carries no invoice's number and closes them together: this
    invoice's part is what its own payments and credits leave unexplained. Its id names both.
    """
    types = assumptions.payments.types
    own = [each for each in invoice.postings if each.type in types]
    payments = _standing(own)
    paid = sum((each.amount for each in payments), _NOTHING)
    left = invoice.amountCurrencyOutstanding or _NOTHING
    missing = (invoice.amountCurrency or _NOTHING) - max(left, _NOTHING) - credited - paid
    known = {each.id for each in invoice.postings}
    shared = [
        each
        for group in groups
        for each in group.postings
        if each.id not in known
        and each.type in types
        and each.invoiceNumber in {None, "0", str(invoice.invoiceNumber)}
        and _money(each) < 0
    ]
    return (*payments, *_parts(invoice, shared, missing))


def _standing(postings: Collection[Posting]) -> list[Payment]:
    """Return the payments in the order they came, without those that were taken back."""
    standing: list[Payment] = []
    for each in sorted(postings, key=lambda posting: posting.id):
        amount = _money(each)
        if amount < 0 and each.date is not None:
            standing.append(Payment(id=str(each.id), paid_on=each.date, amount=-amount))
        elif amount > 0:
            taken = next((one for one in reversed(standing) if one.amount == amount), None)
            if taken is not None:
                standing.remove(taken)
    return standing


def _parts(invoice: Invoice, shared: Sequence[Posting], missing: Decimal) -> list[Payment]:
    """Return this invoice's part of a payment of several, where it can only be one amount."""
    if missing <= 0 or len(shared) != 1:
        return []
    (only,) = shared
    if only.date is None or -_money(only) < missing:
        return []
    return [Payment(id=f"{only.id}-{invoice.id}", paid_on=only.date, amount=missing)]


def _money(posting: Posting) -> Decimal:
    """Return the amount in the invoice's currency."""
    amount = posting.amount if posting.amountCurrency is None else posting.amountCurrency
    return amount or _NOTHING
