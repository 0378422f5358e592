"""Which stories are told, in the order of a tour: the first ones alone give a fair picture.

To add one: write a function in ``stories_decided``, ``stories_money`` or ``stories_trouble`` and
name it here. Trouble strikes the next call of its kind, so every such story has an hour of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Final

from gateway.cli.demo import stories_decided as decided
from gateway.cli.demo import stories_money as money
from gateway.cli.demo import stories_trouble as trouble
from gateway.cli.demo.cast import Cast
from gateway.cli.demo.story import Story

Tell = Callable[[Cast], Story]

_FIRST: Final[tuple[Tell, ...]] = (
    decided.eligible,
    decided.too_early,
    decided.notice_missing,
    money.paid_through_kravia,
    trouble.times_out_after_accepting,
    money.paid_directly,
    decided.disputed,
    decided.minor,
)
_THEN: Final[tuple[Tell, ...]] = (
    decided.held_until_its_day,
    decided.notice_too_short,
    decided.notice_too_early,
    decided.objection_answered,
    decided.time_barred,
    decided.nearly_time_barred,
    decided.deceased,
    decided.bankrupt,
    decided.foreign,
    decided.address_missing,
    money.paid_before,
    money.paid_in_part_before,
    money.paid_too_much,
    money.paid_in_part_through_kravia,
    money.credited_in_part,
    money.credited_in_full,
    money.withdrawn_before,
    money.withdrawn_after,
    trouble.resets_before_accepting,
    trouble.kravia_down,
    trouble.slows_us_down,
    trouble.ledger_down,
    trouble.hint_lost,
    trouble.event_twice,
    trouble.event_malformed,
    trouble.event_unsigned,
    trouble.already_at_kravia,
    trouble.same_number_another_year,
    trouble.unknown_status,
)
_BEYOND_FORTY: Final[tuple[Tell, ...]] = (
    decided.eligible_company,
    decided.notice_sent_later,
    decided.notice_too_old,
)
_PLAIN: Final[tuple[Tell, ...]] = (
    decided.eligible,
    decided.eligible_company,
    decided.held_until_its_day,
    money.paid_directly,
    money.paid_in_part_before,
    decided.notice_missing,
    money.paid_through_kravia,
    decided.too_early,
    money.credited_in_part,
)
"""Told again and again to fill a larger number: none of them makes trouble."""


def stories(*, invoices: int, seed: int) -> tuple[Story, ...]:
    """The first so many stories of the tour; ``seed`` deals names, amounts and numbers."""
    cast = Cast(seed=seed, size=invoices + _SPARE_NUMBERS)
    return tuple(itertools.islice(_tour(cast), invoices))


_SPARE_NUMBERS: Final = 2
"""Three siblings are dealt at once; the play may end between them."""


def _tour(cast: Cast) -> Iterator[Story]:
    yield from (tell(cast) for tell in _FIRST)
    yield from trouble.siblings(cast)
    yield from (tell(cast) for tell in _THEN + _BEYOND_FORTY)
    yield from (tell(cast) for tell in itertools.cycle(_PLAIN))
