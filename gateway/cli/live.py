"""``check-config --live``: what the remotes themselves say of the assumptions, reading only."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from clients.conta import inspection as conta_inspection
from clients.conta import look as conta_look
from clients.conta.client import ContaClient
from clients.errors import AuthenticationError, ClientError
from clients.fiken import inspection as fiken_inspection
from clients.fiken import look as fiken_look
from clients.finding import Finding, Verdict, fails
from clients.kravia import inspection as kravia_inspection
from clients.kravia.client import KraviaClient
from clients.kravia.look import look as kravia_look
from clients.paced_transport import PacedTransport
from clients.transport import HttpTransport, Transport
from clients.tripletex import inspection as tripletex_inspection
from clients.tripletex import look as tripletex_look
from gateway.app_fiken import fiken_client
from gateway.app_remotes import CONTA_TIMEOUTS, kravia_timeouts, kravia_token, open_hosts
from gateway.app_tripletex import tripletex_client
from gateway.domain.oslo import oslo_date
from gateway.settings_creditor import (
    ContaLedgerSettings,
    FikenLedgerSettings,
    TripletexLedgerSettings,
)
from gateway.settings_documents import load_assumptions, load_conta_assumptions

if TYPE_CHECKING:
    from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One creditor at one remote; ``problem`` where it could not be reached."""

    creditor_id: str
    remote: str
    findings: tuple[Finding, ...] = ()
    problem: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found to be otherwise than assumed."""
        return all(each.verdict is not Verdict.DOES_NOT_HOLD for each in self.findings)


def look_at_all(settings: Settings, now: datetime) -> list[Looked]:
    """Ask Kravia about every creditor, and every ledger that can be asked; writes nothing."""
    return asyncio.run(_look_at_all(settings, now))


async def _look_at_all(settings: Settings, now: datetime) -> list[Looked]:
    found = []
    async with AsyncExitStack() as stack:
        kravia = HttpTransport(
            base_url=settings.kravia.base_url,
            response_max_bytes=settings.kravia.response_max_bytes,
        )
        stack.push_async_callback(kravia.aclose)
        for name, creditor in settings.creditors.items():
            found.append(await at_kravia(settings, name, kravia, now))
            if isinstance(creditor.ledger, ContaLedgerSettings):
                conta = HttpTransport(base_url=creditor.ledger.base_url)
                stack.push_async_callback(conta.aclose)
                found.append(await at_conta(name, creditor.ledger, conta, now))
            if isinstance(creditor.ledger, FikenLedgerSettings):
                found.append(await _look_at_fiken(settings, name, creditor.ledger, stack, now))
            if isinstance(creditor.ledger, TripletexLedgerSettings):
                tripletex = HttpTransport(base_url=creditor.ledger.base_url)
                stack.push_async_callback(tripletex.aclose)
                found.append(await at_tripletex(name, creditor.ledger, tripletex, now))
    return found


async def at_kravia(settings: Settings, name: str, transport: Transport, now: datetime) -> Looked:
    """Look at Kravia for one creditor."""
    assumptions = load_assumptions(settings)
    client = KraviaClient(
        transport, assumptions, lambda: kravia_token(settings), timeouts=kravia_timeouts(settings)
    )
    creditor_id = settings.creditors[name].kravia_creditor_id
    try:
        seen = await kravia_look(client, creditor_id)
    except AuthenticationError as error:
        why = f"this, or the token itself: {error}"
        refused = tuple(fails(key, why) for key in ("auth.header", "auth.prefix"))
        return Looked(creditor_id=name, remote="kravia", findings=refused)
    except ClientError as error:
        return Looked(creditor_id=name, remote="kravia", problem=str(error))
    findings = kravia_inspection.inspect(seen, assumptions, creditor_id, now)
    return Looked(creditor_id=name, remote="kravia", findings=tuple(findings))


async def at_conta(
    name: str, ledger: ContaLedgerSettings, transport: Transport, now: datetime
) -> Looked:
    """Look at one organisation in Conta."""
    assumptions = load_conta_assumptions(ledger)
    key = ledger.api_key
    client = ContaClient(
        transport,
        assumptions,
        lambda: "" if key is None else key.get_secret_value(),
        organization_id=ledger.organization_id,
        timeouts=CONTA_TIMEOUTS,
    )
    try:
        seen = await conta_look.look(client)
    except ClientError as error:
        return Looked(creditor_id=name, remote="conta", problem=str(error))
    findings = conta_inspection.inspect(seen, assumptions, now)
    return Looked(creditor_id=name, remote="conta", findings=tuple(findings))


async def _look_at_fiken(
    settings: Settings, name: str, ledger: FikenLedgerSettings, stack: AsyncExitStack, now: datetime
) -> Looked:
    """Keep to Fiken's rate rule, as the server does."""
    inside, outside = HttpTransport(base_url=ledger.base_url), HttpTransport()
    for each in (inside, outside):
        stack.push_async_callback(each.aclose)
    hosts = open_hosts(settings, time.monotonic)
    paced = PacedTransport(inside, hosts, base_url=ledger.base_url)
    return await at_fiken(name, ledger, paced, PacedTransport(outside, hosts), now)


async def at_fiken(
    name: str, ledger: FikenLedgerSettings, transport: Transport, outside: Transport, now: datetime
) -> Looked:
    """Look at one company in Fiken; ``outside`` takes absolute URLs."""
    client = fiken_client(ledger, transport, outside)
    if client is None:
        return Looked(creditor_id=name, remote="fiken", problem="its token cannot be read")
    try:
        seen = await fiken_look.look(client)
    except ClientError as error:
        return Looked(creditor_id=name, remote="fiken", problem=str(error))
    findings = fiken_inspection.inspect(seen, client.assumptions, now)
    return Looked(creditor_id=name, remote="fiken", findings=tuple(findings))


async def at_tripletex(
    name: str, ledger: TripletexLedgerSettings, transport: Transport, now: datetime
) -> Looked:
    """Look at one company in Tripletex."""
    client = tripletex_client(ledger, transport, lambda: oslo_date(now))
    if client is None:
        return Looked(creditor_id=name, remote="tripletex", problem="its tokens are not set")
    try:
        seen = await tripletex_look.look(client)
    except ClientError as error:
        return Looked(creditor_id=name, remote="tripletex", problem=str(error))
    findings = tripletex_inspection.inspect(seen, client.assumptions, ledger.company_id, now)
    return Looked(creditor_id=name, remote="tripletex", findings=tuple(findings))
