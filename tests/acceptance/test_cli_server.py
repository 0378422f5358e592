"""Commands beside a running server and after it, in real processes against simulators."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("kravia-gateway")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROOT = Path(__file__).parents[2]
CONFIG = """
[server]
port = 0
[database]
url = "sqlite:///gateway.db"
[creditors.acme]
kravia_creditor_id = 10759
webhook_secrets = ["env:ACME_SECRET"]
[creditors.acme.ledger]
kind = "webhook"
url = "http://127.0.0.1:9/collections"
secret = "env:ACME_SECRET"
"""


def _environ(**extra: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "KRAVIA_GATEWAY_CONFIG": "gateway.toml", **extra}


def _run(folder: Path, line: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *line.split()],
        cwd=folder,
        env=_environ(**extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def _running(folder: Path, line: str, **extra: str) -> Iterator[str]:
    """Run a command that serves; gives the URL it says it listens on, and stops it after."""
    with subprocess.Popen(
        [PROGRAM, *line.split()],
        umask=0o022,  # as most shells have it
        cwd=folder,
        env=_environ(**extra),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            said = []
            for text in process.stderr:
                said.append(text)
                if found := re.search(r"on (http://127\.0\.0\.1:\d+)[;,]", text):
                    yield found[1]
                    break
            else:
                pytest.fail("".join(said))
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gateway.toml").write_text(CONFIG)
    return tmp_path


def test_commands_reach_a_running_server_and_work_without_it(folder: Path) -> None:
    body = ROOT / "docs" / "examples" / "overdue.json"
    with _running(folder, "simulate kravia --port 0") as kravia:
        secrets = {
            "ACME_SECRET": SECRET,
            "KRAVIA_GATEWAY_KRAVIA__TOKEN": "t",
            "KRAVIA_GATEWAY_KRAVIA__BASE_URL": kravia,
        }
        with _running(folder, "serve", **secrets) as server:
            # Shells of operators have no secrets; only the signer needs one.
            paused = _run(folder, "pause --creditor acme --reason trial --yes --json")
            sent = _run(folder, f"send-test-webhook {body} --url {server}", ACME_SECRET=SECRET)
            listed = _run(folder, "events list --json")
            unknown = _run(folder, "claims show clm_none")
            second = _run(folder, "serve", **secrets)
            migrated = _run(folder, "migrate")
            rights = {
                each.name: f"{each.stat().st_mode & 0o777:o}" for each in folder.glob("gateway.db*")
            }

        body_again = _run(folder, f"events show {json.loads(sent.stdout)['event_id']} --body")
        after = _run(folder, "events list --json")
        resumed = _run(folder, "resume --creditor acme --yes")
        without_token = _run(folder, "creditors check acme")
        unreachable = _run(
            folder,
            "creditors check",
            KRAVIA_GATEWAY_KRAVIA__TOKEN="t",
            KRAVIA_GATEWAY_KRAVIA__BASE_URL="http://127.0.0.1:9",
        )

    assert json.loads(paused.stdout)["paused"] is True
    assert json.loads(sent.stdout)["outcome"] == "recorded", sent.stderr
    [event] = json.loads(listed.stdout)["items"]
    assert (event["type"], event["creditor_id"]) == ("invoice.overdue", "acme")
    assert unknown.returncode == 2
    assert "claims list" in unknown.stderr
    assert (second.returncode, migrated.returncode) == (2, 2)
    assert "has the database open" in second.stderr
    assert [each["event_id"] for each in json.loads(after.stdout)["items"]] == [event["event_id"]]
    assert body_again.stdout == body.read_text()
    assert {"gateway.db", "gateway.db-wal", "gateway.db-shm"} <= set(rights)
    assert set(rights.values()) == {"600"}
    assert resumed.returncode == 0, resumed.stderr
    assert without_token.returncode == 2
    assert "kravia.token" in without_token.stderr
    assert unreachable.returncode == 3
    for each in (paused, sent, listed, unknown, second, after, resumed, unreachable):
        assert "Traceback" not in each.stderr


def test_a_change_without_yes_and_without_a_terminal_says_what_to_type(folder: Path) -> None:
    result = _run(folder, "pause --reason trial")

    assert result.returncode == 2
    assert "type: kravia-gateway pause --reason trial --yes" in result.stderr


def test_a_simulated_ledger_runs_with_the_creditors_secret(folder: Path) -> None:
    with _running(folder, "simulate ledger --port 0", ACME_SECRET=SECRET) as url:
        assert url.startswith("http://127.0.0.1:")
