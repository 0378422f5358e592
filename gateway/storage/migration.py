"""Brings the schema of an open database to this release's, by the revisions in ``migrations/``.

Alembic runs from code and inside the caller's transaction. It is imported only for a database of an
earlier release: importing it takes half a second. One that is new gets the tables as they are now;
a test holds that to be the same.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from gateway.storage.errors import DatabaseTooNew
from gateway.storage.tables import metadata

HEAD: Final = "0021"
"""The newest revision; a test compares it with the files."""

_SCRIPTS: Final = Path(__file__).with_name("migrations")


_VERSION: Final = sa.Table(  # as Alembic makes it
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def migrate(connection: sa.Connection) -> bool:
    """Run what is missing; False if nothing was. ``DatabaseTooNew`` for an unknown revision."""
    stored = stored_revision(connection)
    if stored == HEAD:
        return False
    if stored is None:
        _create(connection)
    else:
        upgrade(connection, stored)
    return True


def _create(connection: sa.Connection) -> None:
    """Make every table of this release in a database that has none."""
    metadata.create_all(connection, checkfirst=False)
    _VERSION.create(connection)
    connection.execute(sa.insert(_VERSION), {"version_num": HEAD})


def upgrade(connection: sa.Connection, stored: str | None) -> None:
    """Run every revision after the stored one, of which None is before the first."""
    from alembic import command  # noqa: PLC0415 - see the module's docstring
    from alembic.config import Config  # noqa: PLC0415 - slow to import
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow to import
    from alembic.util.exc import CommandError  # noqa: PLC0415 - slow to import

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    if stored is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(stored)
        except CommandError as error:
            raise DatabaseTooNew(
                f"the database is of a later release (revision {stored}; this release knows up to "
                f"{HEAD}): run that release, or restore a backup from before it"
            ) from error
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of its set-up at INFO
    command.upgrade(config, HEAD)


def is_current(connection: sa.Connection) -> bool:
    """Whether the schema is this release's."""
    return stored_revision(connection) == HEAD


def stored_revision(connection: sa.Connection) -> str | None:
    """The revision of the schema as it stands; None for a database never used."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    stored = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if stored is None else str(stored)
