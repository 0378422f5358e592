"""The table of a claim's states, walked."""

from __future__ import annotations

import pytest

from gateway.domain.claim import TRANSITIONS, ClaimState, may_move

OPEN = [ClaimState.HELD, ClaimState.REVIEW, ClaimState.REJECTED, ClaimState.READY]


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(ClaimState)


def test_nothing_leaves_closed_and_everything_reaches_it() -> None:
    assert TRANSITIONS[ClaimState.CLOSED] == frozenset()
    for state in set(ClaimState) - {ClaimState.CLOSED}:
        assert may_move(state, ClaimState.CLOSED)


@pytest.mark.parametrize("state", OPEN)
def test_new_facts_bring_every_undecided_claim_back(state: ClaimState) -> None:
    assert may_move(state, ClaimState.RECEIVED)


def test_what_kravia_has_never_comes_back() -> None:
    assert TRANSITIONS[ClaimState.ACTIVE] == {ClaimState.CLOSED}


def test_only_a_claim_that_is_ready_is_sent() -> None:
    assert [state for state in ClaimState if ClaimState.SENDING in TRANSITIONS[state]] == [
        ClaimState.READY
    ]


@pytest.mark.parametrize("state", list(ClaimState))
def test_staying_put_is_always_allowed(state: ClaimState) -> None:
    assert may_move(state, state)
