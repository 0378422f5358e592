"""What people, debtors and Kravia do in one run: drawn from its seed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial

from clients.webhook import ledger_events as events
from tests.seeds.universe import KRAVIA_CREDITOR_ID, START, STORM_SECONDS, Universe
from tests.seeds.virtual_loop import pass_time

NUMBERS = ("30001", "30002", "30003", "30004")
DEBTORS = {"30001": "1", "30002": "1", "30003": "2", "30004": "3"}
AMOUNTS = ("100.00", "1500.00", "4800.00")
CLOCK_STEPS_HOURS = (-1, 1)
SKEWS_MINUTES = (0, 0, -10, 10)


@dataclass(slots=True)
class Life:
    """Lets things happen while the storm lasts."""

    universe: Universe
    draw: random.Random = field(init=False)
    sending: list[asyncio.Task[None]] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        """Take the stream of what happens."""
        self.draw = self.universe.stream("life")

    async def happen(self) -> None:
        """Let everything happen, each at its drawn moment."""
        self.universe.skew = timedelta(minutes=self.draw.choice(SKEWS_MINUTES))
        self.universe.fired["clock: skewed"] += bool(self.universe.skew)
        numbers = self.draw.sample(NUMBERS, self.draw.randint(1, len(NUMBERS)))
        acts: list[tuple[float, Callable[[], Awaitable[None]]]] = []
        for number in numbers:
            acts.append((self._moment(0.3), partial(self._overdue, number)))
            acts += [
                (self._moment(), partial(self.draw.choice(ACTS), self, number))
                for _ in range(self.draw.randint(0, 5))
            ]
        happenings = self.draw.choices(HAPPENINGS, k=self.draw.randint(0, 5))
        acts += [(self._moment(), partial(happening, self)) for happening in happenings]
        acts.sort(key=lambda act: act[0])
        for moment, act in acts:
            await pass_time(max(0.0, moment - asyncio.get_running_loop().time()))
            await act()
        rest = STORM_SECONDS - asyncio.get_running_loop().time()
        await pass_time(max(0.0, rest))
        await asyncio.gather(*self.sending)

    def _moment(self, part: float = 1.0) -> float:
        return self.draw.random() * STORM_SECONDS * part

    def _send(self, type_: str, data: dict[str, object]) -> None:
        self.count += 1
        sent = self.universe.send(f"wh-{self.count}", type_, data)
        self.sending.append(asyncio.create_task(sent))

    # What the ledger sends.

    async def _overdue(self, number: str) -> None:
        data = events.invoice_data(
            id=f"inv-{number}", number=number, debtor={"number": DEBTORS[number]}
        )
        self._send("invoice.overdue", data)

    async def paid(self, number: str) -> None:
        """The debtor pays the creditor."""
        self.count += 1
        amount = self.draw.choice(AMOUNTS)
        data = events.payment_data(
            invoice_id=f"inv-{number}", payment_id=f"pay-{self.count}", amount=amount
        )
        self._send("payment.received", data)

    async def credited(self, number: str) -> None:
        """The creditor credits the invoice."""
        self.count += 1
        amount = self.draw.choice(AMOUNTS)
        data = events.credit_note_data(
            invoice_id=f"inv-{number}", credit_note_id=f"cre-{self.count}", amount=amount
        )
        self._send("credit_note.issued", data)

    async def disputed(self, number: str) -> None:
        """The debtor objects."""
        self._send("objection.raised", events.objection_data(invoice_id=f"inv-{number}"))

    async def dispute_ended(self, number: str) -> None:
        """The objection is withdrawn."""
        data = events.objection_resolved_data(invoice_id=f"inv-{number}", outcome="withdrawn")
        self._send("objection.resolved", data)

    async def withdrawn(self, number: str) -> None:
        """The creditor withdraws the claim."""
        self._send("collection.withdrawn", events.withdrawn_data(invoice_id=f"inv-{number}"))

    # What happens at Kravia.

    async def debtor_pays_kravia(self, number: str) -> None:
        """A case of ours is paid, in part or whole."""
        kravia = self.universe.kravia
        kravia.set_now(self.universe.now())
        amount = Decimal(self.draw.choice(AMOUNTS))
        for case in list(kravia.books.invoices.values()):
            if case.accounting_invoice_id == f"inv-{number}" and not case.is_closed:
                kravia.debtor_pays(case.invoice_id, amount, START.date())
                self.universe.hint()

    async def kravia_ends(self, number: str) -> None:
        """Kravia gives a case of ours up."""
        kravia = self.universe.kravia
        kravia.set_now(self.universe.now())
        for case in list(kravia.books.invoices.values()):
            if case.accounting_invoice_id == f"inv-{number}" and not case.is_closed:
                kravia.withdraw(case.invoice_id)
                self.universe.hint()

    async def pay_out(self) -> None:
        """Kravia pays out what it has collected."""
        self.universe.kravia.set_now(self.universe.now())
        self.universe.kravia.pay_out(KRAVIA_CREDITOR_ID, START.date())

    async def something_else(self) -> None:
        """Somebody else's case changes: a row of the feed."""
        self.universe.witness()

    # What happens to the gateway.

    async def killed(self) -> None:
        """SIGKILL."""
        self.universe.kill()

    async def clock_steps(self) -> None:
        """The machine's clock jumps."""
        self.universe.fired["clock: stepped"] += 1
        self.universe.skew = timedelta(hours=self.draw.choice(CLOCK_STEPS_HOURS))

    async def clock_mended(self) -> None:
        """The machine's clock is set right."""
        self.universe.skew = timedelta(0)


ACTS = (
    Life.paid,
    Life.paid,
    Life.credited,
    Life.disputed,
    Life.dispute_ended,
    Life.withdrawn,
    Life.debtor_pays_kravia,
    Life.debtor_pays_kravia,
    Life.kravia_ends,
)
HAPPENINGS = (
    Life.pay_out,
    Life.something_else,
    Life.killed,
    Life.killed,
    Life.clock_steps,
    Life.clock_mended,
)
