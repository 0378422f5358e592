"""Answers of the edge: JSON documents, and RFC 9457 problems for everything refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

SERVER_NAME = "kravia-gateway"
"""Sent as ``Server`` in place of library names and versions."""

_JSON = {"Content-Type": "application/json", "Server": SERVER_NAME}
_PROBLEM = {"Content-Type": "application/problem+json", "Server": SERVER_NAME}


def json_answer(document: object, *, status: int = 200) -> web.Response:
    """Answer with a JSON document."""
    return web.Response(status=status, body=orjson.dumps(document), headers=_JSON)


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    retry_after_seconds: int | None = None,
    close: bool = False,
    kind: str | None = None,
) -> web.Response:
    """Refuse: ``title`` names the kind of refusal, ``detail`` says what to do about it.

    ``close`` ends the connection after the answer, for bodies that were not read to their end.
    """
    document: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if kind is not None:
        document["kind"] = kind
    if errors:
        document["errors"] = list(errors)
    headers = _PROBLEM
    if retry_after_seconds is not None:
        headers = headers | {"Retry-After": str(retry_after_seconds)}
    answer = web.Response(status=status, body=orjson.dumps(document), headers=headers)
    if close:
        answer.force_close()
    return answer


@web.middleware
async def problems_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn the refusals of the router itself, 404 and 405, into problems as well."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as refused:
        allowed = ", ".join(sorted(refused.allowed_methods))
        answer = problem(405, "Method not allowed", f"Here only {allowed} is understood.")
        answer.headers["Allow"] = allowed
        return answer
    except web.HTTPNotFound:
        return problem(404, "Not found", "There is nothing here; /docs says what there is.")
