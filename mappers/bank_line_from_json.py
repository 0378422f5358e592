"""A line of the bank as JSON states it, as the domain's value."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.bank_line import BankLine
from gateway.schema.bank_line import BankLineModel


def bank_line_from_json(model: BankLineModel) -> BankLine:
    """Map a line; everything was checked by the model."""
    return BankLine(
        identity=model.identity,
        place=model.place,
        account=model.account,
        on=model.on,
        amount=Decimal(model.amount),
        currency=model.currency,
        is_return=model.is_return,
        kids=tuple(model.kids),
        payer_account=model.payer_account,
        text=model.text,
    )
