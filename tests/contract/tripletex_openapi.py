"""Tripletex's OpenAPI as a judge of requests, of the fields they ask for, and of answers.

The document is Tripletex's and no part of this project: the environment variable
``TRIPLETEX_OPENAPI`` names it, else it is looked for beside the checkout. Where it is not, the
tests that need it are skipped, and say so.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from clients.exchange import Request, Response
from clients.simulated_transport import DirectTransport
from clients.transport import Timeouts
from clients.tripletex.simulator import TripletexSimulator
from clients.tripletex.simulator_wording import Fields, parse_fields

ROOT = Path(__file__).parents[2]
SPECIFICATION = Path(
    os.environ.get("TRIPLETEX_OPENAPI") or ROOT / "../shared/specs/tripletex-subset.openapi.json"
)
needs_tripletex_specification = pytest.mark.skipif(
    not SPECIFICATION.is_file(),
    reason="Tripletex's OpenAPI document is not on this machine, so nothing was held against it; "
    "name the file with the environment variable TRIPLETEX_OPENAPI.",
)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Contract:
    """The document, made strict: a field it does not name is a misspelt one."""

    def __init__(self) -> None:
        self._document: dict[str, Any] = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
        self.paths: dict[str, Any] = self._document["paths"]
        for schema in self._document["components"]["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        resource = DRAFT4.create_resource(self._document)
        self._registry = Registry().with_resource("urn:tripletex", resource)

    def operation(self, request: Request) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the operation and the path's values; fails for an undocumented call."""
        for template, item in self.paths.items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", re.escape(template))
            match = re.fullmatch(pattern, request.path)
            if match is not None and request.method.lower() in item:
                return item[request.method.lower()], match.groupdict()
        raise AssertionError(f"{request.method} {request.path} is not documented")

    def check_request(self, request: Request) -> str:
        """Validate a request and the fields it asks for; returns its operation id."""
        operation, in_path = self.operation(request)
        parameters = [self._resolved(each) for each in operation.get("parameters", ())]
        known = {(each["in"], each["name"]): each for each in parameters}
        given = {("path", name): value for name, value in in_path.items()}
        given |= {("query", name): value for name, value in request.query.items()}
        assert set(given) <= set(known), f"undocumented: {set(given) - set(known)}"
        needed = {key for key, each in known.items() if each.get("required")}
        assert needed <= set(given), f"missing: {needed - set(given)}"
        for key, text in given.items():
            self.validate(known[key]["schema"], _typed(known[key]["schema"], text))
            assert "date" not in key[1].lower() or DAY.fullmatch(text)
        if operation.get("security") == []:
            assert "authorization" not in request.headers
        else:
            assert request.headers["authorization"].startswith("Basic ")
        if "requestBody" in operation:
            (content,) = operation["requestBody"]["content"].values()
            self.validate(content["schema"], json.loads(request.body))
        else:
            assert request.body == b""
        if "fields" in request.query:
            self._check_fields(self._answered(operation), parse_fields(request.query["fields"]))
        return str(operation["operationId"])

    def check_response(self, request: Request, response: Response) -> None:
        """Validate an answer. Nulls are taken out first: the document declares none (observed)."""
        operation, _ = self.operation(request)
        instance = _without_nulls(json.loads(response.body))
        documented = operation["responses"].get(str(response.status))
        if documented is None:
            assert response.status >= 400
            self.validate({"$ref": "#/components/schemas/ApiError"}, instance)
            codes = self._document["x-default-responses"]["codes"][str(response.status)]
            assert instance["code"] in codes
        else:
            (content,) = documented["content"].values()
            self.validate(content["schema"], instance)

    def validate(self, schema: dict[str, Any], instance: object) -> None:
        absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:tripletex#/'))
        validator = OAS30Validator(absolute, registry=self._registry)
        errors = [
            f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)
        ]
        assert errors == []

    def _answered(self, operation: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of the object, or of the list's objects, that are answered."""
        (content,) = operation["responses"]["200"]["content"].values()
        envelope = self._resolved(content["schema"])["properties"]
        found = envelope["value"] if "value" in envelope else envelope["values"]["items"]
        return self._resolved(found)

    def _check_fields(self, schema: dict[str, Any], fields: Fields) -> None:
        for name, inner in fields.items():
            assert name in schema["properties"], f"no field {name}"
            below = self._resolved(schema["properties"][name])
            if below.get("type") == "array":
                below = self._resolved(below["items"])
            assert (inner is not None) == ("properties" in below), f"{name} is not expanded rightly"
            if inner is not None:
                self._check_fields(below, inner)

    def _resolved(self, item: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in item:
            return item
        found: Any = self._document
        for part in item["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return self._resolved(found)


class CheckedTransport:
    """Carries to the simulator and holds both ways against the contract."""

    def __init__(self, simulator: TripletexSimulator, contract: Contract) -> None:
        self.operations: set[str] = set()
        self._inner = DirectTransport(simulator)
        self._contract = contract

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        self.operations.add(self._contract.check_request(request))
        response = await self._inner.send(request, timeouts=timeouts)
        self._contract.check_response(request, response)
        return response


def _typed(schema: dict[str, Any], text: str) -> object:
    match schema.get("type"):
        case "integer":
            return int(text)
        case "number":
            return float(text)
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
        case _:
            return text


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
