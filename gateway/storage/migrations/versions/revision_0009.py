"""Keyed hashes by which a debtor is found: of the organisation number, of name and postal code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WORDS

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add them empty: ``gateway.operations.known_debtors`` fills what older claims lack."""
    op.add_column("claim", sa.Column("organization_token", WORDS))
    op.add_column("claim", sa.Column("name_token", WORDS))
    op.create_index("claim_by_organization", "claim", ["creditor_id", "organization_token"])
    op.create_index("claim_by_name", "claim", ["creditor_id", "name_token"])
