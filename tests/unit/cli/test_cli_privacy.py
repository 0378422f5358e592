"""``seal``, ``audit`` and ``privacy`` as typed, on a database of one's own."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.failure import Failure
from gateway.cli.main import app
from gateway.operations.errors import OperationError

SETTINGS = """
[database]
url = "sqlite:///gateway.db"
[creditors.acme]
kravia_creditor_id = 1
[creditors.acme.ledger]
kind = "webhook"
url = "http://127.0.0.1:9/in"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file whose database is beside it."""
    file = tmp_path / "gateway.toml"
    file.write_text(SETTINGS)
    return file


def typed(settings: Path, *words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["--config", str(settings), *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def document(settings: Path, *words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(typed(settings, *words, "--json", code=code).stdout)
    return found


def test_a_new_key_is_for_its_owner_alone_and_seals_once_named(
    settings: Path, tmp_path: Path
) -> None:
    file = tmp_path / "seal.key"

    made = document(settings, "seal", "new-key", str(file))

    assert file.stat().st_mode & 0o777 == 0o600
    assert document(settings, "seal", "status")["key_id"] is None
    settings.write_text(SETTINGS + f'[seal]\nkeys = ["file:{file}"]\n')
    assert document(settings, "seal", "status")["key_id"] == made["key_id"]
    rotated = document(settings, "seal", "rotate", "--reason", "yearly", "--yes")
    assert rotated == {"key_id": made["key_id"], "looked_at": 0, "resealed": 0, "unopened": 0}
    (line, *_) = document(settings, "audit", "list")["items"]
    assert (line["action"], line["subject"], line["reason"]) == (
        "seal.rotate",
        made["key_id"],
        "yearly",
    )
    with pytest.raises(Failure, match="is there already"):
        typed(settings, "seal", "new-key", str(file))


def test_a_broken_chain_exits_1_and_names_the_row(settings: Path, tmp_path: Path) -> None:
    for _ in range(3):
        typed(settings, "pause", "--creditor", "acme", "--yes")
        typed(settings, "resume", "--creditor", "acme", "--yes")
    head = document(settings, "audit", "verify")["head"]
    assert document(settings, "audit", "verify", "--head", head)["clean"]

    with closing(sqlite3.connect(tmp_path / "gateway.db")) as file, file:
        file.execute("DROP TRIGGER audit_no_update")
        file.execute("UPDATE audit SET reason = 'another' WHERE seq = 4")

    found = typed(settings, "audit", "verify", code=1)
    assert "row 4: does not follow row 3" in " ".join(found.stdout.split())
    assert "BROKEN" in found.stdout


def test_privacy_commands_say_what_is_missing(settings: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out.json")
    of = ("1", "--creditor", "acme", "--reason", "asked")
    refused: tuple[tuple[tuple[str, ...], str], ...] = (
        (("export", *of), "--out FILE"),
        (("export", *of, "--out", str(settings)), "is there already"),
        (("export", "1", "--creditor", "acme", "--out", out), "--reason"),
        (("erase", *of), "--yes"),
    )
    for words, told in refused:
        with pytest.raises(Failure, match=told):
            typed(settings, "privacy", *words)
    for nobody in (("export", *of, "--out", out), ("erase", *of, "--yes")):
        with pytest.raises(OperationError, match="nothing is held on debtor 1 of acme"):
            typed(settings, "privacy", *nobody)
    assert not Path(out).exists()


def test_a_dry_run_shows_each_row_and_a_purge_of_nothing_says_so(settings: Path) -> None:
    plan = document(settings, "privacy", "purge", "--dry-run")
    assert {row["count"] for row in plan["items"]} == {0}
    assert "bokføringsloven § 13" in typed(settings, "privacy", "purge", "--dry-run").stdout

    done = typed(settings, "privacy", "purge", "--reason", "a test", "--yes")
    assert "Nothing was past its time." in done.stdout
    assert document(settings, "privacy", "vacuum", "--reason", "a test", "--yes")["rewritten"]
