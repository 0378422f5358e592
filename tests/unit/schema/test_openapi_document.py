"""The OpenAPI document: whole, and true to the models."""

from __future__ import annotations

import re

import orjson

from gateway.schema.openapi import openapi_document

DOCUMENT = orjson.loads(
    orjson.dumps(openapi_document(version="1.2.3", operation_names=["status", "claims.list"]))
)


def test_it_names_version_paths_and_operations() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert set(DOCUMENT["paths"]) >= {"/webhooks/{creditor_id}", "/admin/operations/{name}"}
    operation = DOCUMENT["paths"]["/admin/operations/{name}"]["post"]
    assert operation["parameters"][0]["schema"]["enum"] == ["claims.list", "status"]


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
