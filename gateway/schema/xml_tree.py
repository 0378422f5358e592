"""Reads an XML document into a tree, whoever wrote it: no entities, no network, nothing endless.

::

    bytes -> too large · a DOCTYPE or entity · too deep · too many elements · not well-formed
                                                       -> XmlRefusedError, a sentence
          -> Element tree

Entities can only be declared in a DOCTYPE, and no document this gateway reads has one: it is
refused where it begins. The parser (expat, of the standard library) opens nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

XML_BYTES_MAX: Final = 20 * 1024 * 1024
"""An invoice with scanned attachments; more is another kind of file."""

DEPTH_MAX: Final = 30
"""An EHF invoice nests nine deep."""

ELEMENTS_MAX: Final = 200_000
"""An invoice of several thousand lines, each of some thirty elements."""


class XmlRefusedError(ValueError):
    """The bytes are no XML that is read here; the message says why, without quoting them."""


@dataclass(slots=True)
class Element:
    """One element with its ``text``; ``name`` is local, attributes are by name.

    ``line`` is where it begins in the document, from 1.
    """

    namespace: str
    name: str
    attributes: dict[str, str]
    line: int = 0
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, path: str) -> Iterator[Element]:
        """Give the elements below by local names, ``Party/PostalAddress``, in document order."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, path: str) -> Element | None:
        """Give the first such element."""
        return next(self.all(path), None)

    def value(self, path: str) -> str | None:
        """Give the first text at ``path`` that is not blank, without the space around it."""
        return next((text for each in self.all(path) if (text := each.text.strip())), None)


def read_xml(content: bytes, *, elements_max: int | None = None) -> Element:
    """Read a document; raises ``XmlRefusedError`` and nothing else, whatever the bytes."""
    if len(content) > XML_BYTES_MAX:
        raise XmlRefusedError(f"the document is larger than {XML_BYTES_MAX} bytes")
    parser = expat.ParserCreate(namespace_separator=" ")
    builder = _Builder(parser, ELEMENTS_MAX if elements_max is None else elements_max)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat takes no keywords
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "not well-formed")
        raise XmlRefusedError(
            f"the document is not well-formed XML: line {error.lineno}, column"
            f" {error.offset + 1}, {what}"
        ) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, XmlRefusedError):
            raise
        raise XmlRefusedError("the document is in an encoding that cannot be read") from error
    if builder.root is None:
        raise XmlRefusedError("the document is empty")
    return builder.root


class _Builder:
    """Takes the parser's calls and puts the tree together."""

    def __init__(self, parser: expat.XMLParserType, elements_max: int) -> None:
        self.root: Element | None = None
        self._parser = parser
        self._elements_max = elements_max
        self._open: list[Element] = []
        self._count = 0

    def refuse(self, *_: object) -> None:
        raise XmlRefusedError("the document has a DOCTYPE, which may hide entities: take it out")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > self._elements_max:
            raise XmlRefusedError(f"the document has more than {self._elements_max} elements")
        if len(self._open) >= DEPTH_MAX:
            raise XmlRefusedError(f"the document nests deeper than {DEPTH_MAX} levels")
        namespace, _, local = name.rpartition(" ")
        element = Element(namespace, local, attributes, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text
