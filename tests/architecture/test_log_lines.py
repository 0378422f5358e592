"""Every log line is named by noun and past participle, with the ids of what it is about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from gateway.telemetry import ALLOWED_KEYS

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
IDS = {
    "message": {"creditor_id", "claim_id", "message_id"},
    "doubt": {"creditor_id", "claim_id", "message_id"},
    "event": {"creditor_id", "event_id"},
    "webhook": {"creditor_id"},
    "kravia_hint": {"creditor_id"},
    "feed": {"creditor_id"},
    "details": {"creditor_id"},
    "decision": {"creditor_id"},
    "ledger": {"creditor_id"},
    "remote": {"creditor_id", "system"},
    "key": {"creditor_id"},
    "seal": {"creditor_id"},
    "replay": {"replay_id"},
}
"""By the noun a line is named with, the ids that must stand beside it."""

MACHINERY = {
    "server",
    "database",
    "loop",
    "clock",
    "health",
    "operation",
    "library",
    "duty",
    "console",
}
"""Nouns that are about no creditor."""

ONLY_WHERE_KNOWN = {"webhook.conflicted": {"event_id"}, "webhook.rejected": {"event_id"}}


def _lines() -> Iterator[tuple[str, str, set[str]]]:
    """(place, name, keys) of each call of a logger in what is shipped."""
    for folder in ("gateway", "clients", "mappers", "outbox"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                if node.func.attr not in LEVELS or "log" not in ast.unparse(node.func.value):
                    continue
                if isinstance(node.func.value, ast.Call) and node.func.attr == "log":
                    continue  # passes the libraries' lines on
                name = ast.unparse(node.args[0]) if node.args else ""
                names = re.findall(r"'([a-z_.]+)'", name)
                for each in names or [name]:
                    yield f"{file.name}:{node.lineno}", each, {str(k.arg) for k in node.keywords}


LINES = list(_lines())


def test_every_line_has_a_name_and_only_keys_that_are_let_through() -> None:
    wrong = [
        (place, name)
        for place, name, keys in LINES
        if not re.fullmatch(r"[a-z_]+\.[a-z_]+", name) or not keys <= ALLOWED_KEYS
    ]

    assert wrong == []
    assert len(LINES) > 20


def test_every_line_has_the_ids_of_what_it_is_about() -> None:
    missing = []
    for place, name, keys in LINES:
        noun = name.split(".")[0]
        wanted = IDS.get(noun, set()) | ONLY_WHERE_KNOWN.get(name, set())
        if noun not in MACHINERY and (noun not in IDS or not wanted <= keys):
            missing.append((place, name, sorted(wanted - keys)))

    assert missing == []
