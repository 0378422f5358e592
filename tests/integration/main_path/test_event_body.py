"""An event's body is shown to a person who must correct it, and the audit says to whom."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import orjson
import pytest

from gateway.operations.errors import OperationError


async def test_a_body_is_shown_as_it_came_and_the_look_is_audited(world: Any) -> None:
    event_id = await world.overdue("30001", debtor={"name": "Kari Nordmann"})

    shown = await world.call("events.body", event_id=event_id, reason="name is wrong")

    body = orjson.loads(b64decode(shown["body_base64"]))
    assert body["data"]["debtor"]["name"] == "Kari Nordmann"
    [look] = (await world.call("audit.list"))["items"]
    assert (look["action"], look["subject"]) == ("events.show --body", event_id)
    assert look["reason"] == "name is wrong"
    assert "Kari" not in str(await world.call("events.show", event_id=event_id))


async def test_there_is_no_body_of_an_event_that_never_came(world: Any) -> None:
    with pytest.raises(OperationError, match="list them with: events list"):
        await world.call("events.body", event_id="evt_none")
    assert (await world.call("audit.list"))["items"] == []
