"""Conta as the creditor's ledger: what happens only stands in its books, and a sweep finds it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from clients.conta.assumptions import Assumptions
from clients.conta.simulator import ContaSimulator
from clients.conta.simulator_books import SimulatedInvoice
from clients.simulated_faults import Fault, FaultKind
from clients.simulated_transport import DirectTransport
from gateway.cli.demo import steps
from gateway.cli.demo.agreement import Side
from gateway.cli.demo.cast import DemoInvoice
from gateway.cli.demo.door import REASON, Document, Door
from gateway.cli.demo.ledger import PayOut
from gateway.cli.demo.steps import LedgerStep
from gateway.domain.invoice import Address, Debtor, DebtorKind, Invoice, NoticeKind

_ORGANIZATION_ID: Final = 4242
_NOBODY: Final = "http://127.0.0.1:9"
"""Nothing is called there: what is asked stays in the process."""

_MAINTENANCE: Final = Fault(
    kind=FaultKind.STATUS, operation="events", times=None, name="MaintenanceException"
)
"""The list is still answered; an invoice's timeline is not."""

_TYPED: Final = {
    "NO": ("Norge", "NORWAY", "noreg", "Norge (NO)", "Nor.", ""),
    "SE": ("SVERIGE ",),
}
"""A country as people type it into Conta: the next debtor's is typed another way."""

_Typed = tuple[str | None, str | None, str | None, str | None, str | None]


class ContaBooks:
    """The simulated Conta, and which of its ids are whose in the play.

    It is asked inside the process: every night all open invoices are read whole, and over sockets
    those 5,000 calls alone would take longer than all the rest.
    """

    def __init__(self, assumptions: Assumptions, *, now: datetime) -> None:
        self.conta = ContaSimulator(
            assumptions, now=now, organization_id=_ORGANIZATION_ID, organization_name="Demo AS"
        )
        self.transport = DirectTransport(self.conta)
        self._account = self.conta.add_bank_account("15030000000")
        self._customers: dict[str, int] = {}
        self._invoices: dict[str, int] = {}
        self._pay_outs: dict[str, int] = {}  # by Kravia's id, as what it was booked
        self._countries = {code: itertools.cycle(typed) for code, typed in _TYPED.items()}

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Do nothing: Conta is told nothing."""
        return nullcontext()

    def settings(self) -> Document:
        """Be asked."""
        return {
            "kind": "conta",
            "organization_id": _ORGANIZATION_ID,
            "api_key": "env:TOKEN",
            "bank_account_id": self._account,
            "base_url": _NOBODY,
        }

    def set_now(self, now: datetime) -> None:
        """Move its clock."""
        self.conta.set_now(now)

    def id_of(self, invoice: DemoInvoice) -> str:
        """Return the id Conta dealt; the play's before it did."""
        return str(self._invoices.get(invoice.facts.id, invoice.facts.id))

    def number_of(self, invoice: DemoInvoice) -> str:
        """Return the number Conta dealt."""
        return str(self._known(invoice).invoice_no)

    def debtor_of(self, invoice: DemoInvoice) -> str:
        """Return the customer's id."""
        return str(self._customers.get(invoice.debtor.number, invoice.debtor.number))

    async def act(self, door: Door, invoice: DemoInvoice, step: LedgerStep) -> None:
        """Let it happen in Conta; a person's word and an answered objection reach us directly."""
        match step:
            case steps.Appears(facts=facts):
                self._enter(facts or invoice.facts)
            case steps.AnswersObjection(on=on):
                await door.answer_objection(self.id_of(invoice), on)
            case steps.Withdraws():
                for claim in await door.claims_of(self.debtor_of(invoice)):
                    await door.call("claims.withdraw", claim_id=claim["claim_id"], reason=REASON)
            case steps.Breaks():
                self.conta.faults.plant(_MAINTENANCE)
            case steps.Recovers():
                self.conta.faults.faults.remove(_MAINTENANCE)
            case _:
                self._happens(self._known(invoice).id, step)

    def _happens(self, number: int, step: LedgerStep) -> None:
        """Let it happen to an invoice that Conta has."""
        conta = self.conta
        match step:
            case steps.SendsLetter():
                self._send_letter(number, step)
            case steps.PaysCreditor(amount=amount, on=on):
                conta.pay_by_ocr(number, amount, on=on)
            case steps.TypesPayment(shares=shares, on=on):
                entered = [(self._invoices.get(each.invoice_id), amount) for each, amount in shares]
                conta.pay_by_hand({id_: part for id_, part in entered if id_ is not None}, on=on)
            case steps.Credits(on=on):
                conta.credit(number, on=on)
            case steps.Objects(on=on):
                conta.object_to(number, on=on)
            case steps.Postpones(until=until):
                conta.postpone(number, until)
            case steps.Deletes():
                del conta.books.invoices[number]
            case steps.WritesOff():
                conta.write_off(number)
            case steps.ClicksKravia():
                conta.click_send_to_kravia(number)
                conta.kravia_confirms(number)
            case _:
                raise ValueError(f"Conta does not do {type(step).__name__}")

    def _enter(self, facts: Invoice) -> None:
        """Issue an invoice, with all that happened to it so far."""
        conta = self.conta
        number = conta.issue_invoice(
            self._customer(facts.debtor),
            facts.total,
            invoice_date=facts.issue_date,
            due_date=facts.due_date,
            description=facts.description or "",
            delivery_method="EHF",
            department_id=_one_of(conta.books.departments, facts.department, conta.add_department),
            project_id=_one_of(conta.books.projects, facts.project, conta.add_project),
            bank_account_id=self._account,
        )
        self._invoices[facts.id] = number
        for letter in facts.notices:
            self._send_letter(number, steps.SendsLetter(at=conta.now, letter=letter))
        for payment in facts.payments:
            conta.pay_by_hand({number: payment.amount}, on=payment.paid_on)
        if facts.objection is not None:
            conta.object_to(number, on=facts.objection.raised_on)

    def _customer(self, debtor: Debtor) -> int:
        """Return the customer's id; what Conta has no field for is not entered."""
        if debtor.number not in self._customers:
            is_business = debtor.organization_number is not None
            self._customers[debtor.number] = self.conta.add_customer(
                debtor.name,
                customer_type="ORGANIZATION" if is_business else "INDIVIDUAL",
                org_no=debtor.organization_number,
                date_of_birth=debtor.birth_date if debtor.kind is DebtorKind.PERSON else None,
                email=debtor.email,
                address=self._typed(debtor.address),
            )
        return self._customers[debtor.number]

    def _typed(self, address: Address | None) -> _Typed:
        if address is None:
            return None, None, None, None, None
        code = address.country or ""
        country = next(self._countries[code]) if code in self._countries else code
        return address.line1, address.line2, address.postal_code, address.city, country

    def _send_letter(self, number: int, step: steps.SendsLetter) -> None:
        letter = step.letter
        self.conta.send_letter(
            number,
            on=step.made_on or letter.sent_on,
            sent_on=letter.sent_on,
            due_date=letter.deadline or letter.sent_on,
            is_notice=letter.kind is NoticeKind.COLLECTION_NOTICE,
            fee=letter.fee,
            facts={"snailMailStatus": "FAILED"} if step.came_back else None,
        )

    async def book(
        self,
        door: Door,  # noqa: ARG002 - protocol
        pay_outs: Sequence[PayOut],
        on: date,
        *,
        by_link: bool = False,
    ) -> None:
        """Let the bank's OCR file register each by its KID, or Conta's own link mark it."""
        pay = self.conta.kravia_pays if by_link else self.conta.pay_by_ocr
        for each in pay_outs:
            if each.payment_id not in self._pay_outs:
                self._pay_outs[each.payment_id] = pay(int(each.invoice_id), each.amount, on=on)

    @property
    def pay_out_ids(self) -> frozenset[str]:
        """The parts of payments that were pay-outs: those ids Kravia would be told."""
        payments = self.conta.books.payments
        parts = (part for id_ in self._pay_outs.values() for part in payments[id_].parts)
        return frozenset(str(part.id) for part in parts)

    def collected(self) -> Counter[str]:
        """Count the pay-outs booked; Conta has nowhere to be told of more."""
        payments = self.conta.books.payments
        parts = (part for id_ in self._pay_outs.values() for part in payments[id_].parts)
        return Counter(str(part.invoice_id) for part in parts)

    def sides(self, invoice_ids: Iterable[str]) -> dict[str, Side]:
        """Return what is open; of a case at Kravia Conta knows nothing, and cannot be told."""
        return {invoice_id: self._side(invoice_id) for invoice_id in invoice_ids}

    def _side(self, invoice_id: str) -> Side:
        invoice = self.conta.books.invoices.get(int(invoice_id))
        if invoice is None:
            return Side(collecting=None, ended="withdrawn", open=None)
        if invoice.status == "WRITTEN_OFF_AS_LOSS":
            return Side(collecting=None, ended="written_off", open=None)
        return Side(collecting=None, ended=None, open=max(Decimal(0), invoice.remaining))

    def filed_under(self, department: str | None, project: str | None) -> tuple[str, str]:
        """Return the names behind Conta's ids."""
        books = self.conta.books
        return (
            books.departments.get(int(department or 0), ""),
            books.projects.get(int(project or 0), ""),
        )

    def _known(self, invoice: DemoInvoice) -> SimulatedInvoice:
        return self.conta.books.invoices[self._invoices[invoice.facts.id]]


def _one_of(known: Mapping[int, str], name: str | None, enter: Callable[[str], int]) -> int | None:
    """Return the id of what has that name, entered if it is new."""
    if name is None:
        return None
    return next((number for number, each in known.items() if each == name), None) or enter(name)
