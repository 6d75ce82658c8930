"""Whole text frames of WebSockets, read and written without the general parser (RFC 6455 section 5.2).

Nearly everything that a page and the server send each other is one text in one frame. For these the
general parser, a chain of generators, takes five times as long. Everything else is left to it.
"""

from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

_TEXT: Final = 0x81
"""The first byte of a text in one frame, without extensions."""
_MASKED: Final = 0x80
_SHORT: Final = 126
_LONG: Final = 127
_MEDIUM_BYTES: Final = 0xFFFF
_MASK_BYTES: Final = 4


def read(data: bytes, start: int, most: int) -> tuple[str, int] | None:
    """A text of a client.

    Args:
        data: What was received.
        start: Where a frame begins.
        most: The longest text in bytes.

    Returns:
        The text and where the next frame begins; nothing if it is no text in one frame, if it is not
        all there, or if anything is wrong with it.
    """
    if len(data) < start + 2 or data[start] != _TEXT or data[start + 1] < _MASKED:
        return None
    length, at = data[start + 1] - _MASKED, start + 2
    if length == _LONG:
        return None
    if length == _SHORT:
        length, at = int.from_bytes(data[at : at + 2]), at + 2
        if length < _SHORT:
            return None
    body = at + _MASK_BYTES
    end = body + length
    if length > most or end > len(data):
        return None
    try:
        return apply_mask(data[body:end], data[at:body]).decode(), end
    except UnicodeDecodeError:
        return None


def write(text: str) -> bytes:
    """A text of the server, as one frame."""
    body = text.encode()
    length = len(body)
    if length < _SHORT:
        return bytes((_TEXT, length)) + body
    if length <= _MEDIUM_BYTES:
        return bytes((_TEXT, _SHORT)) + length.to_bytes(2) + body
    return bytes((_TEXT, _LONG)) + length.to_bytes(8) + body
