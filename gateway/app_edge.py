"""What the HTTP edge is handed of the gateway."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib.metadata import version

import sqlalchemy as sa

from clients.kravia.hints import verify_hint
from clients.webhook.signature import decode_secret
from gateway.app_remotes import ledger_verifiers
from gateway.domain.wording import Language
from gateway.metrics import Metrics
from gateway.operations import access, registry
from gateway.operations.discretion import body_to_keep
from gateway.operations.gateway import Gateway
from gateway.operations.rights import Caller
from gateway.operations.sessions import Sessions
from gateway.operations.tokens import caller_of
from gateway.settings import Settings
from gateway.storage import inbox, mirror
from gateway.storage.inbox import NewEvent, Recorded
from gateway.web.admin import Tokens
from gateway.web.console.door import Door, TrustedProxy
from gateway.web.edge import Drain, Edge
from gateway.web.rate import Rate
from gateway.web.webhooks import WebhookLimits

HEALTH_SECONDS = 3.0
"""A server of databases may be away and is waited for; a probe must not wait along."""


def build_edge(
    settings: Settings, gateway: Gateway, metrics: Metrics, is_full: Callable[[], bool]
) -> Edge:
    """Put together what the HTTP edge asks of the gateway; listens nowhere yet."""
    server = settings.server

    async def record(event: NewEvent) -> Recorded:
        body = body_to_keep(gateway, event.creditor_id, event.body)
        recorded = await inbox.record(
            gateway.database,
            gateway.seal,
            event if body is event.body else replace(event, body=body),
        )
        gateway.wake.intake.set()
        return recorded

    async def call(name: str, arguments: Mapping[str, object], actor: str) -> Mapping[str, object]:
        return await registry.call(gateway, name, arguments, actor)

    async def is_known(creditor_id: str, kravia_invoice_id: str) -> bool:
        return await gateway.database.read(
            lambda connection: mirror.find(connection, creditor_id, kravia_invoice_id)
        )

    async def database_answers() -> str | None:
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                await gateway.database.read(
                    lambda connection: connection.execute(sa.text("SELECT 1"))
                )
        except TimeoutError:
            return f"the database has not answered for {HEALTH_SECONDS:g} s"
        return "the database has failed" if gateway.database.failed.is_set() else None

    async def call_as(
        name: str, arguments: Mapping[str, object], caller: Caller
    ) -> Mapping[str, object]:
        return await access.call_as(gateway, name, arguments, caller)

    token = server.admin_token
    return Edge(
        secrets={
            name: tuple(decode_secret(s.get_secret_value()) for s in each.webhook_secrets)
            for name, each in settings.creditors.items()
        },
        record=record,
        now=gateway.clock,
        call=call,
        is_known=is_known,
        hint=gateway.wake.poll,
        checks={"database": database_answers},
        drain=Drain(),
        limits=WebhookLimits(
            body_bytes_max=server.body_max_bytes,
            body_seconds_max=server.body_timeout_seconds,
            depth_max=server.json_depth_max,
            rate=Rate(per_second=server.rate_per_second, burst=server.rate_burst),
        ),
        is_full=is_full,
        observe=metrics.webhook_answered,
        render_metrics=metrics.render,
        hint_verifier=_hint_verifier(gateway),
        ledger_verifiers=ledger_verifiers(settings),
        ledger_hint=gateway.wake.sweep,
        admin_token=None if token is None else token.get_secret_value(),
        tokens=Tokens(caller_of=partial(caller_of, gateway), call_as=call_as),
        console=build_door(settings, gateway, metrics) if settings.console.enabled else None,
        operation_names=tuple(registry.OPERATIONS),
        tracing=gateway.tracing,
        version=version("kravia-gateway"),
    )


def build_door(settings: Settings, gateway: Gateway, metrics: Metrics) -> Door:
    """Put together what the console asks of the gateway."""
    console = settings.console

    async def call(
        name: str, arguments: Mapping[str, object], caller: Caller, language: Language
    ) -> Mapping[str, object]:
        return await access.call_as(gateway, name, arguments, caller, language)

    lasts = timedelta(hours=console.session_hours)
    return Door(
        call=call,
        sessions=Sessions(gateway=gateway, lasts=lasts),
        now=gateway.clock,
        sign=gateway.seal.token,
        commits=lambda: metrics.commits,
        session_lasts=lasts,
        answering=gateway.recount.answering,
        https=console.https,
        proxy=TrustedProxy(
            addresses=tuple(ipaddress.ip_network(each) for each in console.proxy_addresses),
            user_header=console.proxy_user_header,
        ),
    )


def _hint_verifier(gateway: Gateway) -> Callable[[str, bytes], bool] | None:
    recipe = gateway.assumptions.webhook_recipe
    if recipe is None:
        return None

    def verify(creditor_id: str, body: bytes) -> bool:
        secret = gateway.hint_secrets.get(creditor_id)
        return secret is not None and verify_hint(body, secret=secret, recipe=recipe)

    return verify
