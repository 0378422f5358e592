"""Reads a bank's file: OCR giro or camt.054, known by what it begins with."""

from __future__ import annotations

from gateway.cli.failure import Failure
from gateway.domain.bank_line import BankFile, BankFileRefusedError
from gateway.schema.xml_tree import XmlRefusedError, read_xml
from mappers.payment_from_camt054 import CAMT_ELEMENTS_MAX, payment_from_camt054
from mappers.payment_from_ocr import payment_from_ocr


def read_bank_file(content: bytes) -> tuple[str, BankFile]:
    """Give the format and the lines; raises ``Failure`` for a file that may not be taken."""
    is_xml = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
    try:
        if is_xml:
            root = read_xml(content, elements_max=CAMT_ELEMENTS_MAX)
            return "camt054", payment_from_camt054(root)
        return "ocr", payment_from_ocr(content)
    except (XmlRefusedError, BankFileRefusedError) as error:
        raise Failure(str(error)) from None
