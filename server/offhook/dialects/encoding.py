"""Finds out how a document is encoded, and decodes it: from a closed list of encodings.

RFC 7303 section 3: a byte order mark decides, then the charset of the HTTP header, then the document's
own declaration; without any of them it is UTF-8 or UTF-16 (XML 1.0 section 4.3.3 and appendix F).
"""

import codecs
import re
from collections.abc import Iterator
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf_32_le"),
    (codecs.BOM_UTF32_BE, "utf_32_be"),
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)
"""Byte order marks; those of UTF-32 first, since that of UTF-16 may be the beginning of one."""
_DECLARED: Final = re.compile(
    rb"""\s*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']"""
)
_WIDER: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "windows_31j": "cp932",
    "x_sjis": "cp932",
    "windows_874": "cp874",
    "utf_8_sig": "utf_8",
}
"""Encodings that are written under the name of a smaller one (WHATWG Encoding section 4.2), or of another."""
_WIDE: Final = {
    "utf_16": ("utf_16_le", "utf_16_be"),
    "utf_32": ("utf_32_le", "utf_32_be"),
}
"""Encodings with a byte order mark, and what they are without one."""
_KNOWN: Final = frozenset(
    {
        *("ascii", "utf_8", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"),
        *("latin_1", *(f"iso8859_{part}" for part in (*range(1, 12), *range(13, 17)))),
        *(f"cp{page}" for page in range(1250, 1259)),
        *("cp437", "cp850", "cp874", "mac_roman", "koi8_r", "koi8_u", "tis_620"),
        *("gb18030", "big5hkscs", "cp950", "cp932", "euc_jp", "iso2022_jp", "cp949", "johab"),
    }
)
"""Encodings of text with at most four bytes a character. Python has codecs that are none, such as zlib,
and UTF-7, which hides markup from a reader of the bytes."""


class UnknownEncodingError(Exception):
    """The document declares an encoding that is not supported, or does not conform to it."""


def decode(body: bytes, charset: str) -> str:
    """The text of a document, without its byte order mark.

    Args:
        body: The document.
        charset: From the HTTP header; empty if it has none. A name that is not known, or that
            cannot be true of the document, counts as nothing.

    Raises:
        UnknownEncodingError: it cannot be decoded.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _strict(body[len(mark) :], encoding)
    for encoding in _declared_elsewhere(body, charset):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _strict(body, _declared(body))


def decode_loosely(body: bytes, charset: str) -> str:
    """The text of what is no document; what cannot be decoded is replaced."""
    try:
        return decode(body, charset)
    except UnknownEncodingError:
        return body.decode("utf_8", "replace")


def _declared_elsewhere(body: bytes, charset: str) -> Iterator[str]:
    known = _lookup(charset)
    if known in _WIDE:
        # A document begins with "<" or a space: its zero byte shows the order.
        yield _WIDE[known][body[:1] == b"\0"]
    elif known:
        yield known


def _declared(body: bytes) -> str:
    # A declaration cannot be longer than its first 300 bytes, and "<" shows the width of a character.
    if body[:2] == b"<\0":
        return "utf_32_le" if body[:4] == b"<\0\0\0" else "utf_16_le"
    if body[:1] == b"\0":
        return "utf_32_be" if body[:4] == b"\0\0\0<" else "utf_16_be"
    declared = _DECLARED.match(body[:300])
    if declared is None:
        return "utf_8"
    name = declared[1].decode("ascii")
    known = _lookup(name)
    if not known:
        raise UnknownEncodingError(f"the encoding {name!r} is not read here")
    # The declaration was legible byte by byte: then UTF-16 in it is the name of the string it was made from.
    return "utf_8" if known.startswith(("utf_16", "utf_32")) else known


def _lookup(name: str) -> str:
    """Python's name of an encoding; empty if it is not on the list."""
    # Not by `codecs.lookup`: it looks for a module of that name, and keeps each wrong name for ever.
    plain = normalize_encoding(name.strip()).lower()
    found = aliases.get(plain, plain)
    found = _WIDER.get(found, found)
    return found if found in _KNOWN else ""


def _strict(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not {encoding}"
        raise UnknownEncodingError(f"the document is not in its encoding: {what}") from None
