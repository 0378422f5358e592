"""XML from anyone: read into a tree, or refused in a sentence before it costs anything."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.schema import xml_tree
from gateway.schema.xml_tree import XmlRefusedError, read_xml

BOMB = b"""<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>"""
OUTSIDE = b"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>"""
REMOTE = b"""<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>"""


def test_elements_are_found_by_their_local_names() -> None:
    root = read_xml(b'<a xmlns="urn:x" xmlns:c="urn:y"><c:b n="1"> text </c:b><c:b/></a>')

    assert (root.namespace, root.name) == ("urn:x", "a")
    assert [each.attributes for each in root.all("b")] == [{"n": "1"}, {}]
    assert root.value("b") == "text"
    assert root.value("b/none") is None


@pytest.mark.parametrize("document", [BOMB, OUTSIDE, REMOTE])
def test_what_may_hold_entities_is_refused(document: bytes) -> None:
    with pytest.raises(XmlRefusedError, match="DOCTYPE"):
        read_xml(document)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "not well-formed"),
        (b"<a>", "line 1"),
        (b"<a>\n<b></a>", "line 2"),
        (b"<a>&x;</a>", "not well-formed"),
        (b'<?xml version="1.0" encoding="none-such"?><a/>', "not well-formed|encoding"),
        (b"<a>" * 31, "deeper than 30"),
        (b"\xff\xfe\x00", "not well-formed"),
    ],
)
def test_other_documents_are_refused_with_the_reason(document: bytes, says: str) -> None:
    with pytest.raises(XmlRefusedError, match=says):
        read_xml(document)


def test_thirty_levels_are_read() -> None:
    assert read_xml(b"<a>" * 30 + b"</a>" * 30).name == "a"


@pytest.mark.parametrize(("limit", "says"), [("XML_BYTES_MAX", "bytes"), ("ELEMENTS_MAX", "5 el")])
def test_size_and_number_are_capped(limit: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, limit, 5)

    with pytest.raises(XmlRefusedError, match=says):
        read_xml(b"<a>" + b"<b/>" * 5 + b"</a>")


@given(st.binary() | st.text(alphabet="<>ab/&;!\"'= \n").map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(XmlRefusedError):
        assert read_xml(content).name
