"""A camt.054 notification as lines: credits, returns, KIDs, sums that hold, faults by line."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bank_line import BankFile, BankFileRefusedError
from gateway.schema.xml_tree import XmlRefusedError, read_xml
from mappers.payment_from_camt054 import payment_from_camt054
from tests.bank_files import ACCOUNT, camt, entry, transaction

SPLIT = (
    "<RmtInf>"
    + "".join(
        f'<Strd><RfrdDocAmt><RmtdAmt Ccy="NOK">{amount}</RmtdAmt></RfrdDocAmt>'
        f"<CdtrRefInf><Ref>{kid}</Ref></CdtrRefInf></Strd>"
        for kid, amount in (("18", "60.00"), ("26", "40.00"))
    )
    + "</RmtInf>"
)


def read(*entries: str, **more: str) -> BankFile:
    return payment_from_camt054(read_xml(camt(*entries, **more)))


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_a_credit_has_everything_the_bank_tells(version: str) -> None:
    paid = transaction("4800.00", "123 456-", words="faktura 30001")

    (line,) = read(entry("4800.00", paid), version=version).lines

    assert (line.account, line.on, line.amount) == (ACCOUNT, date(2026, 11, 24), Decimal("4800.00"))
    assert (line.kids, line.payer_account) == (("123456-",), "NO9386011117947")
    assert (line.text, line.is_return) == ("faktura 30001 Kari Eksempel", False)


def test_a_credit_taken_back_is_a_return_and_what_is_the_creditors_own_is_left() -> None:
    one = transaction("10.00", "18")
    found = read(
        entry("10.00", one, direction="DBIT", reversal=True),
        entry("10.00", transaction("10.00", "18", more="<RtrInf/>"), direction="DBIT"),
        entry("10.00", one, direction="DBIT"),
        entry("10.00", one, direction="CRDT", reversal=True),
        entry("10.00", one, status="PDNG"),
    )

    assert [line.is_return for line in found.lines] == [True, True]
    assert found.notes == (
        "1 not booked yet: they come again when they are",
        "1 of your own that came back: not read",
        "1 of your own, going out: not read",
    )


def test_a_sum_for_several_invoices_is_split_where_the_payer_says_how() -> None:
    told = transaction("100.00", None, more="").replace("<RmtInf></RmtInf>", SPLIT)
    silent = told.replace("RmtdAmt", "DuePyblAmt")
    wrong = told.replace("60.00", "61.00")

    assert [(line.kids, line.amount) for line in read(entry("100.00", told)).lines] == [
        (("18",), Decimal("60.00")),
        (("26",), Decimal("40.00")),
    ]
    for unclear in (silent, wrong):
        (line,) = read(entry("100.00", unclear)).lines
        assert (line.kids, line.amount) == (("18", "26"), Decimal("100.00"))


def test_identities_are_the_banks_names_and_survive_another_message() -> None:
    one = entry("30.00", transaction("10.00", "18"), transaction("20.00", "26", reference="REF2"))
    again = payment_from_camt054(read_xml(camt(one).replace(b"M1", b"M2").replace(b">\n", b">")))
    nameless = entry("10.00", transaction("10.00", "18", reference=None))

    assert [a.identity for a in read(one).lines] == [b.identity for b in again.lines]
    other = payment_from_camt054(read_xml(camt(nameless).replace(b"M1", b"M2")))
    assert read(nameless).lines[0].identity != other.lines[0].identity
    assert read(nameless).lines == read(nameless).lines
    alike = read(nameless, nameless).lines
    assert alike[0].identity != alike[1].identity


def test_a_fault_costs_no_other_payment() -> None:
    found = read(
        entry("30.00", transaction("1O.00", "18"), transaction("20.00", "26")),
        entry("5.00", day="2026-11-31"),
        entry("7.00", transaction("8.00", "34")),
        entry("9.00", transaction("9.00", "42")),
    )

    assert [line.kids for line in found.lines] == [("26",), ("42",)]
    places = [fault.place for fault in found.faults]
    assert places == ["line 5, Amt", "line 6, BookgDt", "line 7, Ntry"]
    assert "must be an amount" in found.faults[0].message
    assert "add up to 8.00, and its Amt is 7.00" in found.faults[2].message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            camt(
                entry("5.00"),
                summary="<TxsSummry><TtlCdtNtries><NbOfNtries>2</NbOfNtries></TtlCdtNtries>"
                "</TxsSummry>",
            ),
            "say 2 entries, and the file has 1",
        ),
        (
            camt(
                entry("5.00"),
                summary="<TxsSummry><TtlNtries><Sum>6.00</Sum></TtlNtries></TxsSummry>",
            ),
            "say 6.00, and the file has 5.00",
        ),
        (camt(entry("5.00")).replace(b"camt.054", b"camt.053"), "is no camt.054"),
        (camt(entry("5.00"), account=""), "whose account"),
    ],
)
def test_what_cannot_be_trusted_is_refused_whole(content: bytes, says: str) -> None:
    with pytest.raises(BankFileRefusedError, match=re.escape(says)):
        payment_from_camt054(read_xml(content))


def test_entities_are_refused_and_a_broken_document_is_named_by_line_and_column() -> None:
    bomb = camt(entry("5.00")).replace(b"<Document", b'<!DOCTYPE d [<!ENTITY a "b">]><Document')
    with pytest.raises(XmlRefusedError, match="DOCTYPE"):
        read_xml(bomb)
    with pytest.raises(XmlRefusedError, match=r"line 5, column [0-9]+"):
        read_xml(camt(entry("5.00").replace("</Amt>", "</Amx>")))


WHOLE = camt(entry("30.00", transaction("10.00", "18"), transaction("20.00", "26")), entry("7.00"))


@given(data=st.data())
def test_whatever_is_done_to_a_document_it_is_read_or_refused_in_words(data: st.DataObject) -> None:
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    try:
        found = payment_from_camt054(read_xml(bytes(content)))
    except (BankFileRefusedError, XmlRefusedError):
        return
    assert all(line.amount > 0 for line in found.lines)
    assert all(fault.place.startswith("line ") for fault in found.faults)
