from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from gateway.domain.rules import NoticeBy, Policy
from mappers.policy_from_toml import policy_from_toml

NORWAY = Path(__file__).parents[3] / "config" / "rules" / "norway.toml"


def test_the_shipped_policy_is_the_conservative_default() -> None:
    norway = tomllib.loads(NORWAY.read_text(encoding="utf-8"))

    assert policy_from_toml([norway]) == policy_from_toml([]) == Policy()


def test_a_creditors_own_choices_go_before() -> None:
    own = {
        "policy": {
            "notice_by": "agency",
            "grace_days": 0,
            "minors_possible": True,
            "countries": ["no", "SE"],
        }
    }

    policy = policy_from_toml([{"policy": {"grace_days": 5, "objection_answer_days": 21}}, own])

    assert policy == Policy(
        notice_by=NoticeBy.AGENCY,
        grace_days=0,
        objection_answer_days=21,
        minors_possible=True,
        countries=frozenset({"NO", "SE"}),
    )


@pytest.mark.parametrize(
    ("policy", "named"),
    [
        ("x", "policy: must be a table"),
        ({"grace": 3}, "policy.grace: unknown; allowed are notice_by, grace_days"),
        ({"grace_days": "3"}, "policy.grace_days: must be a whole number"),
        ({"grace_days": -1}, "policy.grace_days: must be a whole number"),
        ({"grace_days": True}, "policy.grace_days: must be a whole number"),
        ({"minors_possible": "no"}, "policy.minors_possible: must be true or false"),
        ({"notice_by": "kravia"}, 'policy.notice_by: must be "creditor" or "agency"'),
        ({"countries": []}, "policy.countries: must be a list of codes"),
        ({"countries": "NO"}, "policy.countries: must be a list of codes"),
        ({"currencies": ["NOK", 5]}, "policy.currencies: must be a list of codes"),
    ],
)
def test_a_bad_choice_is_refused_by_name(policy: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        policy_from_toml([{"policy": policy}])
