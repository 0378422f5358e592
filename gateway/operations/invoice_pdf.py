"""A link to the invoice as it was sent, for a person who asks; the audit tells who asked.

A ledger that is asked gives a link that is temporary and opens to whoever holds it. It is fetched
at that moment and stored nowhere: kept with the facts, it would make each reading look new. Kravia
is not told of it: no field of the register call is documented that could carry it.
"""

from __future__ import annotations

from functools import partial

from clients.errors import ClientError
from gateway.operations.arguments import Arguments, needed, reason_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims
from gateway.storage.claims import Claim
from gateway.storage.desk import record_action


async def invoice_pdf(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Give the link that came with the invoice, or ask the ledger for one."""
    claim_id = needed(arguments, "claim_id")
    claim = await gateway.database.read(lambda connection: claims.get(connection, claim_id))
    if claim is None:
        raise OperationError(
            f"there is no claim {claim_id}; list them with: claims list", kind="not_found"
        )
    url = claim.invoice(gateway.seal).pdf_url or await _from_ledger(gateway, claim)
    if url is None:
        raise OperationError(
            f"the ledger gives no PDF of invoice {claim.invoice_number}: look at it there."
            " Conta may give one with files.enabled = true in the Conta assumptions",
            kind="not_found",
        )
    await gateway.database.write(
        partial(
            record_action,
            actor=actor,
            action="claims.show --pdf",
            subject=claim_id,
            reason=reason_of(arguments),
            now=gateway.clock(),
        )
    )
    return {"claim_id": claim_id, "invoice_id": claim.invoice_id, "pdf_url": url}


async def _from_ledger(gateway: Gateway, claim: Claim) -> str | None:
    ledger = gateway.ledgers.get(claim.creditor_id)
    if ledger is None or ledger.source is None:
        return None
    try:
        return await ledger.source.pdf_link(claim.invoice_id)
    except ClientError as error:
        text = f"the ledger did not answer: {error}. Try: creditors check {claim.creditor_id}"
        raise OperationError(text, kind="unreachable") from error
