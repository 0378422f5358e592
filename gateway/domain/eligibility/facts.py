"""An invoice with the dates and amounts that several rules ask for, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gateway.domain.amounts import (
    accrued_interest,
    amounts_owed,
    claimable_compensation,
    claimable_fees,
)
from gateway.domain.business_days import next_business_day
from gateway.domain.decision import Amounts, EarliestForward
from gateway.domain.due_date import (
    PlanStanding,
    due_date_of,
    interest_starts_after,
    plan_standing,
)
from gateway.domain.invoice import Invoice, NoticeKind
from gateway.domain.letter_fees import LetterFee, letter_fees
from gateway.domain.limitation import limitation_last_day
from gateway.domain.majority import is_minor, may_be_minor
from gateway.domain.notices import Basis, basis_of, earliest_forward
from gateway.domain.rules import NoticeBy, Policy, Regime, Rules, regime_on
from gateway.domain.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the rules judge, frozen.

    ``stated_due_on`` is the ledger's due date, or 30 days after the demand; limitation counts from
    it. ``due_on`` is the same moved to a business day (INK-30); the notice, the fees and (unless a
    later day was agreed) the interest count from it: ``interest_from``.
    ``basis`` is ``None`` without a collection notice that counts. ``fees`` are the letters with
    a fee. ``compensation`` is what may be claimed before it is weighed against the fees.
    ``regime`` is the act in force today, ``None`` where no row says which.
    """

    invoice: Invoice
    standing: Standing
    rules: Rules
    policy: Policy
    today: date
    regime: Regime | None
    stated_due_on: date | None
    due_on: date | None
    interest_from: date | None
    plan: PlanStanding
    basis: Basis | None
    earliest: EarliestForward | None
    minor: bool
    age_unknown: bool
    fees: tuple[LetterFee, ...]
    claimable_fees: Decimal | None
    compensation: Decimal | None
    amounts: Amounts
    limitation_last_day: date | None

    @property
    def has_any_notice(self) -> bool:
        """Whether a collection notice was ever sent, whether or not it still counts."""
        return self.basis is not None or any(
            letter.kind is NoticeKind.COLLECTION_NOTICE for letter in self.invoice.notices
        )


def gather(
    invoice: Invoice, *, standing: Standing, rules: Rules, policy: Policy, today: date
) -> Facts:
    """Work out the dates, the notice to judge and the amounts."""
    stated = due_date_of(invoice, rules.interest_demand_days)
    due_on = None if stated is None else next_business_day(stated, rules.holidays)
    plan = plan_standing(invoice, today=today, holidays=rules.holidays)
    basis = (
        basis_of(invoice.notices, due_on=due_on, after=plan.ended_on, rules=rules)
        if policy.notice_by is NoticeBy.CREDITOR
        else None  # the agency sends its own; what the creditor sent is no basis
    )
    interest_from = interest_starts_after(invoice, due_on, rules.holidays)
    minor = is_minor(invoice, today)
    age_unknown = policy.minors_possible and may_be_minor(invoice)
    fees = _letter_fees(invoice, due_on, today, rules)
    fee_total = _fee_total(invoice, fees, due_on, fee_free=minor or age_unknown)
    compensation = claimable_compensation(invoice, today=today, rules=rules)
    return Facts(
        invoice=invoice,
        standing=standing,
        rules=rules,
        policy=policy,
        today=today,
        regime=regime_on(rules.regimes, today),
        stated_due_on=stated,
        due_on=due_on,
        interest_from=interest_from,
        plan=plan,
        basis=basis,
        earliest=earliest_forward(basis, rules=rules, policy=policy),
        minor=minor,
        age_unknown=age_unknown,
        fees=fees,
        claimable_fees=fee_total,
        compensation=compensation,
        amounts=amounts_owed(
            invoice,
            fees=fee_total,
            interest=None
            if interest_from is None
            else accrued_interest(invoice, due_on=interest_from, today=today, rules=rules),
            compensation=compensation,
        ),
        limitation_last_day=None
        if stated is None
        else limitation_last_day(stated, invoice.payments, today=today, rules=rules),
    )


def _letter_fees(
    invoice: Invoice, due_on: date | None, today: date, rules: Rules
) -> tuple[LetterFee, ...]:
    if due_on is None or not invoice.notices:
        return ()
    return letter_fees(invoice.notices, due_on=due_on, today=today, rules=rules)


def _fee_total(
    invoice: Invoice, fees: tuple[LetterFee, ...], due_on: date | None, *, fee_free: bool
) -> Decimal | None:
    if fee_free:
        return Decimal("0.00")
    if due_on is None and any(letter.fee for letter in invoice.notices):
        return None  # without a due date nobody can say which fees were lawful
    return claimable_fees(invoice, fees)
