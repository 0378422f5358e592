"""The gateway's doors as the world outside sees them: webhooks in, and what a person may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import orjson

from clients.exchange import Request, Response
from clients.transport import Timeouts, Transport
from clients.webhook.ledger_events import event_body, objection_resolved_data
from clients.webhook.signature import signed_headers
from gateway.cli.demo.steps import Answer, Sends

CREDITOR: Final = "acme"
REASON: Final = "as the story tells"

Document = dict[str, Any]

_TIMEOUTS: Final = Timeouts(connect_seconds=5, read_seconds=30, total_seconds=60)
"""The ledger's patience with the gateway: generous, since here one process does everything."""


@dataclass(slots=True, kw_only=True)
class Door:
    """``call`` does what the command line does; ``surprises`` are answers no story expects."""

    url: str
    secret: bytes
    transport: Transport
    now: Callable[[], datetime]
    operate: Callable[[str, Mapping[str, object]], Awaitable[Mapping[str, object]]]
    surprises: list[str] = field(default_factory=list)
    _sent: int = 0

    async def call(self, operation: str, **arguments: object) -> Document:
        """Do what the command line does, as a person."""
        return dict(await self.operate(operation, arguments))

    async def claims_of(self, debtor_number: str) -> list[Document]:
        """List a debtor's claims."""
        page = await self.call("claims.list", debtor=debtor_number)
        found: list[Document] = page["items"]
        return found

    async def send(self, event: Sends) -> bool:
        """Sign an event and send it over HTTP; whether it was recorded."""
        now = self.now()
        body = self.body(event.type, event.data, event.happened_at or now)
        self._sent += 1
        headers = signed_headers(
            [self.secret], event.webhook_id or f"demo-{self._sent}", int(now.timestamp()), body
        )
        if not event.is_signed:
            headers = {"content-type": headers["content-type"]}
        request = Request(
            method="POST", path=f"{self.url}/webhooks/{CREDITOR}", headers=headers, body=body
        )
        answer = _answer(await self.transport.send(request, timeouts=_TIMEOUTS))
        if answer != event.answer:
            self.surprises.append(f"{event.type} was answered {answer}, not {event.answer}")
        return answer == Answer.RECORDED

    async def answer_objection(self, invoice_id: str, on: date) -> None:
        """Say that the creditor has answered; no ledger has a better way than a webhook."""
        data = objection_resolved_data(
            invoice_id=invoice_id, resolved_on=on.isoformat(), outcome="answered"
        )
        await self.send(Sends(at=self.now(), type="objection.resolved", data=data))

    @staticmethod
    def body(type_: str, data: Mapping[str, object], happened_at: datetime) -> bytes:
        """Put the envelope around an event's data, as bytes."""
        return orjson.dumps(event_body(type_, data, happened_at.isoformat()))


def _answer(response: Response) -> str:
    """Read the gateway's answer as a word of the stories."""
    match response.status:
        case 202:
            return str(orjson.loads(response.body)["outcome"])
        case 401:
            return Answer.UNAUTHORIZED
        case 422:
            return Answer.NOT_VALID
        case status:
            return str(status)
