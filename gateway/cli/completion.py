"""What the shell may offer for an argument: nothing here opens the database, locks or waits.

Creditors are read from the settings file alone; the rest are the words of the program itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer


def creditor_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Creditors of the settings file; nothing where it cannot be read."""
    from gateway.settings import Settings
    from gateway.settings_faults import SettingsError

    named = context.find_root().params.get("config")
    try:
        settings = Settings.load(Path(named) if named else None, need_secrets=False)
    except (SettingsError, OSError):
        return []
    return _beginning(settings.creditors, incomplete)


def event_types(incomplete: str) -> list[str]:
    """Types of the contract."""
    from gateway.schema.webhooks import KNOWN_TYPES

    return _beginning(KNOWN_TYPES, incomplete)


def outcomes(incomplete: str) -> list[str]:
    """What may become of an event."""
    from gateway.storage.events import OUTCOMES

    return _beginning(OUTCOMES, incomplete)


def message_kinds(incomplete: str) -> list[str]:
    """Messages to Kravia, and to whom others go."""
    from gateway.operations.messages import Kind

    return _beginning(Kind, incomplete)


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return [str(word) for word in words if str(word).startswith(incomplete)]
