"""The OpenAPI 3.1 document of the edge, made from the same models that check the bodies."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic.json_schema import models_json_schema

from gateway.schema.operation import Described
from gateway.schema.webhooks import KNOWN_EVENT

OPERATIONS_PATH = "/admin/operations/"
"""Each operation is a path of its own below it."""

_COMPONENTS = "#/components/schemas/"
_REFERENCE = _COMPONENTS + "{model}"

_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
}

_WEBHOOK_HEADERS: tuple[tuple[str, str], ...] = (
    ("webhook-id", "Unique per message, the same on every retry."),
    ("webhook-timestamp", "Unix seconds of this attempt."),
    ("webhook-signature", "One or more items v1,base64 divided by single spaces."),
)

Document = dict[str, object]


def openapi_document(*, version: str, operations: Mapping[str, Described]) -> Document:
    """Return the document; ``operations`` are what ``/admin/operations/…`` runs, by name."""
    schemas = _schemas(operations)
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
            **{
                OPERATIONS_PATH + name: {"post": _operation(name, operations[name])}
                for name in sorted(operations)
            },
            **_documents(),
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "server.admin_token of the settings, or one of tokens create.",
                }
            },
        },
    }


def _schemas(operations: Mapping[str, Described]) -> Document:
    events = KNOWN_EVENT.json_schema(ref_template=_REFERENCE)
    schemas: Document = dict(events.pop("$defs", {}))
    schemas["Event"] = events
    taken = list(dict.fromkeys(each.takes for each in operations.values()))
    _, definitions = models_json_schema(
        [(model, "validation") for model in taken], ref_template=_REFERENCE
    )
    schemas |= definitions.get("$defs", {})
    schemas["Recorded"] = _object(
        {
            "event_id": {"type": "string"},
            "outcome": {"enum": ["recorded", "duplicate", "ignored"]},
        }
    )
    schemas["Accepted"] = _object({"outcome": {"const": "accepted"}})
    schemas["Live"] = _object({"status": {"const": "live"}})
    schemas["Ready"] = _object(
        {
            "status": {"enum": ["ready", "not ready", "draining"]},
            "checks": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    )
    schemas["Problem"] = _problem_schema()
    return schemas


def _object(properties: Mapping[str, object]) -> Document:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _problem_schema() -> Document:
    schema = _object(
        {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is wrong, and what to do about it."},
        }
    )
    fault = _object({"field": {"type": "string"}, "message": {"type": "string"}})
    kinds = ["not_found", "refused", "invalid", "unreachable", "forbidden"]
    optional = {"errors": {"type": "array", "items": fault}, "kind": {"enum": kinds}}
    return schema | {"properties": {**schema["properties"], **optional}}  # type: ignore[dict-item]  # a Document holds objects


def _json(schema: str) -> Document:
    return {"application/json": {"schema": {"$ref": _COMPONENTS + schema}}}


def _refused(description: str, *, retry: bool = False) -> Document:
    answer: Document = {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": _COMPONENTS + "Problem"}}},
    }
    return answer | {"headers": _RETRY_AFTER} if retry else answer


_BODY_REFUSED = {
    "408": _refused("The body came too slowly."),
    "413": _refused("The body is too large."),
}


def _creditor_in_path() -> Document:
    schema: Document = {"type": "string"}
    return {"name": "creditor_id", "in": "path", "required": True, "schema": schema}


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
        "operationId": "webhook",
        "summary": "Receive one event of an invoicing system, signed by Standard Webhooks 1.0.0",
        "parameters": [_creditor_in_path(), *headers],
        "requestBody": {"required": True, "content": _json("Event")},
        "responses": {
            "202": {"description": "Kept durably.", "content": _json("Recorded")},
            "400": _refused("Not JSON; nothing was kept."),
            "401": _refused("No accepted signature."),
            **_BODY_REFUSED,
            "409": _refused("Another body was kept under this webhook-id."),
            "415": _refused("The content type is not JSON, or the body is compressed."),
            "422": _refused("Signed but not valid: kept for an operator to repair."),
            "429": _refused("Beyond the creditor's rate.", retry=True),
            "500": _refused("The gateway failed; send it again later."),
            "503": _refused("Full, draining or without storage.", retry=True),
        },
    }


def _kravia_hint() -> Document:
    return {
        "operationId": "kravia_hint",
        "summary": "Receive a hint of Kravia's that a claim changed",
        "parameters": [_creditor_in_path()],
        "requestBody": {"content": {"application/json": {"schema": {}}}},
        "responses": {
            "202": {
                "description": "Taken note of, whatever it was.",
                "content": _json("Accepted"),
            },
            "400": _refused("The body did not arrive whole."),
            **_BODY_REFUSED,
        },
    }


def _ledger_hint() -> Document:
    return {
        "operationId": "ledger_hint",
        "summary": "Receive a ledger's own signed event: it is asked sooner, nothing else is done",
        "parameters": [_creditor_in_path()],
        "requestBody": {"content": {"application/json": {"schema": {}}}},
        "responses": {
            "202": {"description": "Signed, and taken note of.", "content": _json("Accepted")},
            "400": _refused("The body did not arrive whole."),
            "401": _refused("Not signed by a known creditor's ledger."),
            **_BODY_REFUSED,
        },
    }


def _operation(name: str, described: Described) -> Document:
    result: Document = {"type": "object"}
    if described.is_list:
        row: Document = {"type": "object", "required": list(described.row)}
        following: Document = {
            "type": ["string", "null"],
            "description": "What to send as after for more; null at the end.",
        }
        result = _object({"items": {"type": "array", "items": row}, "next": following})
    takes = described.takes
    needed = any(each.is_required() for each in takes.model_fields.values())
    return {
        "operationId": name,
        "summary": described.summary,
        "security": [{"token": []}],
        "requestBody": {"required": needed, "content": _json(takes.__name__)},
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": result}}},
            "400": _refused("The body is not a JSON object."),
            "401": _refused("No accepted token."),
            "403": _refused("More than the token may."),
            "404": _refused("Nothing by that id that the token may see."),
            **_BODY_REFUSED,
            "409": _refused("Refused as things stand; the detail says what to do first."),
            "422": _refused("The arguments are not valid."),
            "500": _refused("The gateway failed; its log says where."),
            "502": _refused("A remote system could not be reached."),
        },
    }


def _documents() -> Document:
    """Describe what anybody may read."""
    ready = {"description": "Ready.", "content": _json("Ready")}
    return {
        "/health/live": {"get": _read("The process answers", {"200": _said("It does.", "Live")})},
        "/health/ready": {
            "get": _read(
                "Can it work now?",
                {"200": ready, "503": {**ready, "description": "Not ready, and why."}},
            )
        },
        "/metrics": {"get": _read("Prometheus metrics", {"200": _text("text/plain")})},
        "/openapi.json": {"get": _read("This document", {"200": _text("application/json")})},
        "/docs": {"get": _read("This document as a page", {"200": _text("text/html")})},
    }


def _said(description: str, schema: str) -> Document:
    return {"description": description, "content": _json(schema)}


def _text(media_type: str) -> Document:
    return {"description": "It.", "content": {media_type: {}}}


def _read(summary: str, responses: Mapping[str, object]) -> Document:
    return {"summary": summary, "responses": dict(responses)}
