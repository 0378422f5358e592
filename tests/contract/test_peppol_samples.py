"""Published EHF and Peppol documents are read as they are.

The documents are others' and no part of this project: ``PEPPOL_SAMPLES`` names their folder, else
it is looked for beside the checkout.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from gateway.schema.webhooks import ParsedEvent, parse_event
from gateway.schema.xml_tree import read_xml
from mappers.invoice_from_ubl import UblReading, invoice_from_ubl

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("PEPPOL_SAMPLES") or ROOT / "../shared/samples/peppol")
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="The published documents are not on this machine, so none was read; name their folder "
    "with the environment variable PEPPOL_SAMPLES.",
)


def read(name: str) -> UblReading:
    return invoice_from_ubl(read_xml((FOLDER / name).read_bytes()))


@pytest.mark.parametrize(
    ("name", "number", "currency", "outstanding", "kind"),
    [
        ("Norwegian-example-1.xml", "TOSL108", "NOK", "802.00", "organization"),
        ("base-example.xml", "Snippet1", "EUR", "1656.25", "organization"),
        ("forward-billing-nettleie-consumer.xml", "0997462625", "NOK", "1543.34", "person"),
    ],
)
def test_an_invoice_becomes_a_valid_event(
    name: str, number: str, currency: str, outstanding: str, kind: str
) -> None:
    data = read(name).data
    invoice, debtor = data["invoice"], data["debtor"]
    assert isinstance(invoice, dict)
    assert isinstance(debtor, dict)

    assert (invoice["number"], invoice["currency"]) == (number, currency)
    assert (invoice["outstanding"], debtor["kind"]) == (outstanding, kind)
    invoice["id"] = "made-by-register"
    debtor["number"] = debtor["number"] or "made-by-register"
    event = parse_event(orjson.dumps({"type": "invoice.overdue", "data": data}))
    assert isinstance(event, ParsedEvent)


def test_the_reminder_is_a_letter_about_its_invoice() -> None:
    reading = read("Reminder-Example.xml")

    assert reading.reminder_of == "006"
    assert reading.notice == {
        "kind": "reminder",
        "sent_on": "2017-11-13",
        "deadline": "2017-12-01",
        "channel": None,
    }
