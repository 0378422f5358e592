"""Tells people which remotes are down or want rest, and has Kravia probed by a read in time.

Nothing here calls a remote: a poll that is due anyway is only asked for sooner.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog

from clients.paced_transport import Host
from clients.pacing import BreakerState
from gateway.operations.alert_kinds import REMOTE_RESTS
from gateway.operations.gateway import Gateway
from gateway.operations.tell import alert
from gateway.storage.desk import NewAlert, alert_stands, clear_alert
from gateway.workers.courses import KRAVIA

REST_TOLD_FROM_SECONDS = 60.0
"""A shorter rest is over before anyone has read of it."""

logger = structlog.get_logger(__name__)


async def watch_remotes(gateway: Gateway, now: datetime) -> None:
    """Raise and clear the alerts, and ask for the poll that probes Kravia."""
    told = {
        (creditor_id, place): _why(host)
        for (creditor_id, place), url in gateway.addresses.items()
        for host in (gateway.hosts.of(url),)
    }

    def stale(connection: sa.Connection) -> list[tuple[str, str]]:
        return [
            each
            for each, why in told.items()
            if alert_stands(connection, each[0], REMOTE_RESTS, each[1]) is (why is None)
        ]

    changed = await gateway.database.read(stale)
    if changed:
        await gateway.database.write(
            lambda connection: _tell(connection, gateway, changed, told, now)
        )
    _probe(gateway)


def _tell(
    connection: sa.Connection,
    gateway: Gateway,
    changed: list[tuple[str, str]],
    told: dict[tuple[str, str], str | None],
    now: datetime,
) -> None:
    for creditor_id, place in changed:
        why = told[creditor_id, place]
        if why is None:
            clear_alert(connection, creditor_id, REMOTE_RESTS, place)
            logger.info("remote.returned", creditor_id=creditor_id, system=place)
            continue
        logger.warning("remote.spared", creditor_id=creditor_id, system=place)
        new = NewAlert(
            creditor_id=creditor_id,
            kind=REMOTE_RESTS,
            about=place,
            text=f"{place}: {why}; what is meant for it waits, and no attempt is counted",
            command=f"kravia-gateway creditors check {creditor_id}",
        )
        alert(connection, gateway, new, now)


def _why(host: Host) -> str | None:
    """Why nothing is sent to the host, as an operator should read it; None if it is not so."""
    if host.state is not BreakerState.CLOSED:
        return (
            f"{host.name} failed {host.breaker.failures} times in a row, so one call every"
            f" {host.limits.open_seconds:g} s looks whether it is back"
        )
    rest = host.asked_rest_seconds()
    if rest >= REST_TOLD_FROM_SECONDS:
        return f"{host.name} asked not to be called for {rest:.0f} s"
    return None


def _probe(gateway: Gateway) -> None:
    creditor_id = next(iter(gateway.creditors), None)
    if creditor_id is None:
        return
    host = gateway.host_of(creditor_id, KRAVIA)
    if host is not None and host.state is BreakerState.HALF_OPEN:
        gateway.wake.poll(creditor_id)
