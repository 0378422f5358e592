"""Personal data as it lies in the database."""

from __future__ import annotations

import pytest

from gateway.storage.errors import SealError, StorageError
from gateway.storage.seal import PlainSeal

SEAL = PlainSeal(b"0123456789abcdef")


@pytest.mark.parametrize("data", [b"", b"\x00", b"Kari Nordmann"])
def test_what_was_sealed_is_opened(data: bytes) -> None:
    sealed = SEAL.seal(data)

    assert sealed[:1] == b"\x00"
    assert SEAL.open(sealed) == data


@pytest.mark.parametrize("sealed", [b"", b"\x01secret"])
def test_what_another_codec_sealed_is_not_opened(sealed: bytes) -> None:
    with pytest.raises(SealError) as caught:
        SEAL.open(sealed)

    assert isinstance(caught.value, StorageError)
    assert "secret" not in str(caught.value)


def test_tokens_do_not_see_case_width_and_spacing() -> None:
    assert SEAL.token("Kari  Nordmann ") == SEAL.token("\uff2b\uff21\uff32\uff29 nordmann")
    assert SEAL.token("Kari Nordmann") != SEAL.token("Kari Normann")


def test_tokens_depend_on_the_key() -> None:
    token = SEAL.token("Kari Nordmann")

    assert len(token) == 64
    assert token != PlainSeal(b"fedcba9876543210").token("Kari Nordmann")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        PlainSeal(b"short")
