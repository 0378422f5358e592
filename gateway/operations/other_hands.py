"""The creditor's ledger gave a claim into other hands: its own link to an agency, or a sale.

======== ============================================= ==========================================
standing before hand-over                              Kravia has it from us, or may
======== ============================================= ==========================================
running  rejected (GW-04); a critical alert            a critical alert, frozen, a task
sold     rejected (GW-04)                              a task
ended    review (GW-04)                                nothing: the alert and the freeze end
unknown  review (GW-04); an alert                      an alert, a task
======== ============================================= ==========================================
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.domain.claim import LIVE_AT_AGENCY, ClaimState
from gateway.domain.invoice import Elsewhere, ElsewhereStanding, Invoice
from gateway.domain.oslo import oslo_date
from gateway.operations.gateway import Gateway
from gateway.operations.tell import alert, ask_person
from gateway.storage import claims
from gateway.storage.claims import Claim
from gateway.storage.desk import NewAlert, clear_alert, finish_tasks

SENT_BY_LEDGER = "sent_by_ledger"
"""The kind of alert about a claim that the ledger's own link sent to an agency too."""

UNKNOWN_LEDGER_STATUS = "unknown_ledger_status"
"""The kind of alert about a word of the ledger's that nobody has given a meaning."""

CHANGED_TASK = "changed_after_hand_over"
"""The kind of task that asks a person whether a claim is still the creditor's."""

DOUBLED_TASK = "doubled_by_ledger"
"""The kind of task that asks a person to end one of two cases."""


def runs_elsewhere(invoice: Invoice) -> bool:
    """Whether the ledger's own link has the claim at an agency now."""
    elsewhere = invoice.elsewhere
    return elsewhere is not None and elsewhere.standing is ElsewhereStanding.RUNNING


def follow_snapshot(
    connection: sa.Connection, gateway: Gateway, claim: Claim, before: Invoice | None, now: datetime
) -> Claim:
    """Act on what a snapshot says of other hands; the caller decides the debtor's claims again."""
    invoice = claim.invoice(gateway.seal)
    if runs_elsewhere(invoice):
        return _is_doubled(connection, gateway, claim, invoice.elsewhere, before, now)
    if before is not None and runs_elsewhere(before):
        claim = _is_single_again(connection, claim, invoice, now)
    elsewhere = invoice.elsewhere
    if elsewhere is None:
        return claim
    if elsewhere.standing is ElsewhereStanding.UNKNOWN:
        _word_is_unknown(connection, gateway, claim, elsewhere.word, now)
    is_news = before is None or before.elsewhere != elsewhere
    if claim.state in LIVE_AT_AGENCY and elsewhere.standing is not ElsewhereStanding.ENDED:
        text = (
            f"after hand-over the ledger says {elsewhere.word!r} of the invoice: look at it there,"
            " and withdraw the claim in Kravia's portal if it is no longer the creditor's"
        )
        if is_news:
            ask_person(connection, gateway, claim, CHANGED_TASK, text, now)
    return claim


def _is_doubled(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    elsewhere: Elsewhere | None,
    before: Invoice | None,
    now: datetime,
) -> Claim:
    word = "" if elsewhere is None else elsewhere.word
    if claim.state is ClaimState.CLOSED:
        return claim
    is_at_agency = claim.state in LIVE_AT_AGENCY
    if before is None and not is_at_agency:
        return claim  # never ours: the ledger's link had it before we heard of it
    new = NewAlert(
        creditor_id=claim.creditor_id,
        kind=SENT_BY_LEDGER,
        about=claim.claim_id,
        text=f"critical: the ledger's own link sent invoice {claim.invoice_id} to an agency"
        f" ({word}){', and we registered it too' if is_at_agency else ''}",
        command=f"kravia-gateway claims show {claim.claim_id}",
    )
    alert(connection, gateway, new, now)
    if not is_at_agency:
        return claim
    text = (
        f"the ledger's own link sent this claim to an agency too ({word}): withdraw it in the"
        " ledger, or ours in Kravia's portal, so that the debtor has one case"
    )
    ask_person(connection, gateway, claim, DOUBLED_TASK, text, now)
    if claim.frozen_on is not None:
        return claim
    return claims.change(connection, claim, now, frozen_on=oslo_date(now).isoformat())


def _is_single_again(
    connection: sa.Connection, claim: Claim, invoice: Invoice, now: datetime
) -> Claim:
    """The ledger's link let go: what stood because of it ends, an objection's freeze does not."""
    clear_alert(connection, claim.creditor_id, SENT_BY_LEDGER, claim.claim_id)
    finish_tasks(connection, claim.claim_id, {DOUBLED_TASK}, now)
    objection = invoice.objection
    if claim.frozen_on is None or (objection is not None and objection.outcome is None):
        return claim
    return claims.change(connection, claim, now, frozen_on=None)


def _word_is_unknown(
    connection: sa.Connection, gateway: Gateway, claim: Claim, word: str, now: datetime
) -> None:
    new = NewAlert(
        creditor_id=claim.creditor_id,
        kind=UNKNOWN_LEDGER_STATUS,
        about=word,
        text=f"the ledger's status {word!r} of invoice {claim.invoice_id} has no known meaning:"
        " its claims wait for a person",
        command=f"kravia-gateway claims show {claim.claim_id}",
    )
    alert(connection, gateway, new, now)
