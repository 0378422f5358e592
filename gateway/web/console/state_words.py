"""What states, outcomes and kinds are called on a page; a word that is not here is shown raw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.web.console.reader import phrase

_WORDS: Final[Mapping[str, str]] = {
    # claims
    "received": phrase("received"),
    "held": phrase("held"),
    "review": phrase("in review"),
    "rejected": phrase("rejected"),
    "ready": phrase("ready"),
    "sending": phrase("being sent"),
    "active": phrase("at Kravia"),
    "closed": phrase("closed"),
    # why they are closed
    "paid": phrase("paid"),
    "credited": phrase("credited"),
    "withdrawn": phrase("withdrawn"),
    "written_off": phrase("written off"),
    "closed_by_agency": phrase("closed by Kravia"),
    "rejected_by_agency": phrase("rejected by Kravia"),
    # decisions
    "forward": phrase("may go to Kravia"),
    "hold": phrase("hold"),
    "reject": phrase("reject"),
    # messages
    "pending": phrase("waits to be sent"),
    "leased": phrase("is being sent"),
    "delivered": phrase("delivered"),
    "in_doubt": phrase("in doubt"),
    "parked": phrase("parked"),
    "cancelled": phrase("cancelled"),
    "retrying": phrase("waits to be tried again"),
    "quarantined": phrase("in doubt, left to a person"),
    # lines of the bank, settlements and their parts
    "matched": phrase("matched"),
    "unmatched": phrase("unmatched"),
    "ocr": phrase("OCR file"),
    "camt054": phrase("camt.054 file"),
    "hand": phrase("a person"),
    "told_by_bank": phrase("told by the bank"),
    "to_book": phrase("to be booked"),
    "to_mark": phrase("Kravia is being told"),
    "marked": phrase("booked, and Kravia knows"),
    "not_marked": phrase("booked, Kravia was not told"),
    "principal": phrase("principal"),
    "interest": phrase("interest"),
    "fees": phrase("fees"),
    "costs": phrase("Kravia's costs"),
    "vat": phrase("VAT on Kravia's costs"),
    "unexplained": phrase("what Kravia does not explain"),
    "yes": phrase("yes"),
    # what a search found a claim by
    "invoice_number": phrase("invoice number"),
    "debtor_number": phrase("debtor number"),
    "kravia_id": phrase("Kravia's id"),
    "kid": phrase("KID"),
    "organization_number": phrase("organisation number"),
    "claim_id": phrase("the claim's id"),
    "case_id": phrase("the case's id"),
    # an invoice from elsewhere
    "person": phrase("person, or a sole proprietorship"),
    "organization": phrase("business"),
    "public": phrase("public body"),
    "post": phrase("by post"),
    "digital_mailbox": phrase("to a digital mailbox"),
    "portal": phrase("in a portal"),
    "efaktura": phrase("as eFaktura"),
    "email_recently_used": phrase("by e-mail, to an address used lately"),
    "email": phrase("by e-mail"),
    "sms": phrase("by text message"),
    "number": phrase("number"),
    "name_and_postal_code": phrase("name and postal code"),
    "new": phrase("new"),
    "changes": phrase("changes a known one"),
    "registered_before": phrase("was registered before"),
    "refused": phrase("refused"),
    "later": phrase("later than that"),
    # what was sent beside what is there
    "same": phrase("the same"),
    "differs": phrase("differs"),
    "not told": phrase("not told"),
    "mirror": phrase("the copy of Kravia's list"),
    "details": phrase("Kravia's details"),
    # replays
    "messages": phrase("messages"),
    "events": phrase("events"),
    "freezing": phrase("the set is written down"),
    "running": phrase("running"),
    "done": phrase("done"),
    "left_out": phrase("left out"),
    "unchanged": phrase("unchanged"),
    "sent_again": phrase("sent again"),
    "told_again": phrase("told again"),
    "what": phrase("of"),
    "creditor": phrase("creditor"),
    "state": phrase("state"),
    "type": phrase("type"),
    "error": phrase("error"),
    "since": phrase("since"),
    "until": phrase("until"),
    # events
    "recorded": phrase("recorded"),
    "handled": phrase("handled"),
    "waiting": phrase("waiting"),
    "ignored": phrase("ignored"),
    "conflict": phrase("in conflict"),
    "repaired": phrase("repaired"),
    "stale": phrase("stale"),
    # roles and remotes
    "viewer": phrase("viewer"),
    "operator": phrase("operator"),
    "admin": phrase("admin"),
    "kravia": phrase("Kravia"),
    "ledger": phrase("ledger"),
    "notify": phrase("notify"),
    # what people do
    "claims.approve": phrase("approved"),
    "claims.hold": phrase("put on hold"),
    "claims.release": phrase("released"),
    "claims.withdraw": phrase("withdrawn"),
    "claims.note": phrase("noted"),
    "claims.reveal": phrase("looked at personal data"),
    "outbox.resend": phrase("sent again"),
    "outbox.cancel": phrase("cancelled"),
    "doubts.adopt": phrase("doubt ended: it is there"),
    "doubts.resend": phrase("doubt ended: sent again"),
    # receipts
    "payment": phrase("payment"),
    "credit_note": phrase("credit note"),
    "before_hand_over": phrase("inside what Kravia was given"),
    "to_report": phrase("to be reported to Kravia"),
    "reported": phrase("reported to Kravia"),
    "not_reported": phrase("not reported to Kravia"),
    "payout": phrase("Kravia's own money"),
    "ambiguous": phrase("a person must say whose money it is"),
    "surplus": phrase("more than was open"),
    "reversed": phrase("reversed"),
}


def word(name: str) -> str:
    """The English text of a word, marked for translation."""
    return _WORDS.get(name, name)
