"""Fiken's OpenAPI as a judge of requests and answers.

The document is Fiken's and no part of this project: the environment variable ``FIKEN_OPENAPI``
names it, else it is looked for beside the checkout. Where it is not, the tests that need it are
skipped, and say so.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4

from clients.exchange import Request, Response
from clients.fiken.simulator import FikenSimulator
from clients.simulated_transport import DirectTransport
from clients.transport import Timeouts

ROOT = Path(__file__).parents[2]
SPECIFICATION = Path(
    os.environ.get("FIKEN_OPENAPI") or ROOT / "../shared/specs/fiken-subset.openapi.json"
)
needs_specification = pytest.mark.skipif(
    not SPECIFICATION.is_file(),
    reason="Fiken's OpenAPI document is not on this machine, so nothing was held against it; name "
    "the file with the environment variable FIKEN_OPENAPI.",
)


class FikenContract:
    """The document, made strict: a field it does not name is a misspelt one."""

    def __init__(self) -> None:
        document: dict[str, Any] = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
        schemas = document["components"]["schemas"]
        for schema in schemas.values():
            if isinstance(schema.get("properties"), dict):
                schema.setdefault("additionalProperties", False)
        self._errors = schemas["xError"]
        self._paths: dict[str, Any] = document["paths"]
        self._registry = Registry().with_resource("urn:fiken", DRAFT4.create_resource(document))

    def check_request(self, request: Request) -> str:
        """Validate a request, return method and path template."""
        template, operation, in_path = self._operation(request)
        parameters = [
            self._resolved(each)
            for each in (
                *self._paths[template].get("parameters", ()),
                *operation.get("parameters", ()),
            )
        ]
        known = {(each["in"], each["name"]): each["schema"] for each in parameters}
        given = {("path", name): value for name, value in in_path.items()}
        given |= {("query", name): value for name, value in request.query.items()}
        assert set(given) <= set(known), f"undocumented parameters: {set(given) - set(known)}"
        for where, text in given.items():
            self._validate(known[where], self._typed(known[where], text))
        assert ("page" in request.query) == ("pageSize" in request.query)
        assert request.headers["authorization"].startswith("Bearer ")
        uuid.UUID(request.headers["x-request-id"])
        if "requestBody" in operation:
            assert request.headers["content-type"] == "application/json"
            content = operation["requestBody"]["content"]["application/json"]
            self._validate(content["schema"], json.loads(request.body))
        else:
            assert request.body == b""
        return f"{request.method} {template}"

    def check_response(self, request: Request, response: Response) -> None:
        """Validate an answer against what is documented for its status."""
        _, operation, _ = self._operation(request)
        documented = operation["responses"].get(str(response.status))
        if documented is None:
            self._validate(self._errors, json.loads(response.body))
            return
        if "content" not in documented:
            assert response.body == b""
        else:
            schema = documented["content"]["application/json"]["schema"]
            self._validate(schema, json.loads(response.body))
        for name in documented.get("headers", {}):
            assert name.lower() in response.headers

    def _operation(self, request: Request) -> tuple[str, dict[str, Any], dict[str, str]]:
        for template, item in self._paths.items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
            match = re.fullmatch(pattern, request.path)
            if match is not None and request.method.lower() in item:
                return template, item[request.method.lower()], match.groupdict()
        raise AssertionError(f"{request.method} {request.path} is not documented")

    def _validate(self, schema: dict[str, Any], instance: object) -> None:
        # The schema's own references point into the document.
        absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:fiken#/'))
        validator = OAS30Validator(
            absolute, registry=self._registry, format_checker=oas30_format_checker
        )
        errors = [
            f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)
        ]
        assert errors == []

    def _resolved(self, item: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in item:
            return item
        resolver = self._registry.resolver("urn:fiken")
        found: dict[str, Any] = resolver.lookup(quote(item["$ref"], safe="#/.")).contents
        return found

    def _typed(self, schema: dict[str, Any], text: str) -> object:
        """Read a parameter's text as its schema's type, as ``style: form`` writes it."""
        match self._resolved(schema).get("type"):
            case "integer":
                return int(text)
            case "boolean":
                return {"true": True, "false": False}.get(text, text)
            case _:
                return text


class FikenChecked:
    """Carries to the simulator and holds both ways against the contract."""

    def __init__(self, simulator: FikenSimulator, contract: FikenContract) -> None:
        self.operations: set[str] = set()
        self.statuses: set[int] = set()
        self._inner = DirectTransport(simulator)
        self._contract = contract

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        self.operations.add(self._contract.check_request(request))
        response = await self._inner.send(request, timeouts=timeouts)
        self._contract.check_response(request, response)
        self.statuses.add(response.status)
        return response
