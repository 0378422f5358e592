"""``demo`` as a newcomer runs it: a process of its own, real sockets, a real file, no settings."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import get_args

import orjson
import pytest

from gateway.cli.demo.agreement import Side, disagreements
from gateway.cli.demo.cast import Cast
from gateway.cli.demo.kind import LedgerKind
from gateway.cli.demo.play import play
from gateway.cli.demo.progress import Silent
from gateway.cli.demo.steps import ContaStep
from gateway.cli.demo.stories import stories
from gateway.cli.demo.stories_conta import one_payment_for_two, sole_proprietor
from gateway.cli.demo.stories_decided import AT_KRAVIA, eligible, notice_missing
from tests.acceptance.programs import PROGRAM, Document, environ

PATIENCE_SECONDS = 120.0
"""Ten times what it takes; nothing waits for it to pass."""

KEYS = [
    *("invoices", "events_recorded", "decisions", "cases", "claims_registered"),
    *("kravia_register_calls", "duplicates_at_kravia", "payments_reported", "payments_booked"),
    *("payouts_echoed", "in_doubt", "resolved_doubts", "parked", "unreconciled", "seconds"),
]


async def run_demo(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run it to its end; gives exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        "demo",
        *arguments,
        cwd=folder,
        env=environ(TMPDIR=str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), said.decode()


@pytest.mark.parametrize(
    ("kind", "seed", "events_recorded"),
    [("conta", 1, 67), ("conta", 20261124, 67), ("webhook", 1, 52), ("webhook", 20261124, 52)],
)
async def test_forty_invoices_end_as_their_stories_say_whatever_the_seed(
    tmp_path: Path, kind: str, seed: int, events_recorded: int
) -> None:
    code, out, said = await run_demo(tmp_path, "--json", "--ledger", kind, "--seed", str(seed))

    assert (code, said) == (0, "")
    figures: Document = orjson.loads(out)
    told = stories(invoices=40, seed=seed, kind=LedgerKind(kind))
    assert list(figures) == KEYS
    assert figures | {"seconds": 0} == {
        "invoices": 40,
        "events_recorded": events_recorded,
        "decisions": {
            decision: sum(story.ending.decision == decision for story in told)
            for decision in ("forward", "hold", "review", "reject")
        },
        "cases": len({s.invoice.debtor.number for s in told if s.ending.registers}),
        "claims_registered": sum(story.ending.registers for story in told),
        # Two calls failed on purpose and took no effect: one was cut off, one told to slow down.
        "kravia_register_calls": sum(story.ending.registers for story in told) + 2,
        "duplicates_at_kravia": 0,
        "payments_reported": sum(story.ending.payments for story in told),
        "payments_booked": sum(story.ending.collected for story in told),
        "payouts_echoed": 0,
        "in_doubt": 0,
        "resolved_doubts": 2,
        "parked": 0,
        "unreconciled": 0,
        "seconds": 0,
    }
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - nothing is left, hidden files included


async def test_people_get_one_screen_of_80_columns_and_progress_beside_it(tmp_path: Path) -> None:
    code, out, said = await run_demo(tmp_path)

    assert code == 0
    assert max(map(len, (out + said).splitlines())) <= 80
    assert len(out.splitlines()) < 70
    assert "40 invoices in Conta" in out
    assert "all 40 ended as told" in out
    for story in stories(invoices=40, seed=1):
        assert story.name in " ".join(out.split()), story.name
    assert "week of 5 October" in said


@pytest.mark.parametrize("kind", LedgerKind)
def test_forty_are_enough_for_every_kind_of_story_and_more_only_repeat_or_add(
    kind: LedgerKind,
) -> None:
    assert [s.name for s in stories(invoices=200, seed=1, kind=kind)][:40] == [
        s.name for s in stories(invoices=40, seed=9, kind=kind)
    ]
    assert {s.ending.state for s in stories(invoices=40, seed=1, kind=kind)} == {
        *("active", "closed", "held", "review", "rejected"),
    }


def test_conta_is_the_ledger_unless_another_is_asked_for() -> None:
    conta = stories(invoices=40, seed=1, kind=LedgerKind.CONTA)

    assert stories(invoices=40, seed=1) == conta
    happened = {type(step) for story in conta for step in story.steps}
    assert set(get_args(ContaStep)) < happened


@pytest.mark.parametrize("kind", LedgerKind)
def test_the_seed_deals_names_amounts_and_numbers_and_never_the_endings(kind: LedgerKind) -> None:
    one, other = (stories(invoices=40, seed=seed, kind=kind) for seed in (1, 2))

    assert [s.ending for s in one] == [s.ending for s in other]
    assert [s.invoice.amount for s in one] != [s.invoice.amount for s in other]
    assert [s.invoice.invoice_id for s in one] != [s.invoice.invoice_id for s in other]
    assert stories(invoices=40, seed=1, kind=kind) == one


@pytest.mark.parametrize("kind", LedgerKind)
async def test_a_story_that_ends_otherwise_is_named_with_expected_and_found(
    kind: LedgerKind,
) -> None:
    cast = Cast(seed=1, size=2)
    told = (eligible(cast), replace(notice_missing(cast), ending=AT_KRAVIA))

    outcome = await play(told, kind=kind, seed=1, progress=Silent())

    assert not outcome.as_told
    assert any(
        "notice missing" in fault and "expected 'active'" in fault and "found 'rejected'" in fault
        for fault in outcome.faults
    )
    assert not any("eligible" in fault for fault in outcome.faults)


async def test_what_is_told_of_a_sole_proprietor_is_looked_up_and_not_believed() -> None:
    story = sole_proprietor(Cast(seed=1, size=1))
    wrong = replace(story.ending, is_private=False, filed_under=("Avdeling Sør", "Vårkampanjen"))

    outcome = await play(
        (replace(story, ending=wrong),), kind=LedgerKind.CONTA, seed=1, progress=Silent()
    )

    [private, filed] = outcome.faults
    assert "is_private: expected False, found True" in private
    assert "found ('Avdeling Nord', 'Høstkampanjen')" in filed


async def test_a_story_that_the_play_ends_in_the_middle_of_is_told_as_far_as_it_goes() -> None:
    first, _ = one_payment_for_two(Cast(seed=1, size=2))

    outcome = await play((first,), kind=LedgerKind.CONTA, seed=1, progress=Silent())

    assert outcome.as_told


def test_a_payment_that_one_party_missed_is_a_disagreement() -> None:
    paid = Side(collecting=True, ended=None, open=Decimal("750.00"))
    unpaid = replace(paid, open=Decimal(1_000))

    assert disagreements("inv-1", ledger=paid, gateway=paid, kravia=paid) == ()
    assert disagreements("inv-1", ledger=paid, gateway=paid, kravia=unpaid) == (
        "inv-1: what is open: ledger 750.00, gateway 750.00, Kravia 1000",
    )


def test_a_ledger_that_knows_only_money_is_asked_only_of_that() -> None:
    paid = Side(collecting=True, ended=None, open=Decimal("750.00"))
    conta = Side(collecting=None, ended=None, open=Decimal("750.00"))

    assert disagreements("7", ledger=conta, gateway=paid, kravia=paid) == ()
    assert disagreements("7", ledger=replace(conta, open=None), gateway=paid, kravia=paid) == ()
    assert disagreements("7", ledger=replace(conta, ended="written_off"), gateway=paid, kravia=paid)
    assert disagreements(
        "7", ledger=replace(conta, open=Decimal(1_000)), gateway=paid, kravia=paid
    ) == ("7: what is open: ledger 1000, gateway 750.00, Kravia 750.00",)


def test_a_claim_that_only_the_gateway_believes_to_be_at_kravia_is_a_disagreement() -> None:
    active = Side(collecting=True, ended=None, open=Decimal(1_000))
    idle = replace(active, collecting=False)

    assert disagreements("inv-1", ledger=active, gateway=active, kravia=None)
    assert disagreements("inv-1", ledger=idle, gateway=idle, kravia=active)
    assert disagreements("inv-1", ledger=idle, gateway=idle, kravia=None) == ()


def test_a_close_that_the_ledger_was_told_otherwise_is_a_disagreement() -> None:
    paid = Side(collecting=False, ended="paid", open=Decimal(0))

    assert disagreements("inv-1", ledger=replace(paid, ended=None), gateway=paid, kravia=paid) == (
        "inv-1: how it ended: ledger None, gateway paid, Kravia paid",
    )
