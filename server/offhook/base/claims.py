"""Reads the claims of a token, which may be of any shape, into values that can be relied on."""

import math
import re
from collections.abc import Mapping
from typing import Final, cast

from offhook.base.errors import Refused

SUBJECT: Final = "invalid-access-token-subject"
GRANTS: Final = "invalid-access-token-grants"

_NAME_LETTERS: Final = 256
_ESCAPED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_KINDS: Final[Mapping[type, str]] = {
    type(None): "missing",
    bool: "true or false",
    float: "a number with a fraction",
    list: "a list",
    dict: "an object",
}
_PARAMETERS: Final = 50
_PARAMETER_LETTERS: Final = 1024
_LATEST: Final = float(2**53)


def name(value: object, what: str = "the name") -> str:
    """A client name: any text that can be printed, without the blanks at its ends.

    Blanks at the ends are dropped since XML loses them as well: a name that is dialled by a document must
    be the one that registered. A whole number is its digits.

    Args:
        value: The claim's value.
        what: How the token calls it.

    Raises:
        Refused: it is none; the message has the reason, without the name itself.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        kind = _KINDS.get(type(value), "of another type")
        raise Refused(f"{what} must be a text, but is {kind}", code=SUBJECT)
    text = value.strip()
    reason = _unfit(text)
    if reason:
        raise Refused(f"{what} {reason}", code=SUBJECT)
    return text


def _unfit(text: str) -> str:
    """What is wrong with a name; empty if it is good."""
    if not text:
        return "is empty"
    if len(text) > _NAME_LETTERS:
        return f"has {len(text)} characters; at most {_NAME_LETTERS} are allowed"
    for place, letter in enumerate(text, 1):
        if not letter.isprintable():
            return f"has U+{ord(letter):04X} as its character {place}, which cannot be printed"
    escaped = _ESCAPED.search(text)
    if escaped is not None:
        # A name is escaped when it is written into a URI; one that looks escaped would read back as another.
        where = escaped.start() + 1
        return f"has a % that two hexadecimal digits follow, as its character {where}"
    return ""


def mapping(value: object, what: str) -> Mapping[str, object]:
    """An object; an absent one is empty.

    Raises:
        Refused: it is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(f"{what} must be an object", code=GRANTS)
    return cast("Mapping[str, object]", value)


def flag(value: object, what: str) -> bool:
    """A yes or no; an absent one is no.

    Raises:
        Refused: it is something else.
    """
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Refused(f"{what} must be true or false", code=GRANTS)
    return value


def word(value: object, what: str) -> str:
    """A short text; an absent one is empty.

    Raises:
        Refused: it is something else.
    """
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _NAME_LETTERS:
        raise Refused(f"{what} must be a text of at most {_NAME_LETTERS} letters", code=GRANTS)
    return value


def parameters(value: object, what: str) -> Mapping[str, str]:
    """Names and values for an application; numbers and truth values are written out.

    Raises:
        Refused: it is something else, or there are too many.
    """
    found: dict[str, str] = {}
    for key, inner in mapping(value, what).items():
        if isinstance(inner, bool):
            text = "true" if inner else "false"
        elif isinstance(inner, str | int | float):
            text = str(inner)
        else:
            raise Refused(f"{what} must hold texts and numbers only", code=GRANTS)
        if max(len(key), len(text)) > _PARAMETER_LETTERS:
            raise Refused(f"{what} is longer than {_PARAMETER_LETTERS} letters", code=GRANTS)
        found[key] = text
    if len(found) > _PARAMETERS:
        raise Refused(f"{what} must hold at most {_PARAMETERS} values", code=GRANTS)
    return found


def seconds(value: object) -> float | None:
    """A time in Unix seconds (RFC 7519 §2, NumericDate); nothing if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= _LATEST else None
