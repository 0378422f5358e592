"""What is asked of Kravia for a creditor: where its hints go, and who is invited."""

from __future__ import annotations

from functools import partial

from gateway.operations.arguments import Arguments, creditor_of, needed
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage.desk import record_action


async def configure_webhook(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Tell Kravia where to send its hints, and the secret to sign them with."""
    creditor_id = creditor_of(gateway, arguments)
    secret = gateway.hint_secrets.get(creditor_id)
    if secret is None:
        raise OperationError(
            f"creditors.{creditor_id}.kravia_webhook_secret is not set: Kravia signs with it",
            kind="invalid",
        )
    url = needed(arguments, "url")
    await gateway.kravia.configure_webhook(
        gateway.creditors[creditor_id].kravia_creditor_id, url=url, secret=secret, enabled=True
    )
    await _audit(gateway, actor, "creditors.configure_webhook", f"{creditor_id} {url}")
    return {"creditor_id": creditor_id, "url": url, "configured": True}


async def invite(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Have Kravia invite a person to the creditor's workspace."""
    creditor_id = creditor_of(gateway, arguments)
    country = arguments.get("country_code")
    number = arguments.get("organization_number")
    await gateway.kravia.invite(
        gateway.creditors[creditor_id].kravia_creditor_id,
        email=needed(arguments, "email"),
        name=needed(arguments, "name"),
        is_accountant=bool(arguments.get("is_accountant")),
        country_code=None if country is None else str(country),
        organization_number=None if number is None else str(number),
    )
    await _audit(gateway, actor, "creditors.invite", creditor_id)
    return {"creditor_id": creditor_id, "invited": True}


async def _audit(gateway: Gateway, actor: str, action: str, subject: str) -> None:
    await gateway.database.write(
        partial(
            record_action,
            actor=actor,
            action=action,
            subject=subject,
            reason=None,
            now=gateway.clock(),
        )
    )
