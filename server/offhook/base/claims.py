"""Reads the claims of a token, which may be of any shape, into values that can be relied on."""

import math
from collections.abc import Mapping
from typing import Final, cast

from offhook.base.errors import Refused

SUBJECT: Final = "invalid-access-token-subject"
GRANTS: Final = "invalid-access-token-grants"

_NAME_LETTERS: Final = 256
# Letters that stand for something else in a URI (RFC 2396 §2.4.3); a name is written into URIs.
_NOT_IN_NAMES: Final = frozenset(' <>#%"{}|\\^[]`')
_PARAMETERS: Final = 50
_PARAMETER_LETTERS: Final = 1024
_LATEST: Final = float(2**53)


def name(value: object) -> str:
    """A client name.

    Raises:
        Refused: it is none.
    """
    if (
        isinstance(value, str)
        and 0 < len(value) <= _NAME_LETTERS
        and value.isprintable()
        and not _NOT_IN_NAMES.intersection(value)
    ):
        return value
    raise Refused(
        'the name must have 1 to 256 letters, none of them a space or one of <>#%"{}|\\^[]`',
        code=SUBJECT,
    )


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
