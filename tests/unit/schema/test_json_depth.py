"""Counting how deep a JSON text nests without parsing it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.schema.json_depth import is_too_deep


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((depth(inner) for inner in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth(inner) for inner in value), default=0)
    return 0


text = st.text(alphabet='[]{}"\\a', max_size=6)
documents: st.SearchStrategy[Any] = st.recursive(
    text, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=30
)


@given(documents, st.integers(0, 8))
def test_it_agrees_with_the_depth_of_the_parsed_document(document: object, limit: int) -> None:
    raw = json.dumps(document).encode()

    assert is_too_deep(raw, limit) == (depth(document) > limit)


@pytest.mark.parametrize(
    ("raw", "is_deep"),
    [
        (b"", False),
        (b"[[[", True),
        (b"[][][][]", False),
        (b"[[]][[]]", False),
        (b'"[[[[["', False),
        (b'"\\"[[[[["', False),
        (b'"\\\\"[[[', True),
        (b'"unterminated [[[[[[', False),
        (b"]]]][[[", False),
        (b'{"a":{"b":{"c":1}}}', True),
    ],
)
def test_brackets_in_strings_do_not_count(raw: bytes, is_deep: bool) -> None:
    assert is_too_deep(raw, 2) is is_deep


@pytest.mark.parametrize("unit", [b"[", b'"', b'\\"', b'["', b"[]", b'"\\', b"\\"])
def test_hostile_text_of_full_size_is_scanned_without_recursion(unit: bytes) -> None:
    raw = b"[" * 40 + b"]" * 40 + unit * (256 * 1024 // len(unit))

    assert is_too_deep(raw, 32) is True
    assert is_too_deep(b"[" * 10 + raw[80:], 300_000) is False
