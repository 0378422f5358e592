"""An OCR giro file as lines: every good payment, faults by line and column, totals that hold."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bank_line import BankFile, BankFileRefusedError
from mappers.payment_from_ocr import payment_from_ocr
from tests.bank_files import ACCOUNT, Paid, as_bytes, ocr

THREE = ocr(Paid(kid="100000009", ore=100), Paid(kid="000531-", ore=250), Paid(kid="", ore=50_000))


def tried(content: bytes) -> BankFile | str:
    """The file, or the sentence by which it was refused."""
    try:
        return payment_from_ocr(content)
    except BankFileRefusedError as refused:
        return str(refused)


def test_a_payment_has_everything_the_bank_tells() -> None:
    (line,) = payment_from_ocr(as_bytes(ocr(Paid(kid="000531-", kind="21", text="Takk")))).lines

    assert (line.account, line.on, line.amount) == (ACCOUNT, date(2026, 11, 24), Decimal("4800.00"))
    assert (line.kids, line.payer_account, line.text) == (("000531-",), "12345678903", "Takk")
    assert (line.currency, line.is_return, line.place) == ("NOK", False, "line 3")


@pytest.mark.parametrize(("kind", "is_return"), [("10", False), ("18", True), ("20", True)])
def test_a_reversal_counts_in_the_totals_and_is_a_return(kind: str, is_return: bool) -> None:
    lines = payment_from_ocr(as_bytes(ocr(Paid(kid="18", kind=kind), Paid(kid="26")))).lines

    assert [line.is_return for line in lines] == [is_return, False]


def test_the_same_payment_has_the_same_identity_in_every_copy_and_two_alike_have_two() -> None:
    one = payment_from_ocr(as_bytes(ocr(Paid(kid="18"), Paid(kid="18"))))
    copy = payment_from_ocr(as_bytes(ocr(Paid(kid="18"), Paid(kid="18")), "\n"))
    another = payment_from_ocr(as_bytes(ocr(Paid(kid="18"), Paid(kid="18"), number="0000002")))

    assert [each.identity for each in one.lines] == [each.identity for each in copy.lines]
    assert len({each.identity for each in (*one.lines, *another.lines)}) == 4


def test_another_services_assignment_is_counted_and_said_not_to_be_read() -> None:
    lines = ocr(Paid(kid="18"))
    other = [
        f"NY212420{'0' * 9}0000002{ACCOUNT}{'0' * 45}",
        f"NY2194700000001{'1'}{'18':>25}N{'0' * 38}",
        f"NY212488{1:08}{3:08}{'0' * 56}",
    ]
    end = f"NY000089{2:08}{9:08}{480_000:017}241126{'0' * 33}"

    read = payment_from_ocr(as_bytes([*lines[:-1], *other, end]))

    assert [line.kids for line in read.lines] == [("18",)]
    assert read.notes == ("assignments of other services are not read: 21",)


@pytest.mark.parametrize(
    ("line", "column", "wrong", "says"),
    [
        (2, 16, "311126", "line 3: columns 16 to 21: must be a day"),
        (2, 50, " " * 20 + "12AB5", "line 3: columns 50 to 74: must be a KID"),
        (3, 48, "ABCDEFGHIJK", "line 4: columns 48 to 58: must be an account"),
        (2, 33, "0" * 16 + "A", "line 3: columns 33 to 49: must be an amount"),
    ],
)
def test_a_fault_is_named_by_line_and_column_and_costs_no_other_payment(
    line: int, column: int, wrong: str, says: str
) -> None:
    lines = list(THREE)
    lines[line] = lines[line][: column - 1] + wrong + lines[line][column - 1 + len(wrong) :]

    read = payment_from_ocr(as_bytes(lines))

    (fault,) = read.faults
    assert f"{fault.place}: {fault.message}".startswith(says)
    assert [each.amount for each in read.lines] == [Decimal("2.50"), Decimal("500.00")]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (THREE[:-1], "ends at line 9 without the end record"),
        ([*THREE[:4], *THREE[6:]], "line 7: the bank's totals say 8 records, and the file has 6"),
        ([*THREE[:-2], THREE[-1]], "line 9: the assignment has no end record"),
        (THREE[1:], "line 1: a start record"),
        ([*THREE[:-1], THREE[-1].replace("00000010", "00000011")], "say 11 records"),
        (["BEGM1", *THREE], "no OCR giro file"),
        ([line.replace("00000000000000100", "00000000000000700") for line in THREE], "NOK"),
    ],
)
def test_what_the_totals_disprove_is_refused_whole(lines: list[str], says: str) -> None:
    with pytest.raises(BankFileRefusedError, match=re.escape(says)):
        payment_from_ocr(as_bytes(lines))


@given(data=st.data())
def test_whatever_is_done_to_a_file_no_payment_is_made_up_or_lost_in_silence(
    data: st.DataObject,
) -> None:
    whole = payment_from_ocr(as_bytes(THREE))
    content = bytearray(as_bytes(THREE))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    read = tried(bytes(content))
    if isinstance(read, str):
        assert "line" in read
        return
    # An amount is protected by the totals; a day or a KID is not, by anything in the format.
    amounts = [line.amount for line in whole.lines]
    for line in read.lines:
        amounts.remove(line.amount)
    assert len(amounts) <= len(read.faults)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert tried(content)
