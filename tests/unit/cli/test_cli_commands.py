"""Every command: that it is there, explained, asks before it changes, and calls what it should."""

from __future__ import annotations

import json
import shlex
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from gateway.cli import call
from gateway.cli.failure import Failure, failure_of
from gateway.cli.main import app
from gateway.cli.simulate import _RunningClock
from gateway.operations.errors import OperationError
from gateway.settings_faults import Fault, SettingsError
from gateway.storage.errors import DatabaseBusy, DatabaseLocked, DatabaseTooNew

COMMANDS = """
demo|serve|simulate|explain|register|creditors list|creditors check
creditors configure-webhook
creditors invite|events list|events show|events repair|cases list|cases show|cases forecast
claims list
claims show|claims approve|claims hold|claims release|claims withdraw|pause|resume|outbox list
outbox show|outbox resend|outbox cancel|doubts list|doubts show|doubts adopt|doubts resend
tasks list|tasks done|alerts list|reconcile
payments list|payments show|payments import|payments register|payments match|payments dismiss
replay events|replay messages|replay list|replay show|replay cancel|replay resume
settlements list|settlements show|settlements booked
send-test-webhook|migrate|check-config|copy-database
backup|restore|creditors retire|creditors mirror|creditors compare|claims note
audit list|audit verify|seal status|seal rotate|seal new-key
privacy export|privacy erase|privacy purge|privacy vacuum
users list|users add|users role|users password|users disable|users enable
tokens list|tokens create|tokens revoke
""".strip().replace("\n", "|")
LISTS = (
    *("creditors", "events", "cases", "claims", "outbox", "doubts", "tasks", "alerts", "payments"),
    "tokens",
    "audit",
)


def _leaves(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    for part, child in children.items():
        yield from _leaves(child, f"{name} {part}".strip())


LEAVES = dict(_leaves(typer.main.get_command(app)))


def _default(name: str) -> dict[str, Any]:
    return {"items": [], "next": None} if name.endswith(".list") else {"done": True}


class Recorder:
    """Stands in for the gateway: remembers what was asked, answers with what it was given."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, object]]] = []
        self.answers: dict[str, dict[str, Any]] = {}

    async def run(self, _settings: object, orders: list[call.Order]) -> list[dict[str, Any]]:
        for name, arguments in orders:
            told = {key: value for key, value in arguments.items() if value is not None}
            self.asked.append((name, told))
        return [dict(self.answers.get(name) or _default(name)) for name, _ in orders]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(call, "_run", recorder.run)
    monkeypatch.chdir(tmp_path)
    return recorder


def _type(line: str, **options: Any) -> Any:
    return CliRunner().invoke(app, line.split(), env={"COLUMNS": "80"}, **options)


def test_every_command_of_the_contract_is_there_and_no_other() -> None:
    assert sorted(LEAVES) == sorted(COMMANDS.split("|"))


@pytest.mark.parametrize("name", sorted(LEAVES))
def test_every_commands_help_has_an_example_of_itself(name: str) -> None:
    result = _type(f"{name} --help")

    said = " ".join(result.output.split())
    assert result.exit_code == 0
    example = said.partition("Example: kravia-gateway ")[2]
    assert name in example
    assert len(said.partition("Options:")[0].split()) > 8


@pytest.mark.parametrize("name", sorted(LEAVES))
def test_the_example_of_every_command_is_one_that_it_takes(name: str) -> None:
    """Parsed as a shell and the command line would; nothing runs."""
    example = (LEAVES[name].epilog or "").partition("Example: ")[2]
    program, *words = shlex.split(example)
    options, words = _without_global(words)
    parts = name.split()

    assert program == "kravia-gateway"
    assert words[: len(parts)] == parts
    assert set(options) <= {"--config"}
    LEAVES[name].make_context(name, words[len(parts) :])


def _without_global(words: list[str]) -> tuple[list[str], list[str]]:
    return (words[:1], words[2:]) if words[0] == "--config" else ([], words)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_takes_json_limit_and_after(name: str, gateway: Recorder) -> None:
    page: dict[str, Any] = {"items": [], "next": None}
    gateway.answers[f"{name}.list"] = page

    as_json = _type(f"{name} list --json --limit 7 --after 30")
    as_table = _type(f"{name} list")

    assert json.loads(as_json.stdout) == page
    assert gateway.asked[0] == (f"{name}.list", {"limit": 7, "after": "30"})
    assert len(as_table.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        (
            "claims list --creditor acme --state held --debtor 10001",
            (
                "claims.list",
                {"creditor": "acme", "state": "held", "debtor": "10001", "limit": 50},
            ),
        ),
        (
            "events list --type payment.received --outcome waiting",
            ("events.list", {"type": "payment.received", "outcome": "waiting", "limit": 50}),
        ),
        (
            "outbox list --state in_doubt --kind kravia.register",
            ("outbox.list", {"state": "in_doubt", "kind": "kravia.register", "limit": 50}),
        ),
        (
            "payments list --waiting --creditor acme",
            ("payments.list", {"creditor": "acme", "state": "waiting", "limit": 50}),
        ),
        ("payments show lin_1 --details", ("payments.details", {"line_id": "lin_1"})),
        ("tasks list --all", ("tasks.list", {"all": True, "limit": 50})),
        ("claims show clm_1", ("claims.show", {"claim_id": "clm_1"})),
        ("cases show cas_1", ("cases.show", {"case_id": "cas_1"})),
        ("events show evt_1", ("events.show", {"event_id": "evt_1"})),
        ("outbox show msg_1", ("outbox.show", {"message_id": "msg_1"})),
        ("doubts show msg_1", ("doubts.show", {"message_id": "msg_1"})),
        ("creditors check acme", ("creditors.check", {"creditor": "acme"})),
        ("creditors check --creditor acme", ("creditors.check", {"creditor": "acme"})),
        (
            "explain inv-1 --creditor acme --on 2026-11-24 --json",
            ("explain", {"creditor": "acme", "invoice_id": "inv-1", "on": "2026-11-24"}),
        ),
    ],
)
def test_a_command_asks_the_gateway_for_one_operation(
    line: str, asked: tuple[str, dict[str, object]], gateway: Recorder
) -> None:
    result = _type(line)

    assert result.exit_code == 0, result.output
    assert gateway.asked == [asked]


def test_a_password_is_read_from_a_pipe_and_never_printed(gateway: Recorder) -> None:
    added = _type("users add kari --role operator --creditor acme", input="long enough words\n")
    changed = _type("users password kari --json", input="other long words\n")
    vouched = _type("users add ola --no-password")
    nothing = _type("users password kari", input="")

    assert gateway.asked == [
        (
            "users.add",
            {
                "name": "kari",
                "role": "operator",
                "creditors": ["acme"],
                "password": "long enough words",
            },
        ),
        ("users.password", {"name": "kari", "password": "other long words"}),
        ("users.add", {"name": "ola", "role": "viewer"}),
    ]
    assert "words" not in added.output + changed.output + vouched.output
    assert isinstance(nothing.exception, Failure)


def test_a_token_is_made_for_scopes_and_shown(gateway: Recorder) -> None:
    gateway.answers["tokens.create"] = {"name": "nightly", "token": "kgt_abc"}

    made = _type("tokens create nightly --scope read --scope operate --creditor acme --days 30")

    assert gateway.asked == [
        (
            "tokens.create",
            {"name": "nightly", "scopes": ["read", "operate"], "creditors": ["acme"], "days": 30},
        )
    ]
    assert "kgt_abc" in made.output


CHANGES = [
    (
        "payments match lin_1 30001=4 inv-2=6 --reason x",
        "payments.match",
        {"line_id": "lin_1", "invoices": ["30001=4", "inv-2=6"], "reason": "x"},
    ),
    ("payments dismiss lin_1 --reason x", "payments.dismiss", {"line_id": "lin_1", "reason": "x"}),
    (
        "payments register 30001 12.50 --creditor acme --on 2026-11-20 --reason cash",
        "payments.register",
        {
            "creditor": "acme",
            "invoice": "30001",
            "amount": "12.50",
            "on": "2026-11-20",
            "reason": "cash",
        },
    ),
    ("claims approve clm_1 --reason ok", "claims.approve", {"claim_id": "clm_1", "reason": "ok"}),
    ("claims hold clm_1", "claims.hold", {"claim_id": "clm_1", "reason": "no reason given"}),
    ("claims release clm_1 --reason x", "claims.release", {"claim_id": "clm_1", "reason": "x"}),
    ("claims withdraw clm_1 --reason x", "claims.withdraw", {"claim_id": "clm_1", "reason": "x"}),
    ("outbox resend msg_1 --reason x", "outbox.resend", {"message_id": "msg_1", "reason": "x"}),
    ("outbox cancel msg_1 --reason x", "outbox.cancel", {"message_id": "msg_1", "reason": "x"}),
    (
        "doubts adopt msg_1 555 --reason x",
        "doubts.adopt",
        {"message_id": "msg_1", "kravia_invoice_id": "555", "reason": "x"},
    ),
    ("doubts resend msg_1 --reason x", "doubts.resend", {"message_id": "msg_1", "reason": "x"}),
    (
        "tasks done tsk_1 --note told --answer payout",
        "tasks.done",
        {"task_id": "tsk_1", "note": "told", "answer": "payout"},
    ),
    (
        "users role kari viewer --creditor acme --creditor nordlys",
        "users.role",
        {"name": "kari", "role": "viewer", "creditors": ["acme", "nordlys"]},
    ),
    ("users disable kari", "users.disable", {"name": "kari"}),
    ("users enable kari", "users.enable", {"name": "kari"}),
    ("tokens revoke nightly", "tokens.revoke", {"name": "nightly"}),
    ("claims note clm_1 --reason x", "claims.note", {"claim_id": "clm_1", "reason": "x"}),
    ("pause --reason x", "pause", {"reason": "x"}),
    ("resume --creditor acme --reason x", "resume", {"creditor": "acme", "reason": "x"}),
    (
        "creditors configure-webhook acme --url https://gw.example/k",
        "creditors.configure_webhook",
        {"creditor": "acme", "url": "https://gw.example/k"},
    ),
    (
        "creditors invite acme --email a@b.no --name Kari --accountant",
        "creditors.invite",
        {"creditor": "acme", "email": "a@b.no", "name": "Kari", "is_accountant": True},
    ),
]


@pytest.mark.parametrize(("line", "operation", "arguments"), CHANGES)
def test_a_change_is_made_with_yes(
    line: str, operation: str, arguments: dict[str, object], gateway: Recorder
) -> None:
    result = _type(f"{line} --yes --json")

    assert result.exit_code == 0, result.output
    assert (operation, arguments) in gateway.asked
    assert json.loads(result.stdout) == {"done": True}


@pytest.mark.parametrize(("line", "operation", "arguments"), CHANGES)
def test_a_change_is_not_made_where_nobody_can_answer(
    line: str, operation: str, arguments: dict[str, object], gateway: Recorder
) -> None:
    result = _type(line)

    assert isinstance(result.exception, Failure)
    assert result.exception.code == 2
    assert result.exception.message.endswith("--yes")
    assert operation not in [name for name, _ in gateway.asked]


def test_a_person_who_says_no_changes_nothing(
    gateway: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.cli.ask.is_answerable", lambda: True)

    refused = _type("pause", input="n\n")
    agreed = _type("pause", input="y\n")

    assert isinstance(refused.exception, Failure)
    assert (refused.exception.message, refused.exception.code) == ("Nothing was changed.", 0)
    assert agreed.exit_code == 0
    assert [name for name, _ in gateway.asked] == ["pause"]


def test_resume_names_what_is_still_paused_and_what_to_type(gateway: Recorder) -> None:
    gateway.answers["creditors.list"] = {
        "items": [
            {"creditor_id": "acme", "paused": "wrong amounts"},
            {"creditor_id": "beta", "paused": None},
        ],
        "next": None,
    }

    of_all = _type("resume --yes").stderr.splitlines()[-1]
    of_acme = _type("resume --creditor acme --yes").stderr.splitlines()[-1]
    of_beta = _type("resume --creditor beta --yes").stderr

    assert of_all == "acme is still paused (wrong amounts): resume --creditor acme"
    assert of_acme == "acme is still paused (wrong amounts): resume"
    assert "(wrong amounts)" not in of_beta


def test_the_body_of_an_event_comes_out_byte_for_byte(gateway: Recorder) -> None:
    body = b'{"navn": "\xc3\x85se\x1b"}\xff' + b"\n"
    gateway.answers["events.body"] = {"body_base64": b64encode(body).decode()}

    result = _type("events show evt_1 --body --reason typo")

    assert result.stdout_bytes == body
    assert gateway.asked == [("events.body", {"event_id": "evt_1", "reason": "typo"})]


def test_an_alert_ends_its_sentence_before_it_says_what_mends_it(gateway: Recorder) -> None:
    rows = [
        {"message": "the feed cannot be read", "command": "kravia-gateway creditors check"},
        {"message": "The first was kept.", "command": "kravia-gateway events show evt_1"},
    ]
    gateway.answers["alerts.list"] = {"items": rows, "next": None}

    said = " ".join(_type("alerts list").stdout.split())

    assert "cannot be read. Mend it: kravia-gateway creditors check" in said
    assert "was kept. Mend it: kravia-gateway events show evt_1" in said


DOUBT: dict[str, Any] = {
    "message_id": "msg_0123456789abcdef01234567",
    "claim_id": "clm_0123456789abcdef01234567",
    "kind": "kravia.register",
    "state": "parked",
    "sent_at": "2026-11-24T10:04:05+00:00",
    "last_error": "quarantine: the amount differ",
    "candidates": [
        {
            "kravia_invoice_id": "555123",
            "status": "Active",
            "changed": "2026-11-24T11:03:00.0000000",
            "told_by": "mirror",
            "comparison": [
                {
                    "field": "amount",
                    "ours": "4800.00",
                    "theirs": "4700.00",
                    "verdict": "differs",
                },
                {
                    "field": "accounting_invoice_id",
                    "ours": "inv-with-an-id-as-long-as-uuids-are-0123456789",
                    "theirs": None,
                    "verdict": "not told",
                },
            ],
        }
    ],
    "more_to_ask": True,
    "witness_row": {
        "kravia_invoice_id": "900123",
        "stamp": "2026-11-24T11:03:00.0000000",
        "stamped_at": "2026-11-24T10:03:00+00:00",
        "must_be_after": "2026-11-24T10:06:05+00:00",
        "proves_absence": False,
        "feed_read_at": "2026-11-24T10:10:00+00:00",
    },
    "next": {
        "at": None,
        "does": "nothing is sent: the amount differ. A person decides",
        "left_to_a_person_at": None,
        "commands": ["kravia-gateway doubts adopt msg_1 KRAVIA_ID --reason WHY"],
    },
}


def test_a_doubt_is_shown_side_by_side_in_eighty_columns(gateway: Recorder) -> None:
    gateway.answers["doubts.show"] = DOUBT

    lines = _type("doubts show msg_1").stdout.splitlines()

    said = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= 80
    assert "Case 555123 at Kravia, status Active" in said
    assert "amount 4 800.00 4 700.00 differs" in said
    assert "not told" in said
    assert "sent Tue 24 Nov 2026 11:04:05" in said
    assert "must be after Tue 24 Nov 2026 11:06:05" in said
    assert "absence proves nothing yet" in said
    assert "--ask-kravia" in said


def test_kravia_is_asked_only_where_that_is_said(gateway: Recorder) -> None:
    _type("doubts show msg_1 --ask-kravia --json")

    assert gateway.asked == [("doubts.ask", {"message_id": "msg_1"})]


@pytest.mark.parametrize("line", ["doubts adopt msg_1 555123", "doubts resend msg_1"])
def test_a_doubt_is_decided_only_with_a_reason(
    line: str, gateway: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.answers["doubts.show"] = DOUBT
    changes = {"doubts.adopt", "doubts.resend"}

    nobody = _type(f"{line} --yes")
    empty = CliRunner().invoke(app, [*line.split(), "--yes", "--reason", "  "])
    assert not changes & {name for name, _ in gateway.asked}
    monkeypatch.setattr("gateway.cli.ask.is_answerable", lambda: True)
    asked = _type(line, input="\nphoned Kravia\ny\n")

    assert "--reason TEXT" in str(nobody.exception)
    assert "reason cannot be empty" in str(empty.exception)
    assert asked.exit_code == 0, asked.output
    [arguments] = [told for name, told in gateway.asked if name in changes]
    assert arguments["reason"] == "phoned Kravia"
    assert arguments["message_id"] == DOUBT["message_id"]
    assert asked.stderr.index(["4", "700.00", "differs"][0]) < asked.stderr.index("Why, for")


def test_what_is_no_candidate_may_be_adopted_but_not_unwarned(gateway: Recorder) -> None:
    gateway.answers["doubts.show"] = DOUBT

    other = _type("doubts adopt msg_1 777 --reason phoned --yes").stderr
    known = _type("doubts adopt msg_1 555123 --reason phoned --yes").stderr

    assert "777 is not among the candidates" in other
    assert "not among" not in known


@pytest.mark.parametrize(
    ("line", "following"),
    [
        ("claims list", "kravia-gateway claims list --after 17"),
        (
            "claims list --state review --creditor acme --limit 2 --after 99",
            "kravia-gateway claims list --creditor acme --state review --limit 2 --after 17",
        ),
        ("tasks list --all", "kravia-gateway tasks list --all --after 17"),
        (
            "--config my.toml events list --type invoice.overdue",
            "kravia-gateway --config my.toml events list --type invoice.overdue --after 17",
        ),
    ],
)
def test_a_list_ends_with_what_to_type_for_more(
    line: str, following: str, gateway: Recorder
) -> None:
    name = next(f"{word}.list" for word in line.split() if word in LISTS)
    gateway.answers[name] = {"items": [{"claim_id": "clm_1"}], "next": "17"}
    Path("my.toml").write_text("")

    assert _type(line).stdout.splitlines()[-1] == f"More: {following}"


@pytest.mark.parametrize("name", LISTS)
def test_a_hundred_rows_stand_in_eighty_columns(name: str, gateway: Recorder) -> None:
    row = dict.fromkeys(ROW_FIELDS, "x" * 30) | ROW
    gateway.answers[f"{name}.list"] = {"items": [row] * 100, "next": "99900"}

    lines = _type(f"{name} list --limit 100").stdout.splitlines()

    assert max(map(len, lines)) <= 80
    assert len(lines) >= 102


ROW_FIELDS = ("status", "ledger", "webhook_id", "text", "message", "last_error", "kind", "type")
ROW: dict[str, Any] = {
    **{f"{name}_id": f"{name}_0123456789abcdef01234567" for name in ("claim", "case", "event")},
    **{f"{name}_id": f"{name}_0123456789abcdef01234567" for name in ("message", "task")},
    **{f"{name}_at": "2026-11-24T10:04:05+00:00" for name in ("received", "due", "sent", "raised")},
    "creditor_id": "acme",
    "invoice_number": "20003",
    "debtor_number": "10001",
    "state": "held",
    "hold_until": "2026-12-01",
    "outstanding": "1234567.00",
    "currency": "NOK",
    "claims": 12,
    "name": "nightly-report",
    "scopes": ["administer", "operate", "read"],
    "creditors": ["acme", "nordlys"],
    "outcome": "rejected",
    "attempts": 12,
    "mirror_complete": True,
    "candidates": ["555123"],
    "command": "kravia-gateway outbox show msg_0123456789abcdef01234567",
}


def test_several_claims_are_shown_and_changed_together(gateway: Recorder) -> None:
    gateway.answers["claims.show"] = {
        "claim_id": "clm_1",
        "invoice_number": "20003",
        "debtor_number": "10001",
        "outstanding": "12500.00",
        "currency": "NOK",
        "state": "review",
    }

    result = _type("claims approve clm_1 clm_2 clm_1 --yes --json")

    asked = [(name, arguments["claim_id"]) for name, arguments in gateway.asked]
    assert asked == [
        ("claims.show", "clm_1"),
        ("claims.show", "clm_2"),
        ("claims.approve", "clm_1"),
        ("claims.approve", "clm_2"),
    ]
    assert "invoice 20003 debtor 10001 12 500.00 NOK review" in " ".join(result.stderr.split())
    assert json.loads(result.stdout) == {"items": [{"done": True}, {"done": True}]}


def test_repair_sends_the_corrected_body_as_it_stands(gateway: Recorder, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text('{"type": "invoice.overdue", "navn": "Åse"}')

    _type("events repair evt_1 body.json --reason typo --yes")

    assert gateway.asked[-1] == (
        "events.repair",
        {
            "event_id": "evt_1",
            "body": '{"type": "invoice.overdue", "navn": "Åse"}',
            "reason": "typo",
        },
    )


def test_a_claim_is_shown_with_its_decision_and_messages(gateway: Recorder) -> None:
    gateway.answers["claims.show"] = {
        "claim_id": "clm_1",
        "state": "held",
        "decision": {
            "invoice_id": "inv-1",
            "on": "2026-11-24",
            "decision": "hold",
            "reasons": [{"rule": "INK-06", "effect": "hold", "message": "Not yet."}],
            "amounts": {"currency": "NOK"},
        },
        "messages": [{"message_id": "msg_1", "kind": "kravia.register", "state": "parked"}],
    }

    said = " ".join(_type("claims show clm_1").stdout.split())

    assert "Invoice inv-1 on 24 Nov 2026: hold" in said
    assert "INK-06 hold Not yet." in said
    assert "msg_1 kravia.register parked" in said


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Failure("no", code=3), 3),
        (SettingsError([Fault(source="g.toml", key="mode", message="bad")]), 2),
        (OperationError("no such claim", kind="not_found"), 2),
        (OperationError("it is leased", kind="refused"), 2),
        (OperationError("wrong day", kind="invalid"), 2),
        (OperationError("Kravia is down", kind="unreachable"), 3),
        (DatabaseLocked("process 7 has it", pid=7), 2),
        (DatabaseTooNew("a later release"), 2),
        (DatabaseBusy("too much waits"), 3),
    ],
)
def test_expected_errors_end_in_their_exit_code(error: Exception, code: int) -> None:
    failure = failure_of(error)

    assert failure is not None
    assert failure.code == code
    assert failure.message == str(error)


def test_a_defect_keeps_its_traceback() -> None:
    assert failure_of(KeyError("x")) is None


def test_a_simulators_clock_runs_until_somebody_sets_it() -> None:
    class Simulator:
        now = None

    simulator = Simulator()
    clock = _RunningClock(simulator)  # type: ignore[arg-type]  # all that the clock reads
    simulator.now = clock()  # type: ignore[assignment]  # any value will do

    assert clock() is not simulator.now

    simulator.now = "set by hand"  # type: ignore[assignment]  # any value will do
    assert clock() == "set by hand"
