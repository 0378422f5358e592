"""The key of identity hashes: a file beside the database, made once, missed loudly."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import sqlalchemy as sa
import structlog

from gateway.operations.gateway import Gateway
from gateway.operations.tell import alert
from gateway.storage import claims
from gateway.storage.desk import NewAlert, clear_alert

logger = structlog.get_logger(__name__)

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
