"""A body laid out for a person: faults above their fields, nothing of it changed, all taken off."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.marked_json import changed_fields, marked, unmarked
from gateway.schema.faults import Fault


def _fault(field: str, message: str = "is wrong") -> Fault:
    return Fault(field=field, message=message)


BODY = '{"type":"x","data":{"invoice":{"total":"2 250,00","notices":[{"fee":1e2},{"fee":-0.50}]}}}'


def test_each_fault_stands_above_its_field() -> None:
    faults = [
        _fault("data.invoice.total", "must be a decimal string"),
        _fault("data.invoice.notices[1].fee", "must be positive"),
        _fault("data.invoice.number", "is required"),
        _fault("data.debtor.kind", "is required"),
        _fault("", "the body must be better"),
    ]

    assert marked(BODY, faults, ["Event evt_1"]).splitlines() == [
        "// Event evt_1",
        "{",
        "  // FAULT the document: the body must be better",
        '  "type": "x",',
        '  "data": {',
        "    // FAULT debtor.kind: is required",
        '    "invoice": {',
        "      // FAULT number: is required",
        "      // FAULT data.invoice.total: must be a decimal string",
        '      "total": "2 250,00",',
        '      "notices": [',
        "        {",
        '          "fee": 1e2',
        "        },",
        "        {",
        "          // FAULT data.invoice.notices[1].fee: must be positive",
        '          "fee": -0.50',
        "        }",
        "      ]",
        "    }",
        "  }",
        "}",
    ]


def test_what_is_not_json_stays_as_it_is_with_the_place_where_reading_stopped() -> None:
    text = '{\n  "type": "x"\n  "data": {}\n}'

    shown = marked(text, [_fault("", "the body is not JSON in UTF-8")])

    assert unmarked(shown) == text
    assert shown.splitlines()[2].startswith("// FAULT in the line below, about character 3: ")


@pytest.mark.parametrize(
    "text", ["", "[", "[" * 100_000, "\ud800", "7", '"// no comment"', "{}", '{"a": [], "a": {}}']
)
def test_nothing_is_lost_whatever_the_text(text: str) -> None:
    kept = unmarked(marked(text, [_fault("data.x[3].y"), _fault("")], ["head\x1b"]))

    assert "".join(kept.split()) == "".join(text.split())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    max_leaves=20,
)


@given(JSON, st.lists(st.sampled_from(["data.a", "a[0].b", "", "a.b.c", "[2]", "]"])))
def test_marks_come_off_and_leave_the_same_document(document: object, fields: list[str]) -> None:
    text = json.dumps(document)

    shown = marked(text, [_fault(field) for field in fields])

    assert json.loads(unmarked(shown)) == document
    assert shown.count("// FAULT") >= len(fields)


def test_a_comment_of_the_persons_own_is_taken_off_too() -> None:
    assert unmarked('// why\n{\n   // here\n  "a": "http://x"\n}\n') == '{\n  "a": "http://x"\n}'


def test_the_fields_that_changed_are_named_without_their_values() -> None:
    before = '{"data": {"name": "Kari", "notices": [{"fee": "1"}], "kind": "person"}}'
    after = '{"data": {"name": "Ola", "notices": [{"fee": "1"}, {"fee": "2"}], "number": "7"}}'

    assert changed_fields(before, after) == [
        "data.name",
        "data.notices[1].fee",
        "data.number",
        "data.kind",
    ]
