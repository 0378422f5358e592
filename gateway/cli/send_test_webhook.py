"""``send-test-webhook``: signs a file as an invoicing system would, and sends it."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlsplit

import typer

from gateway.cli import options
from gateway.cli.call import invocation
from gateway.cli.creditors import chosen
from gateway.cli.failure import NOT_CLEAN, UNREACHABLE, Failure
from gateway.cli.input import read_input
from gateway.cli.render import clean

if TYPE_CHECKING:
    from clients.exchange import Response
    from gateway.settings import Settings

_HTTP_OK = range(200, 300)
# The listening addresses that stand for "every address of this machine".
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound here


def send_test_webhook(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A webhook body; - reads standard input.")
    ],
    creditor: options.Creditor = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where to; the server of the settings unless given."),
    ] = None,
    webhook_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="The webhook-id; a new one unless given."),
    ] = None,
) -> None:
    """Sign FILE with the creditor's first secret, send it and print the answer.

    The event is real to the gateway that gets it: use a test creditor.
    """
    from clients.errors import ClientError

    settings = invocation(context).settings()
    name = chosen(context, creditor)
    body = read_input(file)
    secret = _secret(settings, name)
    target = _target(settings, name, url)
    identifier = webhook_id or f"msg_{secrets.token_hex(16)}"
    try:
        answer = asyncio.run(_send(target, secret, identifier, body))
    except ClientError as error:
        raise Failure(
            f"{target} did not answer ({error}). Is the server running? Start it with: "
            "kravia-gateway serve",
            code=UNREACHABLE,
        ) from error
    typer.echo(f"{target} answered {answer.status} to {identifier}", err=True)
    typer.echo(clean(answer.body.decode("utf-8", "replace")))
    if answer.status not in _HTTP_OK:
        raise typer.Exit(NOT_CLEAN)


async def _send(target: str, secret: bytes, webhook_id: str, body: bytes) -> Response:
    from clients.exchange import Request
    from clients.transport import HttpTransport, Timeouts
    from clients.webhook.signature import signed_headers

    headers = signed_headers([secret], webhook_id, int(time.time()), body)
    request = Request(method="POST", path=target, headers=headers, body=body)
    async with HttpTransport() as transport:
        return await transport.send(request, timeouts=Timeouts())


def _secret(settings: Settings, creditor_id: str) -> bytes:
    from clients.webhook.signature import decode_secret

    if creditor_id not in settings.creditors:
        known = ", ".join(settings.creditors) or "none"
        raise Failure(f"{settings.source} has no creditor {creditor_id}; it has: {known}")
    found = settings.creditors[creditor_id].webhook_secrets
    if not found:
        raise Failure(
            f"{settings.source}: creditors.{creditor_id}.webhook_secrets: no secret can be read; "
            "set the environment variable that it names, as for the server"
        )
    return decode_secret(found[0].get_secret_value())


def _target(settings: Settings, creditor_id: str, url: str | None) -> str:
    """Return where to send: ``url`` as it is, or completed where it only names a server."""
    host = _ANY_ADDRESS.get(settings.server.host, settings.server.host)
    own = f"http://[{host}]" if ":" in host else f"http://{host}"
    given = url or f"{own}:{settings.server.port}"
    if "://" not in given:
        raise Failure(f'--url "{given}" is not a URL; write http://host:port')
    if urlsplit(given).path in {"", "/"}:
        return f"{given.rstrip('/')}/webhooks/{quote(creditor_id)}"
    return given
