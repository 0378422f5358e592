"""Every kind of alert is known, explained, ends, and names a command that exists."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway.cli.main import app
from gateway.operations.alert_kinds import ALERT_KINDS
from gateway.operations.endings import STANDS

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
BY_LOOPS = {
    *("rates", "remote_down", "remote_rests", "inbox_old", "outbox_old", "clock"),
    *("feed", "ledger", "ledger_invoice", "ledger_deletions"),
    *("refused", "gone", "decision_failed", "key_lost"),
    *("settlements", "restored", "differences", "bank_lines"),
}
"""Kinds whose end the work itself sees; all others are looked up (``endings.STANDS``)."""


def _raised() -> Iterator[tuple[str, str, str]]:
    """(file, kind, command) of each ``NewAlert`` in the code, values in commands as ``X1``."""
    for file in sorted((ROOT / "gateway").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "NewAlert"):
                continue
            given = {each.arg: each.value for each in node.keywords}
            for kind in _words(given["kind"], module):
                for command in _words(given["command"], module):
                    yield file.name, kind, command


def _words(node: ast.expr, module: str) -> list[str]:
    """What an expression may be: a text, a constant's value, a text with values in it."""
    match node:
        case ast.Constant(value=str() as value):
            return [value]
        case ast.JoinedStr(values=parts):
            return ["".join(str(p.value) if isinstance(p, ast.Constant) else "X1" for p in parts)]
        case ast.Name() | ast.Attribute():
            found: Any = import_module(module)
            for name in ast.unparse(node).split("."):
                found = getattr(found, name, None)
            return [found] if isinstance(found, str) else []  # an argument: its callers are seen
        case _:
            return []


RAISED = [each for each in _raised() if each[1] in ALERT_KINDS or each[1].islower()]
COMMANDS = sorted({(kind, command) for _, kind, command in RAISED})


def test_every_place_that_raises_an_alert_raises_a_known_kind() -> None:
    assert {kind for _, kind, _ in RAISED} <= ALERT_KINDS
    assert len(RAISED) > 12


@pytest.mark.parametrize("kind", sorted(ALERT_KINDS))
def test_every_kind_has_a_runbook_entry_that_names_it(kind: str) -> None:
    table = RUNBOOK.split("\n### Alerts\n")[1].split("\n### ")[0]
    rows = re.findall(rf"^\|[^|]*`{kind}`[^|]*\| \[(.+?)\]\(#", table, flags=re.MULTILINE)
    assert len(rows) == 1
    heading = next(
        line
        for line in re.findall(r"^### (.+)$", RUNBOOK, flags=re.MULTILINE)
        if line.startswith(rows[0])
    )
    entry = RUNBOOK.split(f"\n### {heading}\n")[1].split("\n### ")[0]

    assert f"`{kind}`" in entry
    assert "**It means**" in entry or "**You do**" in entry


@pytest.mark.parametrize("kind", sorted(ALERT_KINDS))
def test_every_kind_ends(kind: str) -> None:
    assert (kind in STANDS) != (kind in BY_LOOPS)


@pytest.mark.parametrize(("kind", "command"), COMMANDS, ids=lambda value: str(value)[:60])
def test_the_command_of_an_alert_can_be_typed(kind: str, command: str) -> None:
    """``kravia-gateway`` and a command that takes these arguments, or what another program is."""
    program, _, rest = command.replace("X1 X1", "outbox show X1").partition(" ")
    if program != "kravia-gateway":
        assert kind in {"clock", "unknown_status", "key_lost", "settlements"}, command
        return
    _parse(typer.main.get_command(app), shlex.split(rest))


def _parse(command: Any, words: list[str]) -> None:
    context = command.make_context("kravia-gateway", words, resilient_parsing=False)
    while hasattr(command, "commands"):
        rest = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command = found
        context = command.make_context(name, rest, parent=context)
