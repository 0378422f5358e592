"""What people, debtors and Kravia do in one run: drawn from its seed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from clients.webhook import ledger_events as events
from tests.seeds.universe import KRAVIA_CREDITOR_ID, START, STORM_SECONDS, Universe
from tests.seeds.virtual_loop import pass_time

NUMBERS = ("30001", "30002", "30003", "30004")
DEBTORS = {"30001": "1", "30002": "1", "30003": "2", "30004": "3"}
TOTAL = "4800.00"
ISSUED = date(2026, 7, 15)
"""As ``ledger_events`` has it."""
AMOUNTS = ("250.00", "1500.00", TOTAL)
AMOUNTS_AT_KRAVIA = ("100.00", "1750.00", TOTAL)
"""Others than those paid to the creditor: of two payments of one amount, one of them Kravia's
pay-out and neither marked, nobody can tell which is which (only which sum is whose)."""

ON_DAY_ONE = 0.3
"""How often Kravia has had an invoice's case since before the gateway came."""

AT_ONCE = 0.5
"""How often the ledger finds all its invoices overdue at the same moment."""

TWICE = 0.2
"""How often the ledger tells of one payment under two webhook ids."""

CLOCK_STEPS_HOURS = (-1, 1)
SKEWS_MINUTES = (0, -30, -10, 10)


@dataclass(slots=True)
class Life:
    """Lets things happen while the storm lasts."""

    universe: Universe
    draw: random.Random = field(init=False)
    sending: list[asyncio.Task[None]] = field(default_factory=list)
    count: int = 0
    booked: set[str] = field(default_factory=set)
    """Kravia's payments whose pay-out the ledger has booked."""

    def __post_init__(self) -> None:
        """Take the stream of what happens."""
        self.draw = self.universe.stream("life")

    async def happen(self) -> None:
        """Let everything happen, each at its drawn moment."""
        self.universe.skew = timedelta(minutes=self.draw.choice(SKEWS_MINUTES))
        self.universe.fired["clock: skewed"] += bool(self.universe.skew)
        self._day_one()
        numbers = self.draw.sample(NUMBERS, self.draw.randint(1, len(NUMBERS)))
        acts: list[tuple[float, Callable[[], Awaitable[None]]]] = []
        together = self._moment(0.3) if self.draw.random() < AT_ONCE else None
        for number in numbers:
            moment = self._moment(0.3) if together is None else together
            acts.append((moment, partial(self._overdue, number)))
            for _ in range(self.draw.randint(0, 5)):
                moment, what = self._moment(), self.draw.choice(ACTS)
                acts.append((moment, partial(what, self, number)))
                if what is Life.debtor_pays_kravia:
                    acts += self._passed_on(moment)
        happenings = self.draw.choices(HAPPENINGS, k=self.draw.randint(0, 7))
        acts += [(self._moment(), partial(happening, self)) for happening in happenings]
        acts.sort(key=lambda act: act[0])
        for moment, act in acts:
            await pass_time(max(0.0, moment - asyncio.get_running_loop().time()))
            await act()
        rest = STORM_SECONDS - asyncio.get_running_loop().time()
        await pass_time(max(0.0, rest))

    async def all_told(self) -> None:
        """Wait for the ledger's last answer: what is told it tells until it has one."""
        await asyncio.gather(*self.sending)

    def _passed_on(self, paid_at: float) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        """What Kravia has been paid goes to the creditor, whose ledger books it."""
        paid_out_at = self.draw.uniform(paid_at, STORM_SECONDS)
        booked_at = self.draw.uniform(paid_out_at, STORM_SECONDS)
        return [
            (paid_out_at, partial(Life.pay_out, self)),
            (booked_at, partial(Life.pay_out_booked, self)),
        ]

    def _moment(self, part: float = 1.0) -> float:
        return self.draw.random() * STORM_SECONDS * part

    def _send(self, type_: str, data: dict[str, object]) -> None:
        self.count += 1
        sent = self.universe.send(f"wh-{self.count}", type_, data)
        self.sending.append(asyncio.create_task(sent))

    def _day_one(self) -> None:
        """Cases that were registered by other means, long before."""
        kravia = self.universe.kravia
        kravia.set_now(START - timedelta(days=1))
        for number in NUMBERS:
            if self.draw.random() < ON_DAY_ONE:
                kravia.preload(
                    creditor_id=KRAVIA_CREDITOR_ID,
                    invoice_no=number,
                    invoice_date=ISSUED,
                    original_amount=Decimal(TOTAL),
                    debtor_number=DEBTORS[number],
                    accounting_invoice_id=f"inv-{number}",
                )

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
        if self.draw.random() < TWICE:
            self._send("payment.received", data)

    async def pay_out_booked(self) -> None:
        """The ledger books what Kravia paid out, and may know that it did.

        Where it does not, Kravia's settlement must tell: it has been read by then.
        """
        for case in self.universe.kravia.books.invoices.values():
            for payment in case.payments:
                settled = payment.settlement_id
                if settled is None or payment.payment_id in self.booked:
                    continue
                is_marked = self.draw.random() < 0.5
                if not is_marked and not self.universe.has_settlement(settled):
                    continue
                self.booked.add(payment.payment_id)
                data = events.payment_data(
                    invoice_id=str(case.accounting_invoice_id),
                    payment_id=f"out-{payment.payment_id}",
                    amount=str(payment.amount),
                    from_agency=is_marked or None,
                )
                self.universe.payouts.add(f"out-{payment.payment_id}")
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
        amount = Decimal(self.draw.choice(AMOUNTS_AT_KRAVIA))
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

    async def stopped(self) -> None:
        """SIGTERM."""
        self.universe.stop()

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
    Life.pay_out,
    Life.pay_out_booked,
    Life.pay_out_booked,
    Life.stopped,
    Life.something_else,
    Life.killed,
    Life.killed,
    Life.clock_steps,
    Life.clock_mended,
)
