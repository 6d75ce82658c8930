"""Turns the elements of a document into verbs, by the table of a dialect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.base import Document
from offhook.dialects.xml import Element
from offhook.verbs.base import Verb

VerbParser = Callable[[Element, Attributes, ParseContext], Verb | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbTable:
    """The verbs of one dialect.

    Attributes:
        parsers: By element name; a parser without a result has added a warning.
        not_supported: Elements of the vendor that we do not support yet.
        unknown_code: The warning's code for other elements, and for unknown attributes.
        unsupported_code: The warning's code for `not_supported`.
        noun: What the vendor calls such an element, for warnings.
    """

    parsers: Mapping[str, VerbParser]
    not_supported: frozenset[str]
    unknown_code: str
    unsupported_code: str
    noun: str

    def knows(self, name: str) -> bool:
        """Whether the vendor has an element of that name."""
        return name in self.parsers or name in self.not_supported

    def document(self, root: Element, context: ParseContext) -> Document:
        """The verbs below `root`, with the warnings of `context`."""
        verbs = self.verbs(root, context)
        return Document(verbs=verbs, warnings=context.warnings.all)

    def verbs(self, element: Element, context: ParseContext) -> tuple[Verb, ...]:
        """The verbs below `element`."""
        found = (self._verb(child, context) for child in element.children)
        return tuple(verb for verb in found if verb is not None)

    def _verb(self, element: Element, context: ParseContext) -> Verb | None:
        parser = self.parsers.get(element.name)
        if parser is not None:
            attributes = Attributes(element, context.warnings, self.unknown_code)
            verb = parser(element, attributes, context)
            attributes.done()
            return verb
        if element.name in self.not_supported:
            message = "is not supported here yet and was passed over"
            context.warnings.add(self.unsupported_code, element, message)
        else:
            message = f"there is no such {self.noun}; it was passed over"
            context.warnings.add(self.unknown_code, element, message)
        return None
