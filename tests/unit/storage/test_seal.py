"""Personal data as it lies in the database."""

from __future__ import annotations

import pytest

from gateway.storage.errors import SealError, StorageError
from gateway.storage.seal import AesGcmSeal, PlainSeal, key_from_text, key_id_in, key_id_of

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


OLD, NEW = b"o" * 32, b"n" * 32


@pytest.mark.parametrize("data", [b"", b"Kari Nordmann", bytes(range(256)) * 100])
def test_what_was_encrypted_is_opened_with_its_key_and_does_not_show(data: bytes) -> None:
    seal = AesGcmSeal(bytes(32), [NEW, OLD])
    old = AesGcmSeal(bytes(32), [OLD])

    assert seal.open(seal.seal(data)) == seal.open(old.seal(data)) == data
    assert seal.open(PlainSeal(bytes(32)).seal(data)) == data
    assert seal.seal(data) != seal.seal(data)
    assert not data or data not in seal.seal(data)
    assert key_id_in(seal.seal(data)) == seal.key_id == key_id_of(NEW)
    assert seal.key_ids == {key_id_of(NEW), key_id_of(OLD)}


@pytest.mark.parametrize("at", [0, 1, 5, 17, -1])
def test_a_changed_byte_anywhere_is_noticed(at: int) -> None:
    sealed = bytearray(AesGcmSeal(bytes(32), [NEW]).seal(b"Kari Nordmann"))
    sealed[at] ^= 2

    with pytest.raises(SealError) as caught:
        AesGcmSeal(bytes(32), [NEW]).open(bytes(sealed))
    assert "Kari" not in str(caught.value)


def test_a_value_cut_short_is_damaged_and_a_missing_key_is_named() -> None:
    seal = AesGcmSeal(bytes(32), [NEW])

    with pytest.raises(SealError, match="damaged"):
        seal.open(seal.seal(b"")[:10])
    for without in (AesGcmSeal(bytes(32), [OLD]), PlainSeal(bytes(32))):
        with pytest.raises(SealError, match=key_id_of(NEW)):
            without.open(seal.seal(b""))


def test_tokens_do_not_change_with_the_keys() -> None:
    assert AesGcmSeal(bytes(32), [NEW]).token("Kari") == PlainSeal(bytes(32)).token("Kari")


@pytest.mark.parametrize("text", ["", "short", "c2hvcnQ=", "!" * 44, "å" * 44])
def test_a_text_that_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="seal new-key") as caught:
        key_from_text(text)
    assert not text or text not in str(caught.value)
