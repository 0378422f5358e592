"""The OpenAPI document: whole, and true to the models."""

from __future__ import annotations

import re

import orjson
import pytest

from gateway.operations.catalogue import CATALOGUE, checked
from gateway.operations.errors import OperationError
from gateway.operations.registry import OPERATIONS
from gateway.schema.openapi import openapi_document

DOCUMENT = orjson.loads(orjson.dumps(openapi_document(version="1.2.3", operations=CATALOGUE)))


def test_it_names_version_paths_and_operations() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert set(DOCUMENT["paths"]) >= {"/webhooks/{creditor_id}", "/health/ready", "/metrics"}
    paths = {path.rpartition("/")[2] for path in DOCUMENT["paths"] if "/operations/" in path}
    assert paths == set(OPERATIONS) == set(CATALOGUE), "describe each operation in catalogue.py"


def test_an_operations_arguments_are_those_that_it_is_held_to() -> None:
    operation = DOCUMENT["paths"]["/admin/operations/claims.list"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    fields = DOCUMENT["components"]["schemas"][body.rpartition("/")[2]]["properties"]

    assert {"limit", "after", "creditor", "state", "debtor", "order"} <= set(fields)
    assert "held" in fields["state"]["anyOf"][0]["enum"]
    with pytest.raises(OperationError, match="state must be one of received, held"):
        checked("claims.list", {"state": "asleep"})
    assert checked("claims.list", {"limit": "5", "after": None, "colour": "red"}) == {"limit": "5"}


def test_every_reference_in_it_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    names = re.findall(rb'"#/components/schemas/([^"]+)"', orjson.dumps(DOCUMENT))

    assert names
    assert {name.decode() for name in names} <= set(schemas)


def test_the_event_schema_lists_every_type_of_the_contract() -> None:
    mapping = DOCUMENT["components"]["schemas"]["Event"]["discriminator"]["mapping"]

    assert set(mapping) == {
        "invoice.overdue",
        "invoice.updated",
        "payment.received",
        "payment.reversed",
        "credit_note.issued",
        "objection.raised",
        "objection.resolved",
        "collection.withdrawn",
    }


def test_required_fields_and_forms_are_in_it() -> None:
    invoice = DOCUMENT["components"]["schemas"]["InvoiceModel"]

    assert invoice["required"] == [
        "id",
        "number",
        "issue_date",
        "currency",
        "total",
        "outstanding",
    ]
    assert invoice["properties"]["issue_date"]["format"] == "date"
    assert invoice["properties"]["total"]["pattern"]
    assert DOCUMENT["components"]["schemas"]["DebtorModel"]["required"] == [
        "number",
        "name",
        "kind",
    ]
