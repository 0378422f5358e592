"""Standard Webhooks signatures: the published vector, the reference signer, and hostile input."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from standardwebhooks.webhooks import Webhook

from clients.webhook.signature import (
    decode_secret,
    encode_secret,
    sign,
    signed_headers,
    verify,
)

VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_TIMESTAMP = 1614265330
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

SECRET = bytes(range(32))
OTHER = bytes(range(32, 64))
NOW = 1_795_510_800


def headers_for(body: bytes, *, secret: bytes = SECRET, timestamp: int = NOW) -> dict[str, str]:
    return signed_headers([secret], "msg-1", timestamp, body)


def test_the_published_vector_is_signed_and_verified() -> None:
    secret = decode_secret(VECTOR_SECRET)

    assert sign(secret, VECTOR_ID, VECTOR_TIMESTAMP, VECTOR_BODY) == VECTOR_SIGNATURE
    headers = {
        "Webhook-Id": VECTOR_ID,
        "Webhook-Timestamp": str(VECTOR_TIMESTAMP),
        "Webhook-Signature": VECTOR_SIGNATURE,
    }
    assert verify(headers, VECTOR_BODY, [secret], VECTOR_TIMESTAMP)


def test_what_the_reference_library_signs_verifies() -> None:
    signed_at = datetime.fromtimestamp(NOW, tz=UTC)
    body = '{"navn": "Åse Ødegård 🧾"}'
    headers = {
        "webhook-id": "msg-2",
        "webhook-timestamp": str(NOW),
        "webhook-signature": Webhook(encode_secret(SECRET)).sign("msg-2", signed_at, body),
    }

    assert verify(headers, body.encode(), [SECRET], NOW)


@pytest.mark.parametrize("offset", [-300, 300])
def test_a_clock_five_minutes_off_is_accepted_both_ways(offset: int) -> None:
    assert verify(headers_for(b"x"), b"x", [SECRET], NOW + offset)


@pytest.mark.parametrize("offset", [-301, 301, float("nan"), float("inf")])
def test_beyond_the_tolerance_nothing_is_accepted(offset: float) -> None:
    assert not verify(headers_for(b"x"), b"x", [SECRET], NOW + offset)


def test_any_of_several_secrets_and_any_of_several_signatures_will_do() -> None:
    both = signed_headers([OTHER, SECRET], "msg-1", NOW, b"x")

    assert verify(both, b"x", [SECRET], NOW)
    assert verify(headers_for(b"x", secret=OTHER), b"x", [SECRET, OTHER], NOW)


def test_unknown_versions_are_skipped() -> None:
    headers = headers_for(b"x")
    headers["webhook-signature"] = f"v1a,AAAA v2,{'A' * 44} {headers['webhook-signature']}"

    assert verify(headers, b"x", [SECRET], NOW)


def test_a_right_signature_under_another_version_is_not_one() -> None:
    headers = headers_for(b"x")
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v2,")

    assert not verify(headers, b"x", [SECRET], NOW)


def test_a_body_that_is_not_text_verifies() -> None:
    body = b"\xff\xfe\x00\x80"

    assert verify(headers_for(body), body, [SECRET], NOW)


def test_another_body_another_id_or_another_time_is_refused() -> None:
    headers = headers_for(b"x")

    assert not verify(headers, b"y", [SECRET], NOW)
    assert not verify(headers | {"webhook-id": "msg-2"}, b"x", [SECRET], NOW)
    assert not verify(headers | {"webhook-timestamp": str(NOW + 1)}, b"x", [SECRET], NOW)


def test_without_secrets_nothing_verifies() -> None:
    assert not verify(headers_for(b"x"), b"x", [], NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(name: str) -> None:
    headers = headers_for(b"x")
    del headers[name]

    assert not verify(headers, b"x", [SECRET], NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_given_twice_is_refused_even_if_both_are_right(name: str) -> None:
    headers = CIMultiDict(headers_for(b"x"))
    headers.add(name.title(), headers[name])

    assert not verify(headers, b"x", [SECRET], NOW)


@pytest.mark.parametrize(
    "signature",
    ["", " ", "v1", "v1,", "v1,,", ",", "v1,é", "v1,A", "  v1,AAAA", "v1,AAAA,BBBB", "v1;AAAA"],
)
def test_a_malformed_signature_is_refused(signature: str) -> None:
    headers = headers_for(b"x") | {"webhook-signature": signature}

    assert not verify(headers, b"x", [SECRET], NOW)


@pytest.mark.parametrize("timestamp", ["", "-1", "+5", "1.5", "NaN", "١٢٣", " 12", "9" * 13])
def test_a_timestamp_that_is_not_plain_digits_is_refused(timestamp: str) -> None:
    headers = headers_for(b"x") | {"webhook-timestamp": timestamp}

    assert not verify(headers, b"x", [SECRET], NOW)


@pytest.mark.parametrize(
    "webhook_id", ["", "a.b", "a b", "a\nb", "a\x00", "æ", "x" * 257, "\udc80"]
)
def test_an_id_outside_the_standard_is_refused(webhook_id: str) -> None:
    headers = headers_for(b"x") | {"webhook-id": webhook_id}
    assert not verify(headers, b"x", [SECRET], NOW)


def test_an_unpadded_or_stretched_base64_is_refused() -> None:
    headers = headers_for(b"x")
    item = headers["webhook-signature"]

    for changed in (item.rstrip("="), item + "=", item + "\n", item.lower()):
        assert not verify(headers | {"webhook-signature": changed}, b"x", [SECRET], NOW)


header_names = st.sampled_from(["webhook-id", "Webhook-Timestamp", "WEBHOOK-SIGNATURE", "x"])
header_values = st.one_of(
    st.text(),
    st.sampled_from(["msg-1", str(NOW), "v1,", "v1, v1,"]),
    st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.binary(min_size=32, max_size=32).map(lambda mac: "v1," + b64encode(mac).decode()),
)


@settings(max_examples=1_000)
@given(st.lists(st.tuples(header_names, header_values), max_size=6), st.binary(), st.floats())
def test_nothing_a_stranger_sends_raises_or_is_accepted(
    headers: list[tuple[str, str]], body: bytes, now: float
) -> None:
    assert verify(headers, body, [SECRET, OTHER], now) is False
    assert verify(headers, body, [SECRET, OTHER], NOW) is False


@given(st.binary(), st.data())
def test_one_changed_byte_of_the_body_is_noticed(body: bytes, data: st.DataObject) -> None:
    headers = headers_for(body)
    assert verify(headers, body, [SECRET], NOW)

    at = data.draw(st.integers(0, len(body)))
    changed = body[:at] + data.draw(st.binary(min_size=1, max_size=1)) + body[at:]

    assert not verify(headers, changed, [SECRET], NOW)


@pytest.mark.parametrize("length", [24, 32, 64])
def test_a_secret_is_written_and_read_back(length: int) -> None:
    secret = bytes(length)

    assert decode_secret(encode_secret(secret)) == secret
    assert decode_secret(encode_secret(secret).removeprefix("whsec_")) == secret


@pytest.mark.parametrize(
    "text",
    ["", "whsec_", "whsec_short", "whsec_%%%", encode_secret(bytes(23)), "whsec_" + "A" * 88],
)
def test_a_secret_that_is_none_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="webhook secret") as refusal:
        decode_secret(text)

    assert text.removeprefix("whsec_") == "" or text not in str(refusal.value)
