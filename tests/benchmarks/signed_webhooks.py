"""The load: distinct ``invoice.overdue`` webhooks, signed and written before the clock starts."""

from __future__ import annotations

from datetime import datetime

import orjson

from clients.webhook.ledger_events import invoice_body
from clients.webhook.signature import decode_secret, signed_headers

SECRET_TEXT = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
SECRET = decode_secret(SECRET_TEXT)


def requests(count: int, *, first: int, now: datetime) -> list[bytes]:
    """Whole HTTP requests of ``count`` invoices, each with a debtor of its own.

    ``first`` numbers them: what was sent once must not be sent again, it would be a duplicate.
    """
    return [_request(number, now) for number in range(first, first + count)]


def _request(number: int, now: datetime) -> bytes:
    body = orjson.dumps(
        invoice_body(
            id=f"inv-{number}",
            number=f"{number}",
            debtor={"number": f"debtor-{number}", "name": f"Debtor number {number}"},
            timestamp=now.isoformat(),
        )
    )
    headers = signed_headers([SECRET], f"msg-{number}", int(now.timestamp()), body)
    lines = [
        "POST /webhooks/acme HTTP/1.1",
        "host: 127.0.0.1",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
