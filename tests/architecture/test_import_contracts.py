"""Every contract of ``.importlinter`` is shown to catch what it forbids.

Violations are planted as real lines in a copy of the packages; the real ``lint-imports`` reads it.
"""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "clients", "mappers", "outbox")
SECTION = "importlinter:contract:"

# Contract id -> (file, imported module). A file that does not exist is made, others get a line.
PLANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "one-way": (
        ("gateway/domain/planted.py", "gateway.schema"),
        ("gateway/schema/planted.py", "gateway.storage"),
        ("outbox/planted.py", "clients"),
        ("gateway/storage/planted.py", "mappers"),
        ("mappers/planted.py", "gateway.ledgers"),
        ("gateway/ledgers/planted.py", "gateway.operations"),
        ("gateway/operations/planted.py", "gateway.workers"),
        ("gateway/web/planted.py", "gateway.workers"),
        ("gateway/workers/planted.py", "gateway.app"),
        ("gateway/app.py", "gateway.cli"),
    ),
    "clients-alone": (
        ("clients/planted.py", "gateway.domain"),
        ("clients/kravia/planted.py", "mappers"),
        ("clients/webhook/planted.py", "outbox.message"),
    ),
    "outbox-alone": (
        ("outbox/planted.py", "gateway.domain.claim"),
        ("outbox/planted_too.py", "mappers"),
        ("outbox/message.py", "clients.errors"),
    ),
    "clients-apart": (
        ("clients/kravia/planted.py", "clients.webhook"),
        ("clients/webhook/planted.py", "clients.kravia.wire"),
        ("clients/transport.py", "clients.kravia"),
        ("clients/errors.py", "clients.transport"),
        ("clients/simulated_faults.py", "clients.conta"),
        ("clients/planted/__init__.py", "clients.errors"),  # a client it does not list
    ),
    "pure": (
        ("gateway/domain/planted.py", "asyncio"),
        ("gateway/domain/eligibility/planted.py", "time"),
        ("mappers/planted.py", "sqlalchemy"),
        ("clients/exchange.py", "httpx2"),
        ("clients/errors.py", "aiohttp"),
        ("clients/simulated_remote.py", "asyncio"),
        ("clients/kravia/wire.py", "os"),
        ("clients/kravia/protocol.py", "socket"),
        ("clients/kravia/simulator.py", "asyncio"),
        ("clients/kravia/assumptions.py", "pathlib"),
        ("clients/webhook/signature.py", "time"),
        ("outbox/message.py", "sqlite3"),
        ("outbox/instants.py", "time"),
        ("outbox/retry.py", "structlog"),
    ),
    "outbound-http": (
        ("gateway/planted.py", "httpx2"),
        ("mappers/planted.py", "httpx"),
        ("outbox/planted.py", "requests"),
        ("clients/kravia/client.py", "httpx2"),
        ("clients/webhook/client.py", "httpx_aiohttp"),
        ("clients/simulated_server.py", "httpx2"),
    ),
    "settings": (
        ("gateway/telemetry.py", "gateway.settings"),
        ("gateway/web/planted.py", "gateway.settings"),
        ("gateway/workers/planted.py", "gateway.settings"),
        ("gateway/operations/planted.py", "gateway.settings"),
        ("gateway/ledgers/planted.py", "gateway.settings"),
        ("gateway/storage/planted.py", "gateway.settings"),
        ("gateway/schema/planted.py", "gateway.settings"),
        ("gateway/domain/planted.py", "gateway.settings"),
        ("mappers/planted.py", "gateway.settings"),
        ("outbox/planted.py", "gateway.settings"),
        ("clients/planted.py", "gateway.settings"),
    ),
    "webhooks-record": (
        ("gateway/web/webhooks.py", "gateway.operations"),
        ("gateway/web/webhooks.py", "clients.kravia"),
        ("gateway/storage/inbox.py", "gateway.domain"),  # reached through what it may import
    ),
    "web-through-operations": (
        ("gateway/web/planted.py", "gateway.ledgers"),
        ("gateway/web/health.py", "mappers"),
        ("gateway/web/admin.py", "sqlalchemy"),
        ("gateway/web/kravia_hints.py", "clients.kravia"),
    ),
    "outbox-borrows": (
        ("outbox/store.py", "sqlite3"),
        ("outbox/planted.py", "aiosqlite"),
    ),
    "screens": (
        ("gateway/operations/planted.py", "rich"),
        ("gateway/web/planted.py", "typer"),
    ),
}


def _contracts() -> dict[str, str]:
    """Contract id -> its sentence, as ``.importlinter`` has them."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    sections = [section for section in parser.sections() if section.startswith(SECTION)]
    return {section.removeprefix(SECTION): parser[section]["name"] for section in sections}


def _lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "500"},  # no sentence is broken over two lines
        capture_output=True,
        text=True,
        check=False,
        timeout=60,  # seconds; one run takes less than one
    )


def _plant(tree: Path, file: str, imported: str) -> str:
    path = tree / file
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\nimport {imported}\n", encoding="utf-8")
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with a copy of the shipped packages and the contracts."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_code_as_it_stands_keeps_every_contract(tree: Path) -> None:
    run = _lint(tree)

    assert run.returncode == 0, run.stdout + run.stderr


def test_every_contract_has_a_planted_violation_to_catch() -> None:
    assert set(PLANTS) == set(_contracts())


@pytest.mark.parametrize("contract", PLANTS)
def test_a_contract_catches_every_planted_violation(tree: Path, contract: str) -> None:
    importers = [(_plant(tree, *plant), plant[1]) for plant in PLANTS[contract]]

    run = _lint(tree, "--contract", contract)

    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{_contracts()[contract]} BROKEN" in run.stdout
    for importer, imported in importers:
        forbidden = f"{importer} -> {imported} (l." in run.stdout
        unlisted = f"- {importer}\n" in run.stdout  # a module that an exhaustive contract lacks
        assert forbidden or unlisted, f"{importer} -> {imported} went unseen:\n{run.stdout}"
