"""``/docs``: the OpenAPI document as one page, written out on the server.

No script, no other host: the page is HTML and one style sheet of ours, so that the strictest
content policy holds, and it reads on a phone and in print. A viewer such as Swagger UI is a
megabyte of script for the same sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

Node = Mapping[str, Any]
"""A JSON object of the document."""

CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""Nothing but our own style sheet is loaded, and no page may frame this one."""

_GROUPS: Final = (
    ("Webhooks", ("/webhooks/", "/kravia/", "/ledger/")),
    ("Operations", ("/admin/",)),
    ("About the gateway", ("/health/", "/metrics", "/openapi.json", "/docs")),
)
_ADMIN_NOTE: Final = (
    "POST a JSON object of arguments with <code>Authorization: Bearer</code> and the token;"
    " fields that are not named are ignored, and null counts as not given. Over the Unix socket"
    " beside the database no token is asked."
)


def reference_page(document: Node) -> str:
    """Write the whole document out as HTML."""
    info = document["info"]
    title = f"{info['title']} {info['version']}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(info['description'])}</p>",
        '<p>This page is drawn from <a href="/openapi.json">openapi.json</a>.</p>',
        *_contents(document),
        *_paths(document["paths"]),
        *_schemas(document["components"]["schemas"]),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        '<link rel="stylesheet" href="/docs/reference.css">\n</head>\n<body>\n<main>\n'
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _contents(document: Node) -> Iterator[str]:
    yield '<nav aria-label="Contents"><ul>'
    for heading, _ in _GROUPS:
        yield f'<li><a href="#{_id(heading)}">{escape(heading)}</a></li>'
    yield '<li><a href="#schemas">Schemas</a></li></ul><ul>'
    for path in document["paths"]:
        if path.startswith("/admin/"):
            name = path.rpartition("/")[2]
            yield f'<li><a href="#{_id(path)}"><code>{escape(name)}</code></a></li>'
    yield "</ul></nav>"


def _paths(paths: Node) -> Iterator[str]:
    for heading, beginnings in _GROUPS:
        yield f'<h2 id="{_id(heading)}">{escape(heading)}</h2>'
        if heading == "Operations":
            yield f"<p>{_ADMIN_NOTE}</p>"
        for path, methods in paths.items():
            if path.startswith(beginnings):
                for method, operation in methods.items():
                    yield from _operation(path, method, operation)


def _operation(path: str, method: str, operation: Node) -> Iterator[str]:
    yield f'<section id="{_id(path)}">'
    yield f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
    yield f"<p>{escape(operation['summary'])}.</p>"
    parameters: Sequence[Node] = operation.get("parameters", ())
    if parameters:
        rows = [
            _field(each["name"], each["schema"], each.get("description"), needed=True)
            for each in parameters
        ]
        yield f"<dl>{''.join(rows)}</dl>"
    content = operation.get("requestBody", {}).get("content", {})
    for kind, body in content.items():
        yield f"<p>Takes {_type(body['schema'])} as <code>{escape(kind)}</code>.</p>"
    yield "<dl>"
    for status, answer in operation["responses"].items():
        kinds = "".join(
            f" {_type(body['schema'])}" for body in answer.get("content", {}).values() if body
        )
        yield f"<dt><code>{status}</code>{kinds}</dt><dd>{escape(answer['description'])}</dd>"
    yield "</dl></section>"


def _schemas(schemas: Node) -> Iterator[str]:
    yield '<h2 id="schemas">Schemas</h2>'
    for name, schema in sorted(schemas.items()):
        yield f'<section id="{_id(name)}"><h3>{escape(name)}</h3>'
        if description := schema.get("description"):
            yield f"<p>{escape(description)}</p>"
        properties = schema.get("properties")
        if properties:
            required = schema.get("required", ())
            rows = [
                _field(key, each, each.get("description"), needed=key in required)
                for key, each in properties.items()
            ]
            yield f"<dl>{''.join(rows)}</dl>"
        else:
            yield f"<p>{_type(schema)}</p>"
        yield "</section>"


def _field(name: str, schema: Node, description: str | None, *, needed: bool) -> str:
    text = description or next(
        (each["description"] for each in schema.get("anyOf", ()) if "description" in each), ""
    )
    must = ", required" if needed else ""
    head = f"<dt><code>{escape(name)}</code> {_type(schema)}{must}</dt>"
    return f"{head}<dd>{escape(text)}</dd>" if text else head


def _type(schema: Node) -> str:
    """Say the kind of a value in a few words, with a link where it has a name."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return f'<a href="#{_id(name)}">{escape(name)}</a>'
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(_type(each) for each in schema[choice]))
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and "items" in schema.get("properties", {}):
        fields = schema["properties"]["items"]["items"].get("required", ())
        named = ", ".join(f"<code>{escape(each)}</code>" for each in fields)
        return f"a page: items{f' with {named}' if named else ''}, and next"
    form = schema.get("format")
    return f"{kind} ({escape(form)})" if form else str(kind)


def _id(name: str) -> str:
    """Make an anchor of a path or name: letters, digits and hyphens."""
    return "".join(each if each.isalnum() else "-" for each in name).strip("-").lower()
