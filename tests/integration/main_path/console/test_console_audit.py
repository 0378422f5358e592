"""*Audit* as people look something up in it: by who, what, of what and when."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.operations.errors import OperationError
from gateway.storage.desk import record_action

BEGIN = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # half past eleven in Oslo
DONE = (
    ("user:kari", "claims.note", "clm_1abc"),
    ("user:ola", "claims.hold", "clm_1abc"),
    ("user:kari", "doubts.adopt", "msg_2abc = 4711"),
    ("user:kari", "claims.note", "clm_1xyz"),
    ("token:nightly", "claims.note", "acme"),
    ("user:kari", "users.role", "user ola"),
    ("user:kari", "settlements.booked", "acme 10759"),
)


async def plant(world: Any, *, after: Sequence[int] = range(len(DONE))) -> None:
    """What people did: each begun ``after`` so many hours, written down one behind the other."""

    def write(connection: sa.Connection) -> None:
        for hours, (actor, action, subject) in zip(after, DONE, strict=True):
            at = BEGIN + timedelta(hours=hours)
            record_action(
                connection, actor=actor, action=action, subject=subject, reason=None, now=at
            )

    await world.gateway.database.write(write)


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        ({"actor": "user:ola"}, [1]),
        ({"action": "claims.note"}, [4, 3, 0]),
        ({"actor": "user:kari", "action": "claims.note"}, [3, 0]),
        ({"subject": "clm_1abc"}, [1, 0]),
        ({"subject": "clm_1a"}, [1, 0]),
        ({"subject": "clm_1abc", "actor": "user:kari"}, [0]),
        ({"subject": "msg_2abc"}, [2]),
        ({"subject": "acme"}, [4]),
        ({"subject": "user ola"}, [5]),
        ({"subject": "clm_2"}, []),
        ({"until": "2026-11-20"}, [0]),
        ({"since": "2026-11-21", "actor": "user:kari"}, [6, 5, 3, 2]),
        ({"since": "2026-11-21T00:30", "until": "2026-11-21T02:30"}, [2, 1]),
        ({"since": "2026-11-22"}, []),
    ],
    ids=str,
)
async def test_what_was_done_is_found(world: Any, asked: dict[str, str], which: list[int]) -> None:
    await plant(world)

    found = await world.items("audit.list", **asked)

    assert [(row["actor"], row["action"], row["subject"]) for row in found] == [
        DONE[each] for each in which
    ]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"subject": "clm_1"}, "several ids begin with clm_1, such as clm_1abc and clm_1xyz"),
        ({"since": "24.11.2026"}, "since must be a date such as 2026-11-24"),
        ({"since": "2026-11-24", "until": "2026-11-23"}, "since must be before until"),
    ],
    ids=str,
)
async def test_what_cannot_be_meant_is_refused(
    world: Any, asked: dict[str, str], problem: str
) -> None:
    await plant(world)

    with pytest.raises(OperationError, match=problem):
        await world.call("audit.list", **asked)


async def test_pages_give_every_row_once_though_two_processes_wrote_at_once(world: Any) -> None:
    await plant(world, after=(0, 2, 1, 2, 2, 1, 3))
    whole = await world.items("audit.list")
    found: list[Any] = []
    after: dict[str, object] | None = {}
    while after is not None:
        page = await world.call("audit.list", limit=2, **after)
        found += page["items"]
        after = None if page["next"] is None else {"after": page["next"]}

    assert found == whole
    assert [row["seq"] for row in whole] == [7, 5, 4, 2, 6, 3, 1]


async def test_the_page_narrows_and_saves_what_it_shows(desk: Any, world: Any) -> None:
    await plant(world)
    browser = await desk.person("viewer")
    query = "actor=user%3Akari&action=claims.note&since=2026-11-21"

    page = (await browser.get(f"/audit?{query}")).text
    saved = (await browser.get(f"/audit?{query}&format=csv")).text.removeprefix("\ufeff")
    refused = await browser.get("/audit?subject=clm_1&since=2026-11-21")

    assert 'name="since" type="date" value="2026-11-21"' in page
    assert "clm_1xyz" in page
    assert "clm_1abc" not in page
    assert [row["Of what"] for row in csv.DictReader(io.StringIO(saved))] == ["clm_1xyz"]
    assert refused.status == 422
    assert "several ids begin with clm_1" in refused.text
    assert 'name="subject" type="text" value="clm_1"' in refused.text
