from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.kravia.hints import verify_hint

DATA = b'{"timestamp":1663063069,"eventType":"CaseUpdate","claimId":123443}'


@given(st.binary(max_size=80))
def test_what_is_no_hint_is_not_signed(body: bytes) -> None:
    assert not verify_hint(body, secret="s", recipe="hmac-md5(data)")


@pytest.mark.parametrize(
    ("recipe", "signature"),
    [
        ("md5(data+secret)", hashlib.md5(DATA + b"s").hexdigest()),  # noqa: S324 - the documented recipe
        ("md5(secret+data)", hashlib.md5(b"s" + DATA).hexdigest()),  # noqa: S324 - the documented recipe
        ("hmac-md5(data)", hmac.new(b"s", DATA, "md5").hexdigest()),
    ],
)
def test_each_recipe_accepts_its_own_signature_only(recipe: str, signature: str) -> None:
    def signed(given_signature: object) -> bytes:
        return json.dumps(
            {
                "header": {"algorithm": "none"},
                "data": json.loads(DATA),
                "signature": given_signature,
            }
        ).encode()

    assert verify_hint(signed(signature), secret="s", recipe=recipe)
    assert not verify_hint(signed(signature), secret="t", recipe=recipe)
    for wrong in (signature.upper(), signature[:-1], "", None, 7, "æ", "\ud800"):
        assert not verify_hint(signed(wrong), secret="s", recipe=recipe)
