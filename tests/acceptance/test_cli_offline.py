"""The console script as installed, in a process of its own, without a server."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(sys.executable).with_name("kravia-gateway")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {"ACME_WEBHOOK_SECRET": SECRET, "ACME_LEDGER_SECRET": SECRET, "TOKEN": "t"}
CONFIG = """
[database]
url = "sqlite:///gateway.db"
[kravia]
token = "env:TOKEN"
base_url = "http://127.0.0.1:9"
[creditors.acme]
kravia_creditor_id = 10759
webhook_secrets = ["env:ACME_WEBHOOK_SECRET"]
[creditors.acme.policy]
grace_days = 10
[creditors.acme.ledger]
kind = "webhook"
url = "http://127.0.0.1:9/collections"
secret = "env:ACME_LEDGER_SECRET"
"""
EVENT: dict[str, Any] = {
    "type": "invoice.overdue",
    "timestamp": "2026-11-24T10:00:00+01:00",
    "data": {
        "invoice": {
            "id": "inv-1001",
            "number": "20003",
            "issue_date": "2026-08-01",
            "due_date": "2026-08-17",
            "currency": "NOK",
            "total": "2250.00",
            "outstanding": "1250.00",
            "notices": [
                {
                    "kind": "collection_notice",
                    "sent_on": "2026-09-17",
                    "deadline": "2026-10-01",
                    "channel": "post",
                    "fee": "38.00",
                }
            ],
            "payments": [{"id": "pay-1", "paid_on": "2026-09-20", "amount": "1000.00"}],
        },
        "debtor": {
            "number": "10001",
            "name": "Kari Nordmann",
            "kind": "person",
            "birth_date": "1980-01-01",
            "address": {
                "line1": "Karl Johans gate 1",
                "postal_code": "0154",
                "city": "Oslo",
                "country": "NO",
            },
        },
    },
}


def run(
    *arguments: str, folder: Path, environ: Mapping[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the program in ``folder`` with nothing of our own environment but the path."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **(environ or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "overdue.json").write_text(json.dumps(EVENT))
    (tmp_path / "gateway.toml").write_text(CONFIG)
    return tmp_path


def test_help_answers_at_once_and_without_colours_in_a_pipe(folder: Path) -> None:
    started = time.monotonic()
    result = run("--help", folder=folder)
    seconds = time.monotonic() - started

    assert result.returncode == 0
    assert "explain" in result.stdout
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert seconds < 3  # 0.3 s on an idle machine with compiled modules


def test_explain_needs_nothing_but_the_file(folder: Path) -> None:
    result = run("explain", "overdue.json", "--on", "2026-09-25", folder=folder)

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Invoice inv-1001 on 25 Sep 2026: hold, until 5 Oct 2026\n")
    assert "INK-06" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "Kari" not in result.stdout
    assert not (folder / "gateway.db").exists()
    assert not (folder / "var").exists()


def test_explain_prints_the_contracts_document_from_standard_input(folder: Path) -> None:
    result = run(
        "explain",
        "-",
        "--creditor",
        "acme",
        "--on",
        "2026-11-24",
        "--json",
        folder=folder,
        given=json.dumps(EVENT),
    )

    document = json.loads(result.stdout)
    assert result.returncode == 0
    assert set(document) == {
        "invoice_id",
        "on",
        "decision",
        "hold_until",
        "merge_key",
        "reasons",
        "warnings",
        "amounts",
        "limitation_last_day",
        "earliest_forward",
        "language",
        "agency_fee",
    }
    assert (document["invoice_id"], document["on"]) == ("inv-1001", "2026-11-24")
    assert (document["decision"], document["merge_key"]) == ("forward", "acme/10001")
    assert document["amounts"]["principal"] == "1250.00"
    assert document["earliest_forward"] == {"by_law": "2026-10-02", "by_policy": "2026-10-05"}


def test_explain_uses_the_creditors_policy_and_needs_no_secret_for_it(folder: Path) -> None:
    result = run(
        "--config",
        "gateway.toml",
        "explain",
        "overdue.json",
        "--on",
        "2026-11-24",
        "--json",
        folder=folder,
    )

    document = json.loads(result.stdout)
    assert result.stderr == ""
    assert document["merge_key"] == "acme/10001"
    assert document["earliest_forward"]["by_policy"] == "2026-10-12"


def test_explain_without_a_day_takes_todays(folder: Path) -> None:
    result = run("explain", "overdue.json", "--json", folder=folder)

    assert json.loads(result.stdout)["on"] >= "2026-01-01"


def _with(path: str, value: object) -> str:
    event = copy.deepcopy(EVENT)
    *parents, last = path.split(".")
    place = event
    for name in parents:
        place = place[name]
    place[last] = value
    return json.dumps(event)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("not json", ["the body is not JSON in UTF-8"]),
        ("[" * 10_000, ["nests deeper than 32 levels"]),
        (_with("data.invoice.total", "2250.005"), ["data.invoice.total: must be a decimal string"]),
        (_with("data.invoice.total", "2 250,00"), ["data.invoice.total: must be a decimal string"]),
        (_with("data.invoice.total", "1e9"), ["data.invoice.total: must be a decimal string"]),
        (_with("data.invoice.due_date", "0001-01-01"), ["data.invoice.due_date: must be a date"]),
        (
            _with("data", {"invoice": {}, "debtor": {}}),
            ["data.invoice.id: is required", "data.debtor.kind: is required"],
        ),
        (
            (
                '{"type": "payment.received", "data": {"invoice_id": "i", "payment": {"id": "p",'
                ' "paid_on": "2026-01-01", "amount": "1", "currency": "NOK"}}}'
            ),
            ["only invoice.overdue and invoice.updated"],
        ),
    ],
)
def test_explain_names_every_fault_of_a_bad_body(folder: Path, body: str, says: list[str]) -> None:
    result = run("explain", "-", folder=folder, given=body)

    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert [each for each in says if each not in result.stderr] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("explain", "none.json"), "none.json: no such file"),
        (("explain", "overdue.json", "--on", "tomorrow"), "write it like 2026-11-24"),
        (("explain", "inv-1001"), "has no creditor; add a section [creditors.NAME]"),
        (("serve",), "creditors: missing"),
        (("--config", "none.toml", "serve"), "none.toml: no such file; --config names it"),
        (("claims", "lst"), "Did you mean 'list'?"),
        (("claims", "list", "--state", "open"), "'received'"),
        (("send-test-webhook", "none.json", "--creditor", "acme"), "none.json cannot be read"),
    ],
)
def test_wrong_usage_says_what_to_type_and_exits_2(
    folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    result = run(*arguments, folder=folder)

    assert result.returncode == 2
    assert says in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_command_in_a_folder_without_settings_and_database_makes_neither(folder: Path) -> None:
    result = run("claims", "list", folder=folder)

    assert result.returncode == 2
    assert "no settings file and no database here" in result.stderr
    assert sorted(each.name for each in folder.iterdir()) == ["gateway.toml", "overdue.json"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_full_disk_under_the_output_is_said_in_a_sentence(
    folder: Path, options: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [PROGRAM, "explain", "overdue.json", *options],
            cwd=folder,
            env={"PATH": os.environ["PATH"]},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert result.stderr == "the output cannot be written: No space left on device\n"
    assert result.returncode == 3


def test_bad_settings_give_a_line_per_fault_and_exit_2(folder: Path) -> None:
    (folder / "bad.toml").write_text(
        'mode = "lve"\n[server]\nprot = 1\n[kravia]\ntoken = "literal"\n'
    )

    result = run("--config", "bad.toml", "serve", folder=folder)

    assert result.returncode == 2
    assert [line.split(": ")[:2] for line in result.stderr.splitlines()] == [
        ["bad.toml", "kravia.token"],
        ["bad.toml", "mode"],
        ["bad.toml", "server.prot"],
    ]
    assert "literal" not in result.stderr


def test_check_config_is_clean_for_settings_that_can_serve(folder: Path) -> None:
    result = run("check-config", "--json", folder=folder, environ=_environ("gateway.toml"))

    document = json.loads(result.stdout)
    assert (result.returncode, document["clean"]) == (0, True), document
    assert [check["check"] for check in document["checks"]] == [
        "settings",
        "assumptions",
        "rules",
        "retention",
        "creditors",
        "seal",
        "database",
    ]
    assert "NOT encrypted" in document["checks"][5]["detail"]
    assert SECRET not in result.stdout


def test_check_config_exits_1_when_nobody_could_be_served(folder: Path) -> None:
    result = run("check-config", folder=folder)

    assert result.returncode == 1
    assert "not ok  creditors" in result.stdout


def test_check_config_exits_2_when_nothing_could_be_started(folder: Path) -> None:
    (folder / "mine.toml").write_text('[register]\nbogus = "x"\n')
    environ = {"KRAVIA_GATEWAY_KRAVIA__ASSUMPTIONS": "mine.toml"}

    unset = run("check-config", folder=folder, environ={"KRAVIA_GATEWAY_CONFIG": "gateway.toml"})
    unreadable = run("check-config", folder=folder, environ=_environ("gateway.toml") | environ)

    assert unset.returncode == 2
    assert "kravia.token: the environment variable TOKEN is not set" in unset.stdout
    assert unreadable.returncode == 2
    assert "mine.toml: " in unreadable.stdout


def test_migrate_says_from_where_to_where(folder: Path) -> None:
    first = run("migrate", "--json", folder=folder, environ=_environ("gateway.toml"))
    again = run("migrate", folder=folder, environ=_environ("gateway.toml"))

    document = json.loads(first.stdout)
    assert (folder / "gateway.db").stat().st_mode & 0o777 == 0o600
    assert document["from"] is None
    assert document["database"] == str(folder / "gateway.db")
    assert f"at revision {document['to']} already" in again.stdout


def test_a_database_that_is_none_is_left_alone_with_exit_2(folder: Path) -> None:
    (folder / "gateway.db").write_text("a shopping list, not a database")

    result = run("migrate", folder=folder, environ=_environ("gateway.toml"))

    assert result.returncode == 2
    assert "is not a SQLite database; nothing was changed" in result.stderr
    assert (folder / "gateway.db").read_text() == "a shopping list, not a database"


def test_a_webhook_that_reaches_nobody_exits_3_and_says_how_to_start(folder: Path) -> None:
    environ = _environ("gateway.toml") | {"KRAVIA_GATEWAY_SERVER__PORT": "9"}

    result = run("send-test-webhook", "overdue.json", folder=folder, environ=environ)

    assert result.returncode == 3
    assert "http://127.0.0.1:9/webhooks/acme did not answer" in result.stderr
    assert "kravia-gateway serve" in result.stderr


def _environ(config: str) -> dict[str, str]:
    return {**ENVIRON, "KRAVIA_GATEWAY_CONFIG": config}


def _completed(folder: Path, words: str) -> list[str]:
    """What bash is offered for the last of ``words``."""
    environ = {
        "_KRAVIA_GATEWAY_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    return run(folder=folder, environ=environ).stdout.split()


def test_the_shell_completes_commands_states_and_creditors_without_a_database(
    folder: Path,
) -> None:
    begun = "kravia-gateway --config gateway.toml"

    assert _completed(folder, "kravia-gateway doub") == ["doubts"]
    assert _completed(folder, f"{begun} claims list --creditor ") == ["acme"]
    assert _completed(folder, f"{begun} creditors check a") == ["acme"]
    assert _completed(folder, f"{begun} claims list --state re")[:2] == ["received", "review"]
    assert _completed(folder, f"{begun} events list --outcome rej") == ["rejected"]
    assert "payment.received" in _completed(folder, f"{begun} events list --type pay")
    assert "kravia.register" in _completed(folder, f"{begun} outbox list --kind kra")
    assert _completed(folder, "kravia-gateway --config none.toml claims list --creditor ") == []
    script = run(folder=folder, environ={"_KRAVIA_GATEWAY_COMPLETE": "source_bash"}).stdout
    assert "complete -o default -F" in script
    assert [each.name for each in folder.glob("gateway.db*")] == []
