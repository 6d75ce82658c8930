"""Reads the body of an answer, unpacks it, and stops as soon as it is too much."""

import zlib
from collections.abc import AsyncIterator
from typing import Final, Protocol

_PIECE: Final = 16 * 1024
_RATIO: Final = 100
_RATIO_FROM: Final = 64 * 1024
"""A little text of one letter packs better than any bomb: the ratio counts from here on."""
_GZIP: Final = 16 + zlib.MAX_WBITS


class TooLarge(Exception):
    """There is more than is taken."""


class BadEncoding(Exception):
    """The body is not packed the way its header says, or in a way that we did not ask for."""


class Pieces(Protocol):
    """A body that arrives piece by piece."""

    def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        """Pieces of at most `n` bytes."""
        ...


async def read(pieces: Pieces, encoding: str, most: int) -> bytes:
    """A whole body, unpacked.

    Args:
        pieces: Where it comes from.
        encoding: The `Content-Encoding`; empty for none.
        most: How many bytes are taken, packed or unpacked.

    Raises:
        TooLarge: it is longer, or unpacks to more than a hundred times its size.
        BadEncoding: it cannot be unpacked.
    """
    unpack = _unpacker(encoding.strip().lower(), most)
    body = bytearray()
    packed = 0
    async for piece in pieces.iter_chunked(_PIECE):
        packed += len(piece)
        if packed > most:
            raise TooLarge
        for part in unpack.feed(piece):
            body += part
            if len(body) > most or len(body) > max(_RATIO_FROM, packed * _RATIO):
                raise TooLarge
    unpack.end()
    return bytes(body)


class _Plain:
    def feed(self, piece: bytes) -> list[bytes]:
        return [piece]

    def end(self) -> None:
        """There is nothing left to check."""


class _Packed:
    def __init__(self, *, gzip: bool, most: int) -> None:
        self._gzip = gzip
        self._most = most
        self._unpack = zlib.decompressobj(_GZIP) if gzip else None

    def feed(self, piece: bytes) -> list[bytes]:
        # "deflate" means zlib's format (RFC 9110 §8.4.1.2); some send it bare all the same.
        if self._unpack is None:
            wrapped = piece[:1] in (
                b"\x08",
                b"\x18",
                b"\x28",
                b"\x38",
                b"\x48",
                b"\x58",
                b"\x68",
                b"\x78",
            )
            self._unpack = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        parts: list[bytes] = []
        got = 0
        try:
            while piece and not self._unpack.eof:
                part = self._unpack.decompress(piece, self._most + 1)
                parts.append(part)
                got += len(part)
                if got > self._most:
                    break
                piece = self._unpack.unconsumed_tail
        except zlib.error:
            raise BadEncoding from None
        return parts

    def end(self) -> None:
        if self._unpack is None or not self._unpack.eof:
            raise BadEncoding


def _unpacker(encoding: str, most: int) -> _Plain | _Packed:
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip"):
        return _Packed(gzip=True, most=most)
    if encoding == "deflate":
        return _Packed(gzip=False, most=most)
    raise BadEncoding
