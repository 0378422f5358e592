"""Conta's OpenAPI as a judge of requests and answers.

The document is Conta's and no part of this project: the environment variable ``CONTA_OPENAPI``
names it, else it is looked for beside the checkout. Where it is not, the tests that need it are
skipped, and say so.
"""

from __future__ import annotations

import copy
import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4

from clients.conta.simulator import ContaSimulator
from clients.exchange import Request, Response
from clients.simulated_transport import DirectTransport
from clients.transport import Timeouts

ROOT = Path(__file__).parents[2]
SPECIFICATION = Path(
    os.environ.get("CONTA_OPENAPI") or ROOT / "../shared/specs/conta-subset.openapi.json"
)
needs_specification = pytest.mark.skipif(
    not SPECIFICATION.is_file(),
    reason="Conta's OpenAPI document is not on this machine, so nothing was held against it; name "
    "the file with the environment variable CONTA_OPENAPI.",
)
FILES = "/invoice/organizations/{opContextOrgId}/files/{id}"


class Contract:
    """The document, made strict: a field it does not name is a misspelt one."""

    def __init__(self, document: dict[str, Any], *, times_have_offsets: bool) -> None:
        self.paths: dict[str, Any] = document["paths"]
        self._document = document
        self._registry = Registry().with_resource("urn:conta", DRAFT4.create_resource(document))
        self._checker = copy.deepcopy(oas30_format_checker)
        if not times_have_offsets:
            # The format asks for an offset, the document's own bounds (x-earliest) have none.
            self._checker.checks("date-time", raises=ValueError)(_is_local_time)

    def operation(self, request: Request) -> tuple[str, dict[str, Any], dict[str, str]]:
        """Return (path template, operation, path values); fails for an undocumented call."""
        for template, item in self.paths.items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
            match = re.fullmatch(pattern, request.path)
            if match is not None and request.method.lower() in item:
                return template, item[request.method.lower()], match.groupdict()
        raise AssertionError(f"{request.method} {request.path} is not documented")

    def check_request(self, request: Request) -> str:
        """Validate a request, return its operation id."""
        template, operation, in_path = self.operation(request)
        parameters = [
            self._resolved(each)
            for each in (*self.paths[template].get("parameters", ()), *operation["parameters"])
        ]
        known = {(each["in"], each["name"]): each["schema"] for each in parameters}
        given = {("path", name): value for name, value in in_path.items()}
        given |= {("query", name): value for name, value in request.query.items()}
        assert set(given) <= set(known), f"undocumented parameters: {set(given) - set(known)}"
        for where, text in given.items():
            self.validate(known[where], self._typed(known[where], text))
        key = self._document["components"]["securitySchemes"]["apiKey"]["name"]
        assert request.headers[key.lower()]
        if "requestBody" in operation:
            assert request.headers["content-type"] == "application/json"
            content = operation["requestBody"]["content"]["application/json"]
            self.validate(content["schema"], json.loads(request.body))
        else:
            assert request.body == b""
        return str(operation["operationId"])

    def check_response(self, request: Request, response: Response) -> None:
        """Validate an answer against what is documented for its status."""
        _, operation, _ = self.operation(request)
        documented = operation["responses"].get(str(response.status))
        defaults = self._document["x-default-responses"]["schemas"]
        if documented is None:
            refs = [{"$ref": ref} for ref in defaults[str(response.status)]]
            self.validate({"anyOf": refs}, json.loads(response.body))
        elif "content" not in documented:
            assert response.body == b""
        else:
            schema = documented["content"]["application/json"]["schema"]
            self.validate(schema, json.loads(response.body))

    def validate(self, schema: dict[str, Any], instance: object) -> None:
        # The schema's own references point into the document.
        absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:conta#/'))
        validator = OAS30Validator(absolute, registry=self._registry, format_checker=self._checker)
        errors = [
            f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)
        ]
        assert errors == []

    def _resolved(self, item: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in item:
            return item
        resolver = self._registry.resolver("urn:conta")
        found: dict[str, Any] = resolver.lookup(quote(item["$ref"], safe="#/.")).contents
        return found

    def _typed(self, schema: dict[str, Any], text: str) -> object:
        """Read a parameter's text as its schema's type, as ``style: form`` writes it."""
        match self._resolved(schema).get("type"):
            case "integer":
                return int(text)
            case "boolean":
                return {"true": True, "false": False}.get(text, text)
            case "array":
                return [text]
            case _:
                return text


class CheckedTransport:
    """Carries to the simulator and holds both ways against the contract."""

    def __init__(self, simulator: ContaSimulator, contract: Contract) -> None:
        self.operations: set[str] = set()
        self.statuses: set[int] = set()
        self.refusals: set[str] = set()
        self._inner = DirectTransport(simulator)
        self._contract = contract

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        self.operations.add(self._contract.check_request(request))
        response = await self._inner.send(request, timeouts=timeouts)
        self._contract.check_response(request, response)
        self.statuses.add(response.status)
        if response.status >= 400:
            self.refusals.add(json.loads(response.body)["name"])
        return response


def _is_local_time(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).year > 0


def _closed(schema: Any) -> Any:
    """Forbid unnamed fields in every object that names its fields."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def strict_document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    for name in [name for name in schemas if name.startswith("RouteV1")]:
        schemas[name] = _closed(schemas[name])
    for item in document["paths"].values():
        ok = item.get("get", {}).get("responses", {}).get("200", {})
        if "content" in ok:
            ok["content"] = _closed(ok["content"])
    file_link = document["x-also-in-source"][0]
    (model,) = file_link["response200"].values()
    properties = {**model, "contentType": {"type": "string"}}  # its enum is not in the subset
    schema = _closed({"type": "object", "properties": properties})
    organization = {"$ref": "#/components/parameters/opContextOrgId"}
    number = {"name": "id", "in": "path", "schema": file_link["pathParameter"]["id"]}
    document["paths"][FILES] = {
        "get": {
            "operationId": file_link["operationId"],
            "parameters": [organization, number],
            "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
        }
    }
    return document
