from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from clients.assumptions_document import merge_assumptions
from clients.kravia.assumptions import Assumptions, parse_assumptions

ROOT = Path(__file__).parents[3]
SHIPPED = tomllib.loads((ROOT / "config/kravia.toml").read_text())
OTHER = tomllib.loads((ROOT / "tests/samples/kravia-other.toml").read_text())


def changed(path: str, value: object) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(SHIPPED)
    *parents, last = path.split(".")
    place = document
    for name in parents:
        place = place[name]
    place[last] = value
    return document


def test_the_other_file_stands_alone_and_merged_alike() -> None:
    assert parse_assumptions(OTHER) == parse_assumptions(merge_assumptions(SHIPPED, OTHER))


def test_the_other_file_differs_in_every_name() -> None:
    shipped, other = parse_assumptions(SHIPPED), parse_assumptions(OTHER)
    for name in ("register", "search", "details", "settlements", "time_zone", "auth_prefix"):
        assert getattr(shipped, name) != getattr(other, name)
    for one, two in (
        (shipped.search.fields, other.search.fields),
        (shipped.details.fields, other.details.fields),
        (shipped.details.payment_fields, other.details.payment_fields),
        (shipped.settlements.fields, other.settlements.fields),
    ):
        assert not [name for name in one if set(one[name]) & set(two[name])]
    assert not set(shipped.status_words) & set(other.status_words)


def test_every_entry_of_the_shipped_file_says_where_it_comes_from() -> None:
    lines = (ROOT / "config/kravia.toml").read_text().splitlines()
    entries = [line for line in lines if "=" in line and not line.startswith("#")]
    silent = [
        line
        for line in entries
        if not any(
            word in line for word in ("# documented", "# observed", "# assumed", "# unknown")
        )
    ]
    assert len(entries) > 60
    assert silent == []


def test_a_partial_file_changes_only_what_it_names() -> None:
    merged = merge_assumptions(
        SHIPPED, {"auth": {"prefix": "Bearer "}, "status_words": {"x": "paid"}}
    )
    assumptions = parse_assumptions(merged)
    assert assumptions.auth_prefix == "Bearer "
    assert assumptions.auth_header == "authorization"
    assert assumptions.meaning("X") == "paid"
    assert assumptions.meaning("Open") == "active"
    assert SHIPPED["auth"]["prefix"] == ""


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("search.fields.invoiceId", "", "search.fields.invoiceId: must not be empty"),
        ("search.fields.invoiceID", "id", "search.fields.invoiceID: unknown key"),
        ("search.page_size_rows", 0, "search.page_size_rows: must be a whole number from 1"),
        ("search.boundary_is_inclusive", "no", "search.boundary_is_inclusive: must be true or"),
        ("register.is_private_individual", "maybe", "register.is_private_individual: must be one"),
        ("register.id", 7, "register.id: must be a text or a list of texts"),
        ("register.envelope", "wrap", "register.envelope: must be one of envelopes"),
        ("time_zone", "Mars/Olympus", "time_zone: 'Mars/Olympus' is not a time zone"),
        ("time_zone", "../../etc/passwd", "time_zone: '../../etc/passwd' is not a time zone"),
        ("status_words.open", "happy", "status_words.open: must be one of active"),
        ("status_words.rejected", "closed", None),
        ("auth", "x", "auth: must be a table"),
        ("webhook.recipe", "rot13", "webhook.recipe: must be one of"),
        ("new", 1, "new: unknown key"),
    ],
)
def test_a_fault_names_its_key(path: str, value: object, said: str | None) -> None:
    if said is None:
        parse_assumptions(changed(path, value))  # the closing words still say rejected
        return
    with pytest.raises(ValueError, match=r".") as caught:
        parse_assumptions(changed(path, value))
    assert said in str(caught.value)


def test_a_missing_key_is_named() -> None:
    document = copy.deepcopy(SHIPPED)
    del document["details"]["payments"]["list"]
    with pytest.raises(ValueError, match=r"details\.payments\.list: missing"):
        parse_assumptions(document)


def test_an_end_nobody_could_express_is_refused() -> None:
    document = changed("status_words.paid", "")
    document["closing_words"]["paid"] = ""
    with pytest.raises(ValueError, match="no word means paid"):
        parse_assumptions(document)


def test_words_are_read_in_any_case_and_unknown_ones_mean_nothing(shipped: Assumptions) -> None:
    assert shipped.meaning(" PAID ") == "paid"
    assert shipped.meaning("Closed") == "closed"
    assert shipped.meaning("Closed", "Credited") == "credited"
    assert shipped.meaning("Closed", "Something else") == "closed"
    assert shipped.meaning("Paid", "Withdrawn") == "paid"
    assert shipped.meaning("Legal") is None
    assert shipped.meaning(None) is None


def test_every_meaning_can_be_said_and_is_understood(assumptions: Assumptions) -> None:
    for meaning in ("active", "paid", "credited", "withdrawn", "closed", "rejected"):
        assert assumptions.meaning(*assumptions.words_for(meaning)) == meaning
