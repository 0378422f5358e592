"""What a ledger that takes nothing but payments answers, by who books what Kravia pays out."""

from __future__ import annotations

from gateway.ledgers.ledger import Answer, ByHand


def told_of_money(
    kind: str, data: dict[str, object], *, ledger: str, bank_books: bool, books: bool
) -> Answer:
    """Answer for a ledger of the name ``ledger`` that has nowhere to write a status.

    ``bank_books``: Kravia pays with the invoice's KID, and the bank's file books it
    (``payout_model = "kid"``). ``books``: the lines of settlements are booked by us (``"batch"``).
    With neither nobody knows how it comes (``"unknown"``), and a person books each.
    """
    if kind not in {"payment.collected", "payment.collected_reversed", "settlement.received"}:
        return Answer(result=f"not told: {ledger} has nowhere to write a status")
    if bank_books:
        return Answer(result='not booked: payout_model is "kid", so the bank\'s file books it')
    if not books:
        return Answer(
            result='not booked: payout_model is "unknown", so a person does',
            by_hand=_task(kind, data, ledger),
        )
    told = 'payout_model is "batch": the lines of settlements are booked, each by itself'
    is_reversal = kind == "payment.collected_reversed"
    return Answer(result=told, by_hand=_task(kind, data, ledger) if is_reversal else None)


def _task(kind: str, data: dict[str, object], ledger: str) -> ByHand:
    """Say what a person must book; ids and amounts only."""
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
