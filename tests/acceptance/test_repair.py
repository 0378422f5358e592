"""``events repair`` with an editor that is a real program, beside a server and without one."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from clients.webhook.ledger_events import invoice_body
from tests.acceptance.conftest import ENVIRON, House
from tests.acceptance.programs import Document, Ended, environ, moved, run

EDITOR = Path(__file__).with_name("scripted_editor.py")


class Desk:
    """A person with a scripted editor and a folder of their own for what is temporary."""

    def __init__(self, house: House, turns: Sequence[str]) -> None:
        self.house = house
        self.script = house.folder / "script"
        self.temporary = house.folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        shutil.rmtree(self.script, ignore_errors=True)
        self.script.mkdir()
        for at, turn in enumerate(turns, 1):
            (self.script / str(at)).write_text(turn)

    async def type(self, *arguments: str, editor: str | None = None) -> Ended:
        command = moved("--config", "gateway.toml", *arguments)
        words = [sys.executable, str(EDITOR), str(self.script)]
        chosen = shlex.join(words) if editor is None else editor
        env = environ(**ENVIRON, VISUAL=chosen, TMPDIR=str(self.temporary))
        return await run(command, folder=self.house.folder, env=env)

    @property
    def seen(self) -> list[Document]:
        return [json.loads(each.read_text()) for each in sorted(self.script.glob("seen-*"))]

    @property
    def left_behind(self) -> list[str]:
        return sorted(each.name for each in self.temporary.rglob("*"))


async def _rejected(house: House, **invoice: Any) -> str:
    answer = await house.post(orjson.dumps(invoice_body(**invoice)))
    assert answer.status == 422
    (event,) = (await house.call("events.list", outcome="rejected"))["items"]
    return str(event["event_id"])


FIX_ONE = "text = text.replace('\"2 250,00\"', '\"2250.00\"')"
FIX_BOTH = "text = text.replace('\"soon\"', '\"2026-07-15\"')"


async def test_an_event_is_corrected_in_an_editor_until_it_is_valid_and_then_handled(
    house: House,
) -> None:
    desk = Desk(house, [FIX_ONE, FIX_BOTH])
    async with house.serve() as server:
        debtor = {"name": "Ola Nordmann"}
        event_id = await _rejected(house, total="2 250,00", issue_date="soon", debtor=debtor)

        ended = await desk.type("events", "repair", event_id, "--reason", "typing", "--yes")

        assert ended.code == 0, ended.said

        async def look() -> Document | None:
            event = await house.call("events.show", event_id=event_id)
            copy = await house.call("events.show", event_id=event["repaired_as"])
            return copy if copy["outcome"] == "handled" else None

        await server.until(look, "the corrected copy handled")
        original = await house.call("events.show", event_id=event_id)
        audit = (await house.call("audit.list"))["items"]

    first, second = desk.seen
    lines = first["text"].splitlines()
    for field in ("total", "issue_date"):
        at = next(n for n, line in enumerate(lines) if line.strip().startswith(f'"{field}"'))
        assert lines[at - 1].strip().startswith(f"// FAULT data.invoice.{field}: ")
    assert "// FAULT data.invoice.total" not in second["text"]
    assert '"total": "2250.00"' in second["text"]
    assert "// FAULT data.invoice.issue_date" in second["text"]
    assert {each["rights"] for each in desk.seen} == {"600 700"}
    assert desk.left_behind == []
    assert original["outcome"] == "repaired"
    assert "changed: data.invoice.issue_date, data.invoice.total" in ended.said
    assert "Nordmann" in first["text"]
    assert "Nordmann" not in ended.said + ended.out
    assert [row["action"] for row in audit] == ["events.repair", "events.show --body"]


WAYS_OUT: list[tuple[list[str], str, int]] = [
    (["pass"], "Nothing was changed.", 0),
    (["text = ''"], "Nothing was changed.", 0),
    (["text = None"], "Nothing was changed.", 0),
    (["text = '// only a comment'"], "Nothing was changed.", 0),
    ([FIX_ONE, "pass"], "Nothing was changed.", 0),
    ([f"{FIX_ONE}; code = 1"], "The editor ended with code 1: nothing was changed.", 2),
]


async def test_there_is_a_way_out_and_wrong_means_say_what_to_do(house: House) -> None:
    async with house.serve():
        event_id = await _rejected(house, total="2 250,00", issue_date="soon")
        for turns, says, code in WAYS_OUT:
            desk = Desk(house, turns)
            ended = await desk.type("events", "repair", event_id, "--yes")
            assert (ended.code, ended.said.splitlines()[-1]) == (code, says)
            assert len(desk.seen) == len(turns)
            assert desk.left_behind == []

        missing = await desk.type("events", "repair", event_id, editor="no-such-editor")
        unset = await desk.type("events", "repair", event_id, editor="")
        wrong = house.folder / "wrong.json"
        wrong.write_bytes(orjson.dumps(invoice_body(total="2 250,00", issue_date="soon")))
        from_file = await desk.type("events", "repair", event_id, "--file", str(wrong), "--yes")
        shown = await house.call("events.show", event_id=event_id)

    assert "no-such-editor cannot be started" in missing.said
    assert "set $EDITOR" in unset.said
    assert "data.invoice.total: must be" in from_file.said
    assert "data.invoice.issue_date: must be" in from_file.said
    assert (missing.code, unset.code, from_file.code) == (2, 2, 2)
    assert desk.left_behind == []
    assert shown["outcome"] == "rejected"


async def test_what_was_typed_is_never_lost(house: House) -> None:
    """Not when it is no JSON, and not when it cannot be stored: here the settings are gone."""
    async with house.serve():
        event_id = await _rejected(house, total="2 250,00")
    broken = f"{FIX_ONE}; text = text.replace('\"currency\"', 'currency\"')"
    mended = "text = text.replace('currency\"', '\"currency\"')"
    desk = Desk(house, [broken, f"{mended}; import os; os.rename('gateway.toml', 'gone.toml')"])

    ended = await desk.type("events", "repair", event_id, "--yes")

    second = desk.seen[1]["text"]
    lines = second.splitlines()
    at = next(n for n, line in enumerate(lines) if 'currency"' in line)
    assert lines[at - 1].startswith("// FAULT in the line below, about character ")
    assert '"2250.00"' in second
    (kept,) = desk.temporary.iterdir()
    assert ended.code != 0
    assert f"--file {kept}" in ended.said
    assert f"{kept.stat().st_mode & 0o777:o}" == "600"
    assert json.loads(kept.read_text())["data"]["invoice"]["total"] == "2250.00"
    (house.folder / "gone.toml").rename(house.folder / "gateway.toml")
    again = await desk.type("events", "repair", event_id, "--file", str(kept), "--yes", "--json")
    assert again.document["repairs"] == event_id
