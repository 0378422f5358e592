"""Which stories are told on which ledger, in the order of a tour: the first give a fair picture.

To add one: write a function in ``stories_decided``, ``stories_money`` or ``stories_trouble`` (any
ledger), ``stories_conta`` or ``stories_webhook`` (that ledger only), and name it here. Trouble
strikes the next call of its kind, so every such story has an hour of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.cli.demo import stories_conta as conta
from gateway.cli.demo import stories_decided as decided
from gateway.cli.demo import stories_money as money
from gateway.cli.demo import stories_trouble as trouble
from gateway.cli.demo import stories_webhook as webhook
from gateway.cli.demo.cast import Cast
from gateway.cli.demo.kind import LedgerKind
from gateway.cli.demo.story import Story

Tell = Callable[[Cast], Story | tuple[Story, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """``first`` are forty invoices; ``beyond`` follow in a larger play.

    ``plain`` ones are told again and again to fill it: none of them makes trouble.
    """

    first: tuple[Tell, ...]
    beyond: tuple[Tell, ...]
    plain: tuple[Tell, ...]


_PLAIN: Final[tuple[Tell, ...]] = (
    decided.eligible,
    decided.eligible_company,
    decided.held_until_its_day,
    money.paid_directly,
    money.paid_in_part_before,
    decided.notice_missing,
    money.paid_through_kravia,
    decided.too_early,
)

_TOURS: Final = {
    LedgerKind.CONTA: Tour(
        first=(
            decided.eligible,
            decided.too_early,
            conta.reminder_only,
            money.paid_through_kravia,
            conta.sent_twice,
            trouble.times_out_after_accepting,
            money.paid_directly,
            conta.deleted,
            decided.disputed,
            trouble.siblings,
            conta.postponed,
            conta.one_payment_for_two,
            conta.sole_proprietor,
            conta.contas_link_first,
            conta.pay_out_is_marked,
            conta.written_off,
            conta.notice_left_late,
            conta.country_unreadable,
            conta.maintenance,
            decided.held_until_its_day,
            decided.objection_answered,
            decided.nearly_time_barred,
            decided.minor,
            decided.foreign,
            money.paid_before,
            money.paid_in_part_before,
            money.paid_too_much,
            money.paid_in_part_through_kravia,
            money.credited_in_full,
            money.withdrawn_before,
            money.withdrawn_after,
            trouble.resets_before_accepting,
            trouble.kravia_down,
            trouble.slows_us_down,
            trouble.hint_lost,
            trouble.already_at_kravia,
            trouble.unknown_status,
        ),
        beyond=(
            conta.notice_came_back,
            decided.eligible_company,
            decided.notice_sent_later,
            decided.notice_missing,
            decided.notice_too_short,
            decided.notice_too_early,
            decided.notice_too_old,
            decided.time_barred,
            decided.address_missing,
            trouble.same_number_another_year,
        ),
        plain=(*_PLAIN, money.credited_in_full),
    ),
    LedgerKind.WEBHOOK: Tour(
        first=(
            decided.eligible,
            decided.too_early,
            decided.notice_missing,
            money.paid_through_kravia,
            trouble.times_out_after_accepting,
            money.paid_directly,
            decided.disputed,
            decided.minor,
            trouble.siblings,
            decided.held_until_its_day,
            decided.notice_too_short,
            decided.notice_too_early,
            decided.objection_answered,
            decided.time_barred,
            decided.nearly_time_barred,
            webhook.deceased,
            webhook.bankrupt,
            decided.foreign,
            decided.address_missing,
            money.paid_before,
            money.paid_in_part_before,
            money.paid_too_much,
            money.paid_in_part_through_kravia,
            webhook.credited_in_part,
            money.credited_in_full,
            money.withdrawn_before,
            money.withdrawn_after,
            trouble.resets_before_accepting,
            trouble.kravia_down,
            trouble.slows_us_down,
            webhook.ledger_down,
            trouble.hint_lost,
            webhook.event_twice,
            webhook.event_malformed,
            webhook.event_unsigned,
            trouble.already_at_kravia,
            trouble.same_number_another_year,
            trouble.unknown_status,
        ),
        beyond=(decided.eligible_company, decided.notice_sent_later, decided.notice_too_old),
        plain=(*_PLAIN, webhook.credited_in_part),
    ),
}

_SPARE_NUMBERS: Final = 2
"""Siblings are dealt at once; the play may end between them."""


def stories(*, invoices: int, seed: int, kind: LedgerKind = LedgerKind.CONTA) -> tuple[Story, ...]:
    """The first so many stories of the tour; ``seed`` deals names, amounts and numbers."""
    cast = Cast(seed=seed, size=invoices + _SPARE_NUMBERS)
    return tuple(itertools.islice(_told(_TOURS[kind], cast), invoices))


def _told(tour: Tour, cast: Cast) -> Iterator[Story]:
    for tell in itertools.chain(tour.first, tour.beyond, itertools.cycle(tour.plain)):
        told = tell(cast)
        yield from (told,) if isinstance(told, Story) else told
