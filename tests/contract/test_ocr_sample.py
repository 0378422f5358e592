"""The published OCR giro file reads as it is.

The sample is no part of this repository: without it the test is skipped and says so.
"""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mappers.payment_from_ocr import payment_from_ocr

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("OCR_SAMPLES") or ROOT / "../shared/samples/ocr")
SAMPLE = FOLDER / "ocr_giro_transactions.txt"


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"there is no sample at {SAMPLE}")
def test_the_published_file_reads_as_it_is() -> None:
    read = payment_from_ocr(SAMPLE.read_bytes())

    assert (len(read.lines), read.faults, read.notes) == (20, (), ())
    assert sum(line.amount for line in read.lines) == Decimal("51449.00")
    first = read.lines[0]
    assert (first.kids, first.on, first.text) == (("0000531",), date(1992, 1, 20), "Foo bar baz")
    assert first.payer_account == "99990512341"
