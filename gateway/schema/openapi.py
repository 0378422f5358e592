"""The OpenAPI 3.1 document of the edge, made from the same models that check the bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.schema.webhooks import KNOWN_EVENT

_COMPONENTS = "#/components/schemas/"

_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
}

_WEBHOOK_HEADERS: tuple[tuple[str, str], ...] = (
    ("webhook-id", "Unique per message, the same on every retry."),
    ("webhook-timestamp", "Unix seconds of this attempt."),
    ("webhook-signature", "One or more items v1,base64 divided by single spaces."),
)

Document = dict[str, object]


def openapi_document(*, version: str, operation_names: Sequence[str]) -> Document:
    """Return the document; ``operation_names`` are what ``/admin/operations/{name}`` runs."""
    events = KNOWN_EVENT.json_schema(ref_template=_COMPONENTS + "{model}")
    schemas: Document = dict(events.pop("$defs", {}))
    schemas["Event"] = events
    schemas["Recorded"] = _object(
        {
            "event_id": {"type": "string"},
            "outcome": {"enum": ["recorded", "duplicate", "ignored"]},
        }
    )
    schemas["Problem"] = _problem_schema()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kravia gateway",
            "version": version,
            "description": "Takes overdue invoices in, and hands them to the collection agency.",
        },
        "paths": {
            "/webhooks/{creditor_id}": {"post": _webhook()},
            "/kravia/webhooks/{creditor_id}": {"post": _kravia_hint()},
            "/ledger/webhooks/{creditor_id}": {"post": _ledger_hint()},
            "/admin/operations/{name}": {"post": _operation(operation_names)},
            "/health/live": {"get": _plain("The process answers.", {"200": "It does."})},
            "/health/ready": {
                "get": _plain("Can it work now?", {"200": "Ready.", "503": "Not ready, and why."})
            },
            "/metrics": {"get": _plain("Prometheus metrics.", {"200": "Prometheus text."})},
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _object(properties: Mapping[str, object]) -> Document:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _problem_schema() -> Document:
    schema = _object(
        {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        }
    )
    fault = _object({"field": {"type": "string"}, "message": {"type": "string"}})
    optional = {"errors": {"type": "array", "items": fault}, "kind": {"type": "string"}}
    return schema | {"properties": {**schema["properties"], **optional}}  # type: ignore[dict-item]  # a Document holds objects


def _json(schema: str) -> Document:
    return {"application/json": {"schema": {"$ref": _COMPONENTS + schema}}}


def _refused(description: str, *, retry: bool = False) -> Document:
    answer: Document = {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": _COMPONENTS + "Problem"}}},
    }
    return answer | {"headers": _RETRY_AFTER} if retry else answer


def _in_path(name: str, schema: Document) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _webhook() -> Document:
    headers: list[Document] = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": description,
            "schema": {"type": "string"},
        }
        for name, description in _WEBHOOK_HEADERS
    ]
    return {
        "summary": "Receive one event of an invoicing system, signed by Standard Webhooks 1.0.0",
        "parameters": [_in_path("creditor_id", {"type": "string"}), *headers],
        "requestBody": {"required": True, "content": _json("Event")},
        "responses": {
            "202": {"description": "Kept durably.", "content": _json("Recorded")},
            "400": _refused("Not JSON; nothing was kept."),
            "401": _refused("No accepted signature."),
            "408": _refused("The body came too slowly."),
            "409": _refused("Another body was kept under this webhook-id."),
            "413": _refused("The body is too large."),
            "415": _refused("The content type is not JSON, or the body is compressed."),
            "422": _refused("Signed but not valid: kept for an operator to repair."),
            "429": _refused("Beyond the creditor's rate.", retry=True),
            "503": _refused("Full, draining or without storage.", retry=True),
        },
    }


def _kravia_hint() -> Document:
    return {
        "summary": "Receive a hint of Kravia's that a claim changed",
        "parameters": [_in_path("creditor_id", {"type": "string"})],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "202": {"description": "Taken note of, whatever it was."},
            "413": _refused("The body is too large."),
        },
    }


def _ledger_hint() -> Document:
    return {
        "summary": "Receive a ledger's own signed event: it is asked sooner, nothing else is done",
        "parameters": [_in_path("creditor_id", {"type": "string"})],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "202": {"description": "Signed, and taken note of."},
            "401": _refused("Not signed by a known creditor's ledger."),
            "408": _refused("The body came too slowly."),
            "413": _refused("The body is too large."),
        },
    }


def _operation(names: Sequence[str]) -> Document:
    name: Document = {"type": "string"}
    if names:
        name["enum"] = sorted(names)
    anything = {"application/json": {"schema": {"type": "object"}}}
    return {
        "summary": "Run an operation: its arguments in, its result out",
        "security": [{"token": []}],
        "parameters": [_in_path("name", name)],
        "requestBody": {"content": anything},
        "responses": {
            "200": {"description": "Done.", "content": anything},
            "400": _refused("The body is not a JSON object."),
            "401": _refused("No accepted token."),
            "404": _refused("No such operation, or nothing by that id."),
            "409": _refused("Refused as things stand; the detail says what to do first."),
            "422": _refused("The arguments are not valid."),
            "502": _refused("A remote system could not be reached."),
        },
    }


def _plain(summary: str, answers: Mapping[str, str]) -> Document:
    responses = {status: {"description": text} for status, text in answers.items()}
    return {"summary": summary, "responses": responses}
