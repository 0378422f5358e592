"""What Alembic runs for every command; the connection comes from ``gateway.storage.migration``."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
