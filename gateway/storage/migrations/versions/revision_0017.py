"""Lists of claims by invoice number, of all creditors at once."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the index."""
    op.create_index("claim_of_number", "claim", ["invoice_number", "seq"])
