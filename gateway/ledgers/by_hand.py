"""Money that nobody books by machine, as tasks in the same words at every ledger."""

from __future__ import annotations

from gateway.ledgers.ledger import ByHand


def money_by_hand(ledger: str, kind: str, data: dict[str, object]) -> ByHand:
    """Say what a person must book in the ``ledger``; ids and amounts only.

    ``kind`` is ``settlement.received``, ``payment.collected`` or ``payment.collected_reversed``.
    """
    amount = f"{data.get('amount')} {data.get('currency')}"
    if kind == "settlement.received":
        about = str(data.get("settlement_id"))
        text = (
            f"Kravia paid out {amount} with settlement {about}: see that each of its lines is"
            f" booked in {ledger} once (single payments may have tasks of their own)"
        )
        return ByHand(kind="book_settlement", about=about, text=text)
    about = str(data.get("payment_id"))
    if kind == "payment.collected":
        text = (
            f"Kravia collected {amount} (payment {about}) on {data.get('paid_on')}: when its"
            f" pay-out has arrived, see that the principal is booked in {ledger} once"
        )
        return ByHand(kind="book_payment", about=about, text=text)
    text = f"Kravia took payment {about} of {amount} back: undo it in {ledger} if it was booked"
    return ByHand(kind="book_reversal", about=about, text=text)
