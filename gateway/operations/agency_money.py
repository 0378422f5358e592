"""Kravia's own money, known by the account it comes from or the words that come with it."""

from __future__ import annotations

from gateway.domain.bank_account import plain_account
from gateway.operations.creditor import Creditor


def is_from_agency(creditor: Creditor, payer_account: str | None, text: str | None) -> bool:
    """Whether the settings name the payer's account, or a word of the text, as Kravia's."""
    account = plain_account(payer_account or "")
    words = (text or "").lower()
    return account in _accounts(creditor) or any(word in words for word in creditor.payout_texts)


def is_from_another(creditor: Creditor, payer_account: str | None) -> bool:
    """Whether Kravia's accounts are known, and the payer's is none of them."""
    account, known = plain_account(payer_account or ""), _accounts(creditor)
    return bool(account and known) and account not in known


def _accounts(creditor: Creditor) -> frozenset[str]:
    return frozenset(plain_account(each) for each in creditor.payout_accounts)
