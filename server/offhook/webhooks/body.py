"""Reads the body of an answer, unpacks it, and stops as soon as it is too much."""

import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final, Protocol

_PIECE: Final = 16 * 1024
_RATIO: Final = 100
_RATIO_FROM: Final = 64 * 1024
"""A little text of one letter packs better than any bomb: the ratio counts from here on."""
_STEP: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB_STARTS: Final = frozenset(bytes([window << 4 | 8]) for window in range(8))
"""First bytes of zlib's format: deflate with a window of up to 32 KiB (RFC 1950 section 2.2)."""
_GZIP_WORDS: Final = frozenset({"gzip", "x-gzip"})
_NOT_ASKED_FOR: Final = frozenset(
    {"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "aes128gcm", "pack200-gzip"}
)
"""Registered content codings that no request of ours accepts."""
_MOST_CODINGS: Final = 2


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
    codings = _codings(encoding)
    body = bytearray()
    packed = 0
    async for piece in pieces.iter_chunked(_PIECE):
        packed += len(piece)
        if packed > most:
            raise TooLarge
        for part in _unpacked(piece, codings):
            body += part
            if len(body) > most or len(body) > max(_RATIO_FROM, packed * _RATIO):
                raise TooLarge
    if not all(coding.complete for coding in codings):
        raise BadEncoding
    return bytes(body)


class _Packed:
    """One coding of the body, unpacked step by step: no step makes more than `_STEP` bytes."""

    def __init__(self, *, gzip: bool) -> None:
        self._unpack = zlib.decompressobj(_GZIP) if gzip else None

    @property
    def complete(self) -> bool:
        return self._unpack is not None and self._unpack.eof

    def feed(self, piece: bytes) -> Iterator[bytes]:
        # "deflate" means zlib's format (RFC 9110 section 8.4.1.2); some send it bare all the same.
        if self._unpack is None:
            wrapped = piece[:1] in _ZLIB_STARTS
            self._unpack = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        while piece and not self._unpack.eof:
            try:
                part = self._unpack.decompress(piece, _STEP)
            except zlib.error:
                raise BadEncoding from None
            piece = self._unpack.unconsumed_tail
            yield part


def _unpacked(piece: bytes, codings: Sequence[_Packed]) -> Iterator[bytes]:
    if not codings:
        yield piece
        return
    for part in codings[0].feed(piece):
        yield from _unpacked(part, codings[1:])


def _codings(encoding: str) -> Sequence[_Packed]:
    """How to unpack a body, the coding that was applied last first (RFC 9110 section 8.4).

    Words that name no coding (`UTF-8`, `binary`, `aws-chunked`) say nothing about the bytes: they
    are ignored. A registered coding that was not asked for is an error.
    """
    words = [word.strip().lower() for word in encoding.split(",")]
    if any(word in _NOT_ASKED_FOR for word in words):
        raise BadEncoding
    packed = [word for word in reversed(words) if word in _GZIP_WORDS or word == "deflate"]
    if len(packed) > _MOST_CODINGS:
        raise BadEncoding
    return [_Packed(gzip=word in _GZIP_WORDS) for word in packed]
