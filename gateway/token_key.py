"""The key of identity hashes: a file beside a SQLite file, made once, missed loudly; else a row."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import sqlalchemy as sa
import structlog

from gateway.operations.gateway import Gateway
from gateway.operations.tell import alert
from gateway.storage import claims
from gateway.storage.database import Database
from gateway.storage.desk import NewAlert, clear_alert
from gateway.storage.group_commit import UNLOCKED
from gateway.storage.insertion import insertion_once
from gateway.storage.tables import token_key as token_key_table

logger = structlog.get_logger(__name__)

TOKENS = "tokens"
"""The name of the key in the database."""

TOKEN_KEY_BYTES = 32
"""The key of the hashes by which debtors are compared: 256 random bits, made at the first start."""


def token_key(database_path: Path) -> tuple[bytes, bool]:
    """The key beside the database, and whether it was made just now: it is made once."""
    path = _token_key_path(database_path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text(encoding="ascii").strip()), False
    key = secrets.token_bytes(TOKEN_KEY_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex())
    return key, True


def key_of_file(database_path: Path) -> bytes | None:
    """The key beside the database; None where there is no such file."""
    path = _token_key_path(database_path)
    return bytes.fromhex(path.read_text(encoding="ascii").strip()) if path.is_file() else None


async def shared_token_key(database: Database) -> bytes:
    """The key in a database that several processes share: whoever comes first makes it.

    Nothing is lost by its place while the debtors' facts stand in the same database, and nobody
    has to carry a file from one machine to the next.
    """
    fresh = secrets.token_bytes(TOKEN_KEY_BYTES)

    def find_or_make(connection: sa.Connection) -> bytes:
        values = {"name": TOKENS, "key": fresh}
        connection.execute(insertion_once(connection, token_key_table), values)
        query = sa.select(token_key_table.c.key).where(token_key_table.c.name == TOKENS)
        return bytes(connection.execute(query).scalar_one())

    return await database.write(find_or_make, scope=UNLOCKED)


def _token_key_path(database_path: Path) -> Path:
    return Path(f"{database_path}.key")


async def say_if_key_was_lost(gateway: Gateway, database_path: Path, *, is_new: bool) -> None:
    """Alert, until the next start, where there are claims hashed with a key that is gone.

    A debtor's new claim then looks like another person's than the old ones, and goes to review.
    """
    path = _token_key_path(database_path)

    def say(connection: sa.Connection) -> None:
        for creditor_id in gateway.creditors:
            if not is_new or not claims.exist(connection, creditor_id):
                clear_alert(connection, creditor_id, "key_lost", path.name)
                continue
            logger.warning("key.lost", creditor_id=creditor_id)
            new = NewAlert(
                creditor_id=creditor_id,
                kind="key_lost",
                about=path.name,
                text=f"{path.name} was gone and is made anew: identity hashes of claims from before"
                " cannot be compared, and their debtors' new claims go to review",
                command=f"stop serve, restore {path} from the backup, start serve",
            )
            alert(connection, gateway, new, gateway.clock())

    await gateway.database.write(say)
