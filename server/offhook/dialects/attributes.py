"""Reads the attributes of one element, and writes down what was wrong with them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from offhook.base.hosts import Hosts
from offhook.dialects.base import Warning
from offhook.dialects.xml import Element

_Value = TypeVar("_Value")
_WHOLE: Final = re.compile(r"[0-9]{1,9}\Z")
_KEYS: Final = "0123456789#*"
_WORD: Final = re.compile(r"[a-z0-9-]+")
_SHOWN: Final = 40
"""How much of a wrong value is shown in a warning, in characters."""


def printable(text: str) -> str:
    """The text without what a page could not show, such as line ends."""
    return "".join(character for character in text if character.isprintable())


class Warnings:
    """What was passed over in one document."""

    _MOST: Final = 100

    def __init__(self) -> None:
        """Nothing yet."""
        self._list: list[Warning] = []

    def add(self, code: str, element: Element, message: str) -> None:
        """Something about `element` was passed over. Only the first 100 are kept."""
        if len(self._list) < self._MOST:
            where = f"<{element.name[:_SHOWN]}> in line {element.line}"
            self._list.append(Warning(code=code, message=f"{where}: {message}"))

    @property
    def all(self) -> tuple[Warning, ...]:
        """In order."""
        return tuple(self._list)


class Attributes:
    """The attributes of one element, read one by one."""

    def __init__(self, element: Element, warnings: Warnings, code: str) -> None:
        """Read those of `element`.

        Args:
            element: Whose.
            warnings: Where to write down what is wrong.
            code: The vendor's code for an attribute that is unknown or wrong.
        """
        self._element = element
        self._warnings = warnings
        self._code = code
        self._left = dict(element.attributes)

    def text(self, name: str, otherwise: str = "", *, longest: int = 4_096) -> str:
        """Any text; cut at `longest` characters."""
        value = self._left.pop(name, None)
        if value is None:
            return otherwise
        if len(value) > longest:
            self._wrong(name, f"is longer than {longest} characters and was cut")
        return printable(value[:longest])

    def given(self, name: str) -> str | None:
        """Any text, or nothing if the attribute is missing."""
        return self._left.pop(name, None)

    def whole(self, name: str, otherwise: int, *, least: int, most: int, code: str = "") -> int:
        """A whole number; a larger one than `most` counts as `most`."""
        value = self._left.pop(name, None)
        return (
            otherwise if value is None else self._whole(name, value, otherwise, least, most, code)
        )

    def whole_or_auto(self, name: str, auto: int, *, least: int, most: int, code: str = "") -> int:
        """A whole number, or `auto`, which is also the default."""
        value = self._left.pop(name, None)
        if value is None or value.strip().lower() == "auto":
            return auto
        return self._whole(name, value, auto, least, most, code)

    def key(self, name: str, otherwise: str, *, none: Collection[str], code: str = "") -> str:
        """One of `0-9 # *`, or one of the words for none: then it is empty."""
        value = self._left.pop(name, None)
        if value is None or value.strip().lower() in none:
            return otherwise if value is None else ""
        if value in tuple(_KEYS):
            return value
        self._wrong(name, "must be one of 0-9 # *, or none", value, code)
        return otherwise

    def keys(self, name: str, otherwise: str, *, none: Collection[str], code: str = "") -> str:
        """Some of `0-9 # *`, or one of the words for none: then it is empty."""
        value = self._left.pop(name, None)
        if value is None or value.strip().lower() in none:
            return otherwise if value is None else ""
        if set(value) <= set(_KEYS):
            return value
        self._wrong(name, "must be of 0-9 # *, or none", value, code)
        return otherwise

    def _whole(
        self, name: str, value: str, otherwise: int, least: int, most: int, code: str
    ) -> int:
        if not _WHOLE.match(value.strip()) or int(value) < least:
            self._wrong(name, f"must be a whole number of at least {least}", value, code)
            return otherwise
        if int(value) > most:
            self._wrong(name, f"is taken as {most}, the most there is", value, code)
        return min(int(value), most)

    def yes(self, name: str, *, otherwise: bool) -> bool:
        """`true` or `false`, in any case."""
        return self.choice(name, {"true": True, "false": False}, otherwise)

    def choice(
        self, name: str, values: Mapping[str, _Value], otherwise: _Value, *, code: str = ""
    ) -> _Value:
        """One of a few words, in any case."""
        value = self._left.pop(name, None)
        if value is None:
            return otherwise
        word = value.strip().lower()
        if word in values:
            return values[word]
        self._wrong(name, f"must be one of {', '.join(values)}", value, code)
        return otherwise

    def words(
        self, name: str, known: Collection[str], otherwise: Collection[str]
    ) -> frozenset[str]:
        """Some of a few words, with anything between them: one vendor's library writes `['a', 'b']`."""
        value = self._left.pop(name, None)
        if value is None:
            return frozenset(otherwise)
        found = frozenset(_WORD.findall(value.lower()))
        if found and found <= frozenset(known):
            return found
        self._wrong(name, f"must be of {', '.join(sorted(known))}", value)
        return found & frozenset(known) or frozenset(otherwise)

    def method(self, name: str = "method") -> str:
        """`GET` or `POST`; `POST` by default."""
        return self.choice(name, {"get": "GET", "post": "POST"}, "POST")

    def ignore(self, names: Collection[str]) -> None:
        """These are known, and change nothing."""
        for name in names:
            self._left.pop(name, None)

    def unsupported(self, names: Collection[str], code: str) -> None:
        """These the vendor knows, and we do not obey yet."""
        for name in names:
            if name in self._left:
                del self._left[name]
                message = f"the attribute {name} is not supported here yet and was passed over"
                self._warnings.add(code, self._element, message)

    def done(self) -> None:
        """Warn of the attributes that were not read: they are unknown."""
        for name in self._left:
            message = f"there is no attribute {name[:_SHOWN]}"
            self._warnings.add(self._code, self._element, message)
        self._left.clear()

    def _wrong(self, name: str, rule: str, value: str = "", code: str = "") -> None:
        shown = f", not {value[:_SHOWN]!r}" if value else ""
        message = f"the attribute {name} {rule}{shown}"
        self._warnings.add(code or self._code, self._element, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseContext:
    """One document while it is parsed.

    Attributes:
        base: The document's own URL, to which its relative ones refer (RFC 3986 §5.1).
        hosts: Hosts of SIP URIs that name clients of this server.
        warnings: What was passed over so far.
    """

    hosts: Hosts
    warnings: Warnings
    base: str = ""
