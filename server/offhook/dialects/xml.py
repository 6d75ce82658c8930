"""Parses untrusted XML, with all bounds enforced while it is parsed."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast
from xml.sax.expatreader import ExpatParser
from xml.sax.handler import ContentHandler  # the base class of a listener, which parses nothing
from xml.sax.saxutils import escape, quoteattr
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from offhook.dialects.encoding import UnknownEncodingError, decode

_CHUNK: Final = 4_096
_DEPTH: Final = 32
_ELEMENTS: Final = 1_000
_ATTRIBUTES: Final = 32


class XmlErrorKind(StrEnum):
    """What is wrong with a document."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"
    """It has a document type or entities, which are not needed and a means of attack."""
    TOO_COMPLEX = "too-complex"


class XmlError(Exception):
    """The document cannot be read."""

    def __init__(self, fault: XmlErrorKind, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(slots=True)
class Element:
    """One element, with what it holds in order.

    Attributes:
        line: Where it begins, from 1.
    """

    name: str
    attributes: dict[str, str]
    line: int
    content: list["Element | str"] = field(default_factory=list["Element | str"])

    @property
    def children(self) -> tuple["Element", ...]:
        """The elements in it."""
        return tuple(part for part in self.content if isinstance(part, Element))

    @property
    def text(self) -> str:
        """The text directly in it, without white space around."""
        return "".join(part for part in self.content if isinstance(part, str)).strip()

    def inner(self) -> str:
        """What is in it, as XML."""
        return "".join(_written(part) for part in self.content)


def _written(part: Element | str) -> str:
    if isinstance(part, str):
        return escape(part)
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in part.attributes.items())
    return f"<{part.name}{attributes}>{part.inner()}</{part.name}>"


def read(body: bytes, *, most_bytes: int, charset: str = "") -> Element:
    """The root element of `body`.

    Args:
        body: In an encoding that `encoding.decode` knows.
        most_bytes: How long it may be.
        charset: The encoding of the HTTP header; empty if it has none.

    Raises:
        XmlError: it is no XML, or more of it than is allowed.
    """
    if len(body) > most_bytes:
        raise XmlError(XmlErrorKind.TOO_LARGE, f"the document is longer than {most_bytes} bytes")
    if not body.strip():
        raise XmlError(XmlErrorKind.EMPTY, "the document is empty")
    try:
        text = decode(body, charset)
    except UnknownEncodingError as error:
        raise XmlError(XmlErrorKind.MALFORMED, str(error)) from None
    listener = _Listener()
    # The library ships no types; its parser is the plain one with refusals.
    parser = cast("ExpatParser", DefusedExpatParser(forbid_dtd=True))
    parser.setContentHandler(listener)
    listener.where = parser
    try:
        # Text, not bytes: then the parser does not go by the declaration.
        for start in range(0, len(text), _CHUNK):
            parser.feed(text[start : start + _CHUNK])
        parser.close()
    except XmlError:
        raise
    except DefusedXmlException as error:
        message = "the document has a document type or entities, which are not allowed"
        raise XmlError(XmlErrorKind.FORBIDDEN, message) from error
    except Exception as error:
        # The parser has errors of three modules.
        raise XmlError(
            XmlErrorKind.MALFORMED, f"the document is no XML: {_short(error)}"
        ) from error
    if listener.root is None:
        raise XmlError(XmlErrorKind.MALFORMED, "the document has no element")
    return listener.root


def _short(error: Exception) -> str:
    return str(error).replace("<unknown>:", "line ")[:200]


class _Listener(ContentHandler):
    """Builds the tree, and stops as soon as it grows beyond its bounds."""

    where: ExpatParser | None = None

    def __init__(self) -> None:
        super().__init__()
        self.root: Element | None = None
        self._open: list[Element] = []
        self._elements = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self._elements += 1
        if self._elements > _ELEMENTS:
            raise XmlError(XmlErrorKind.TOO_COMPLEX, f"more than {_ELEMENTS} elements")
        if len(self._open) >= _DEPTH:
            raise XmlError(XmlErrorKind.TOO_COMPLEX, f"elements nested more than {_DEPTH} deep")
        attributes = dict(attrs.items())
        if len(attributes) > _ATTRIBUTES:
            raise XmlError(
                XmlErrorKind.TOO_COMPLEX, f"more than {_ATTRIBUTES} attributes on <{name[:40]}>"
            )
        line = 0 if self.where is None else self.where.getLineNumber()
        element = Element(name, attributes, line)
        if self._open:
            self._open[-1].content.append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802
        self._open.pop()

    def characters(self, content: str) -> None:
        if self._open:
            self._open[-1].content.append(content)
