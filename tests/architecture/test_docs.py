"""The documents say what the code does: states, commands, targets, links, README's snippet."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeVar

import pytest
import typer
import typer.main
from standardwebhooks import Webhook

from gateway.cli.main import app
from gateway.domain import claim
from gateway.storage.events import OUTCOMES
from mappers.invoice_from_csv import COLUMNS
from outbox import message

ROOT = Path(__file__).parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISION_HEADINGS = ["Status", "Context", "Decision", "Consequences", "Alternatives"]

State = TypeVar("State", bound=StrEnum)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _drawn(heading: str) -> set[tuple[str, str]]:
    """Arrows of the drawing under ``## heading`` in docs/states.md, without start and end."""
    section = _read("docs/states.md").split(f"## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^ +(\w+) --> (\w+) : ", section, flags=re.MULTILINE))


def _moves(table: Mapping[State, Iterable[State]]) -> set[tuple[str, str]]:
    return {(before.value, after.value) for before, targets in table.items() for after in targets}


def _gateway(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program as README shows it, with the secrets its examples name."""
    return subprocess.run(
        [Path(sys.executable).with_name("kravia-gateway"), *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "ACME_WEBHOOK_SECRET": SECRET,
            "ACME_LEDGER_SECRET": SECRET,
            "KRAVIA_GATEWAY_KRAVIA__TOKEN": "for-the-simulator",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _commands(app: typer.Typer) -> Iterable[str]:
    """Every command as it is typed, e.g. ``claims list``."""
    tree = typer.main.get_command(app)
    pending = list(getattr(tree, "commands", {}).items())
    while pending:
        name, command = pending.pop()
        children = getattr(command, "commands", None)
        if children is None:
            yield name
        else:
            pending += [(f"{name} {child}", below) for child, below in children.items()]


def test_every_move_of_a_claim_is_drawn_and_no_other() -> None:
    assert _drawn("Claim") == _moves(claim.TRANSITIONS)


def test_every_move_of_a_message_is_drawn_and_no_other() -> None:
    assert _drawn("Message") == _moves(message.TRANSITIONS)


@pytest.mark.parametrize(
    "word", [*claim.ClaimState, *claim.CloseReason, *message.MessageState], ids=str
)
def test_every_state_and_close_reason_is_explained(word: str) -> None:
    assert f"`{word}`" in _read("docs/states.md")


def test_the_runbook_has_an_entry_for_every_command() -> None:
    headings = re.findall(r"^### `(.+)`$", _read("docs/runbook.md"), flags=re.MULTILINE)

    assert sorted(headings) == sorted(_commands(app))


def _stuck() -> dict[str, str]:
    """Entries of the runbook on what can be stuck, by heading."""
    section = _read("docs/runbook.md").split("## Stuck, and what to do\n")[1].split("\n## ")[0]
    _, *entries = section.split("\n### ")
    return dict(entry.split("\n", 1) for entry in entries)


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_entry_on_what_is_stuck_says_what_it_means_and_what_to_do() -> None:
    wrong = [
        heading
        for heading, text in _stuck().items()
        if not ("**You see**" in text and "**You do**" in text)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "row",
    [
        *(f"claim `{state}`" for state in claim.ClaimState),
        *(f"message `{state}`" for state in message.MessageState),
        *(f"event `{outcome}`" for outcome in OUTCOMES),
        "claim with `frozen_on`",
    ],
)
def test_the_runbook_has_an_entry_for_every_state_that_something_may_be_stuck_in(row: str) -> None:
    noun, word = row.rsplit(" ", 1)
    section = _read("docs/runbook.md").split("## Stuck, and what to do\n")[1]
    lines = [line for line in section.splitlines() if line.startswith(f"| {noun} ")]
    [line] = [line for line in lines if word in line.split("|")[1]]

    links = re.findall(r"\]\(#([^)]+)\)", line)
    assert links or "it is over: nothing" in line
    assert set(links) <= {_anchor(heading) for heading in _stuck()}


@pytest.mark.parametrize(
    "heading",
    ["Paused", "Quarantined", "Held without a date", "Frozen", "Leased"]
    + [f"Database {what}" for what in ("locked", "too new", "full or read-only", "not usable")],
)
def test_the_runbook_has_an_entry_for(heading: str) -> None:
    assert heading in _stuck()


def test_bare_make_lists_every_target() -> None:
    targets = re.findall(r"^\.PHONY: (\w+)$", _read("Makefile"), flags=re.MULTILINE)

    listing = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"^  make (\w+) +\S", listing, flags=re.MULTILINE) == targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))

    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_and_folder_named_is_there(document: Path) -> None:
    folders = "gateway|clients|mappers|outbox|config|tests|docs"
    named = re.findall(rf"`((?:{folders})/[^` ]*)`", document.read_text(encoding="utf-8"))

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_decisions_are_numbered_without_a_gap_and_have_the_same_parts() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))

    expected = [f"{number:04}" for number in range(1, len(decisions) + 1)]
    assert [path.name[:4] for path in decisions] == expected
    for path in decisions:
        headings = re.findall(r"^## (\w+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert headings == DECISION_HEADINGS, path.name


@pytest.mark.parametrize(("on", "decision"), [("2026-10-10", "hold"), ("2026-11-24", "forward")])
def test_the_example_in_readme_is_decided_as_it_says(on: str, decision: str) -> None:
    run = _gateway("explain", "docs/examples/overdue.json", "--on", on, "--json")

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["decision"] == decision


def test_the_example_settings_are_clean() -> None:
    run = _gateway("--config", "docs/examples/gateway.toml", "check-config")

    assert run.returncode == 0, run.stdout + run.stderr


def test_the_snippet_in_readme_sends_what_an_independent_verifier_accepts() -> None:
    received: list[tuple[str, dict[str, object]]] = []

    class Verifier(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append((self.path, Webhook(SECRET).verify(body, dict(self.headers))))
            self.send_response(202)
            self.end_headers()
            self.wfile.write(b'{"outcome": "recorded"}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Verifier)
    Thread(target=server.handle_request, daemon=True).start()
    snippet = re.findall(r"```python\n(.+?)```", _read("README.md"), flags=re.DOTALL)[0]
    snippet = snippet.replace("127.0.0.1:8080", f"127.0.0.1:{server.server_port}")

    run = subprocess.run(
        [sys.executable, "-c", snippet],
        cwd=ROOT,
        env={**os.environ, "ACME_WEBHOOK_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    server.server_close()

    assert run.returncode == 0, run.stderr
    [(path, event)] = received
    assert path == "/webhooks/acme"
    assert event["type"] == "invoice.overdue"
    assert "recorded" in run.stdout


def test_the_page_on_registering_explains_every_column_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:`([^`]+)`)? ?\|", _read("docs/register.md"), re.MULTILINE)

    assert rows == [(name, column.norwegian or "") for name, column in COLUMNS.items()]
    required = re.findall(
        r"^\| `(\w+)` \|[^|]*\| \*\*Required", _read("docs/register.md"), re.MULTILINE
    )
    assert required == [name for name, column in COLUMNS.items() if column.required]
