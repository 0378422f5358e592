"""A country as people type it into Conta, as ISO 3166-1 alpha-2."""

from __future__ import annotations

from clients.conta.assumptions import Assumptions
from mappers.country_from_text import country_from_text


def country_from_conta(
    text: str | None, postcode: str | None, assumptions: Assumptions
) -> str | None:
    """As ``country_from_text``; an absent one is ``customers.absent_country``."""
    return country_from_text(text, postcode, assumptions.customers.absent_country)
