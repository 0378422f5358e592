"""Tripletex's webhook signature, by a value reckoned with another tool."""

from __future__ import annotations

import pytest

from clients.tripletex.signature import sign, verify

BODY = b'{"subscriptionId":171,"event":"closegroup.create","id":1,"value":null}'
# printf 'key-1&{"subscriptionId":...}' | openssl dgst -sha512 -hmac secret -binary | base64 -w0
KNOWN = "6FrYasXfwCnH38BHJ2VFQPNrU/nfnmwzNKiCphx93lGYCgBtib3b0qPrY4XbX08bfW8mNZD0XwWdWIftgKDV5Q=="


def headers(**changes: str) -> dict[str, str]:
    return {"idempotency-key": "key-1", "x-request-signature": KNOWN, **changes}


def test_it_is_hmac_sha512_over_key_and_body() -> None:
    assert sign(BODY, idempotency_key="key-1", secret="secret") == KNOWN
    assert verify(headers(), BODY, secret="secret", idempotency_header="idempotency-key")


@pytest.mark.parametrize(
    ("given", "body", "secret"),
    [
        (headers(), BODY + b" ", "secret"),
        (headers(), BODY, "another"),
        (headers(**{"idempotency-key": "key-2"}), BODY, "secret"),
        (headers(**{"idempotency-key": ""}), BODY, "secret"),
        (headers(**{"idempotency-key": "nøkkel"}), BODY, "secret"),
        (headers(**{"x-request-signature": ""}), BODY, "secret"),
        (headers(**{"x-request-signature": KNOWN[:-4]}), BODY, "secret"),
        (headers(**{"x-request-signature": "\udcff"}), BODY, "secret"),
        ({}, BODY, "secret"),
    ],
)
def test_anything_else_is_not_signed(given: dict[str, str], body: bytes, secret: str) -> None:
    assert not verify(given, body, secret=secret, idempotency_header="idempotency-key")
