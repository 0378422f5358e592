"""National numbers are taken out of bodies, wherever they stand and however they are written."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.webhook import ledger_events
from gateway.schema.national_id import without_national_ids

NUMBER = "02013299997"
PLAIN = orjson.dumps(ledger_events.invoice_body())
JSON = st.recursive(
    st.none() | st.text() | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("national_id"), inner),
    max_leaves=20,
)


def _with(**debtor: object) -> bytes:
    return orjson.dumps(ledger_events.invoice_body(debtor=debtor))


def test_a_body_without_one_stays_the_very_bytes() -> None:
    assert without_national_ids(PLAIN) is PLAIN


def test_the_field_is_dropped_and_nothing_else() -> None:
    kept = orjson.loads(without_national_ids(_with(national_id=NUMBER)))

    expected = orjson.loads(PLAIN)
    del expected["data"]["debtor"]["national_id"]
    assert kept == expected


def test_a_national_number_in_the_place_of_an_organisation_number_is_dropped() -> None:
    body = _with(organization_number="020132 99997")

    assert b"organization_number" not in without_national_ids(body)


def test_an_organisation_number_stays() -> None:
    body = _with(organization_number="974 760 673")

    assert orjson.loads(without_national_ids(body)) == orjson.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"national_id": "02013299997"}',
        b'{"national_id"  :\n "02013299997", "national_id": null}',
        rb'{"national\u005fid": "02013299997", "a": 1}',
        b'{"deep": [{"national_id": {"number": "02013299997"}}]}',
        b'{"national_id": 2013299997, "a": "\xc3\xb8"}',
    ],
)
def test_however_it_is_written(body: bytes) -> None:
    assert b"2013299997" not in without_national_ids(body)


@given(JSON)
def test_what_stays_has_none_and_comes_again_the_same(document: object) -> None:
    kept = without_national_ids(orjson.dumps(document))

    assert without_national_ids(kept) == kept
    assert b'"national_id":' not in kept.replace(b'"national_id":null', b"")
