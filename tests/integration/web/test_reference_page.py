"""``/docs``: the whole description as one page, without a script or another host."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from gateway.operations.catalogue import CATALOGUE
from gateway.web.reference import reference_page

VOID = {"meta", "link"}


class Page(HTMLParser):
    """Collects ids, links and elements, and holds the page to closing what it opens."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.styled: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.add(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])] if "href" in given else []
        self.styled += [name for name in given if name == "style" or name.startswith("on")]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


async def test_the_page_shows_every_path_and_schema_under_a_policy_without_scripts(
    start: Any,
) -> None:
    sender = await start(operation_names=tuple(CATALOGUE))
    document = (await sender.request("GET", "/openapi.json")).json
    answer = await sender.request("GET", "/docs")
    text = answer.body.decode()
    page = Page(text)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not page.elements & {"script", "style", "img", "iframe", "form"}
    assert page.styled == []
    for path in document["paths"]:
        assert f" {path}</code>" in text
    for schema in document["components"]["schemas"]:
        assert f"<h3>{schema}</h3>" in text
    anchors = {link[1:] for link in page.links if link.startswith("#")}
    assert anchors <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if not link.startswith("#")} == {
        "/openapi.json",
        "/docs/reference.css",
    }


async def test_its_style_is_served_and_lets_a_narrow_screen_break_long_words(sender: Any) -> None:
    answer = await sender.request("GET", "/docs/reference.css")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    style = answer.body.decode()
    assert "overflow-wrap: anywhere" in style
    assert not re.search(r"min-width|url\(|@import", style)


async def test_words_of_the_document_are_text_on_the_page() -> None:
    danger = "<script>alert(1)</script>"
    page = reference_page(
        {
            "info": {"title": danger, "version": "1", "description": danger},
            "paths": {"/metrics": {"get": {"summary": danger, "responses": {}}}},
            "components": {"schemas": {danger: {"description": danger, "enum": [danger]}}},
        }
    )

    assert "<script" not in page


async def test_what_the_router_refuses_is_a_problem_too(sender: Any) -> None:
    lost = await sender.request("GET", "/nowhere")
    wrong = await sender.request("DELETE", "/webhooks/acme")

    assert (lost.status, wrong.status) == (404, 405)
    for answer in (lost, wrong):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["detail"]
    assert wrong.headers["Allow"] == "POST"
    assert (await sender.request("HEAD", "/docs")).status == 200
