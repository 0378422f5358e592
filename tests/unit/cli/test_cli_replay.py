"""``replay`` on the command line: what it asks of the gateway, shows, prints and ends with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import call, replay_run
from gateway.cli.failure import Failure
from gateway.cli.main import app

PLAN: dict[str, Any] = {
    "filter": {"what": "messages", "state": "delivered"},
    "count": 2,
    "by_type": [{"type": "ledger.claim.held", "state": "delivered", "count": 2}],
    "left_out": [{"why": "Kravia has it", "count": 3}],
    "sample": [
        {
            "message_id": "msg_1",
            "creditor_id": "acme",
            "type": "ledger.claim.held",
            "state": "delivered",
            "at": "2026-11-24T09:30:00+00:00",
        }
    ],
}
ENDED: dict[str, Any] = {
    "replay_id": "rpl_1",
    "what": "messages",
    "state": "done",
    "items": 2,
    "done": 2,
    "outcomes": {"told_again": 2},
    "filter": {"what": "messages"},
    "started_at": "2026-11-24T09:30:00+00:00",
    "ended_at": "2026-11-24T09:31:00+00:00",
}


class Gateway:
    """Stands in for the gateway: remembers what was asked, answers with what it was given."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, object]]] = []
        self.plan, self.ended = dict(PLAN), dict(ENDED)

    async def run(self, _settings: object, orders: list[call.Order]) -> list[dict[str, Any]]:
        self.asked += [
            (name, {key: value for key, value in told.items() if value is not None})
            for name, told in orders
        ]
        answers = {"replays.plan": self.plan, "replays.list": {"items": [self.ended], "next": None}}
        return [answers.get(name, self.ended) for name, _ in orders]

    async def follow(self, _settings: object, replay_id: str, watch: Any) -> dict[str, Any]:
        assert replay_id == "rpl_1"
        watch(self.ended)
        return self.ended


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gateway:
    stand_in = Gateway()
    monkeypatch.setattr(call, "_run", stand_in.run)
    monkeypatch.setattr(replay_run, "follow", stand_in.follow)
    monkeypatch.chdir(tmp_path)
    return stand_in


def _type(line: str) -> Any:
    return CliRunner().invoke(app, line.split(), env={"COLUMNS": "80"})


def test_a_replay_asks_with_its_filter_and_prints_one_document(gateway: Gateway) -> None:
    result = _type(
        "replay messages --creditor acme --since 2026-11-20 --until 2026-11-24 --state delivered"
        " --type ledger.claim.held --error 503 --rate 20 --reason lost --yes --json"
    )

    asked = {
        "what": "messages",
        "creditor": "acme",
        "since": "2026-11-20",
        "until": "2026-11-24",
        "state": "delivered",
        "type": "ledger.claim.held",
        "error": "503",
    }
    assert result.exit_code == 0, result.output
    assert gateway.asked == [
        ("replays.plan", asked),
        ("replays.start", {**asked, "rate": 20, "reason": "lost"}),
    ]
    assert json.loads(result.stdout) == ENDED


def test_a_dry_run_shows_counts_and_some_and_starts_nothing(gateway: Gateway) -> None:
    as_text, as_json = _type("replay messages --dry-run"), _type("replay events --dry-run --json")

    said = as_text.stdout
    assert "2 match." in said
    assert "2 ledger.claim.held delivered" in " ".join(said.split())
    assert "left out: 3 Kravia has it" in " ".join(said.split())
    assert "msg_1" in said
    assert max(map(len, said.splitlines())) <= 80
    assert json.loads(as_json.stdout) == PLAN
    assert {name for name, _ in gateway.asked} == {"replays.plan"}


def test_what_is_told_again_is_announced_with_what_it_means(gateway: Gateway) -> None:
    said = _type("replay messages --state delivered --yes").stderr

    assert "under a new webhook-id" in said
    gateway.plan = {**PLAN, "by_type": [{"type": "x", "state": "parked", "count": 2}]}
    assert "webhook-id" not in _type("replay messages --yes").stderr


def test_nothing_is_replayed_where_nobody_can_agree(gateway: Gateway) -> None:
    result = _type("replay events")

    assert isinstance(result.exception, Failure)
    assert result.exception.message.endswith("--yes")
    assert [name for name, _ in gateway.asked] == ["replays.plan"]


def test_an_empty_set_is_said_and_not_started(gateway: Gateway) -> None:
    gateway.plan = {**PLAN, "count": 0, "by_type": [], "left_out": [], "sample": []}

    result = _type("replay events --yes")

    assert (result.exit_code, result.stdout) == (0, "0 match.\n")
    assert [name for name, _ in gateway.asked] == ["replays.plan"]


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        ({"outcomes": {"handled": 1, "failed": 1}}, 1),
        ({"state": "cancelled"}, 1),
        ({"state": "running"}, 0),
        ({}, 0),
    ],
)
def test_its_exit_code_says_whether_all_went_well(
    ended: dict[str, Any], code: int, gateway: Gateway
) -> None:
    gateway.ended = ENDED | ended

    result = _type("replay resume rpl_1")

    assert result.exit_code == code
    assert ("when serve runs" in result.stderr) == (ended.get("state") == "running")


def test_list_show_and_cancel_ask_for_what_they_name(gateway: Gateway) -> None:
    listed = _type("replay list")
    _type("replay show rpl_1")
    _type("replay cancel rpl_1 --reason no --yes")

    assert "2 told_again" in listed.stdout
    assert max(map(len, listed.stdout.splitlines())) <= 80
    assert gateway.asked == [
        ("replays.list", {"limit": 50}),
        ("replays.show", {"replay_id": "rpl_1"}),
        ("replays.show", {"replay_id": "rpl_1"}),
        ("replays.cancel", {"replay_id": "rpl_1", "reason": "no"}),
    ]


def test_whoever_stops_watching_is_told_how_to_go_on(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(coroutine: Any) -> None:
        coroutine.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(asyncio, "run", interrupted)
    result = CliRunner().invoke(app, ["replay", "resume", "rpl_1"])

    assert isinstance(result.exception, Failure)
    assert "replay resume rpl_1" in result.exception.message
    assert gateway.asked == []


def test_the_bar_is_silent_in_a_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    with replay_run.Bar() as bar:
        bar.show({"state": "freezing", "done": 0, "items": 0})
        bar.show({"state": "running", "done": 1, "items": 2})

    assert capfd.readouterr() == ("", "")
