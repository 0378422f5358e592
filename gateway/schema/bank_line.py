"""A line of the bank as JSON, as the command line hands it to the server."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from gateway.schema.fields import Amount, Currency, Day, Flag, Id, Model, Short, Text

KIDS_MAX = 1_000
"""Invoices that one sum may pay; beyond that it is a list of its own."""


class BankLineModel(Model):
    """See ``gateway.domain.bank_line.BankLine``."""

    identity: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    place: Id
    account: Id
    on: Day
    amount: Amount
    currency: Currency
    is_return: Flag = False
    kids: Annotated[list[Id], Field(max_length=KIDS_MAX)] = Field(default_factory=list)
    payer_account: Short | None = None
    text: Text | None = None

    @field_validator("amount")
    @classmethod
    def _is_more_than_nothing(cls, amount: str) -> str:
        if Decimal(amount) == 0:
            raise ValueError("must be more than 0")
        return amount
