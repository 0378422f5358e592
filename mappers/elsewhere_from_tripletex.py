"""What Tripletex says of other hands a claim is in, as the domain's value."""

from __future__ import annotations

from clients.tripletex.wire import Invoice
from gateway.domain.invoice import Elsewhere, ElsewhereStanding
from mappers.notices_from_tripletex import KINDS


def elsewhere_from_tripletex(invoice: Invoice) -> Elsewhere | None:
    """Return None for a claim in the creditor's own hands.

    ``customer.isFactoring``: the customer's invoices go to a factoring company, which owns them or
    collects them. A letter of the kind ``DEBT_COLLECTION``, or of a kind nobody knows, has no
    documented meaning: a person is asked.
    """
    if invoice.customer is not None and invoice.customer.isFactoring is True:
        return Elsewhere(standing=ElsewhereStanding.SOLD, word="isFactoring")
    unknown = [each.type for each in invoice.reminders if each.type not in KINDS]
    if unknown:
        word = f"reminder {unknown[-1] or 'without a type'}"
        return Elsewhere(standing=ElsewhereStanding.UNKNOWN, word=word)
    return None
