"""Reads the body of an answer, unpacks it, and stops as soon as it is too much."""

import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final, Protocol

_CHUNK_BYTES: Final = 16 * 1024
_RATIO: Final = 100
_RATIO_FROM: Final = 64 * 1024
"""A short text of one letter compresses better than any bomb: the ratio is checked from here on."""
_STEP: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB_STARTS: Final = frozenset(bytes([window << 4 | 8]) for window in range(8))
"""First bytes of zlib's format: deflate with a window of up to 32 KiB (RFC 1950 section 2.2)."""
_GZIP_WORDS: Final = frozenset({"gzip", "x-gzip"})
_NOT_REQUESTED: Final = frozenset(
    {"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "aes128gcm", "pack200-gzip"}
)
"""Registered content codings that no request accepts."""
_MOST_CODINGS: Final = 2


class TooLarge(Exception):
    """The body is larger than the limit."""


class BadEncoding(Exception):
    """The body does not match its Content-Encoding, or has an encoding that was not requested."""


class ChunkReader(Protocol):
    """A body that arrives chunk by chunk."""

    def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        """Pieces of at most `n` bytes."""
        ...


async def read(chunks: ChunkReader, encoding: str, most: int) -> bytes:
    """A whole body, unpacked.

    Args:
        chunks: Where it comes from.
        encoding: The `Content-Encoding`; empty for none.
        most: How many bytes are taken, packed or unpacked.

    Raises:
        TooLarge: it is longer, or unpacks to more than a hundred times its size.
        BadEncoding: it cannot be unpacked.
    """
    codings = _codings(encoding)
    body = bytearray()
    packed = 0
    async for chunk in chunks.iter_chunked(_CHUNK_BYTES):
        packed += len(chunk)
        if packed > most:
            raise TooLarge
        for part in _decompressed(chunk, codings):
            body += part
            if len(body) > most or len(body) > max(_RATIO_FROM, packed * _RATIO):
                raise TooLarge
    if not all(coding.complete for coding in codings):
        raise BadEncoding
    return bytes(body)


class _Decompressor:
    """One coding of the body, unpacked step by step: no step makes more than `_STEP` bytes."""

    def __init__(self, *, gzip: bool) -> None:
        self._unpack = zlib.decompressobj(_GZIP) if gzip else None

    @property
    def complete(self) -> bool:
        return self._unpack is not None and self._unpack.eof

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        # "deflate" means zlib's format (RFC 9110 section 8.4.1.2); some send it bare all the same.
        if self._unpack is None:
            wrapped = chunk[:1] in _ZLIB_STARTS
            self._unpack = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        while chunk and not self._unpack.eof:
            try:
                part = self._unpack.decompress(chunk, _STEP)
            except zlib.error:
                raise BadEncoding from None
            chunk = self._unpack.unconsumed_tail
            yield part


def _decompressed(chunk: bytes, codings: Sequence[_Decompressor]) -> Iterator[bytes]:
    if not codings:
        yield chunk
        return
    for part in codings[0].feed(chunk):
        yield from _decompressed(part, codings[1:])


def _codings(encoding: str) -> Sequence[_Decompressor]:
    """How to unpack a body, the coding that was applied last first (RFC 9110 section 8.4).

    Values that name no coding (`UTF-8`, `binary`, `aws-chunked`) do not describe the bytes: they
    are ignored. A registered coding that was not requested is an error.
    """
    words = [word.strip().lower() for word in encoding.split(",")]
    if any(word in _NOT_REQUESTED for word in words):
        raise BadEncoding
    packed = [word for word in reversed(words) if word in _GZIP_WORDS or word == "deflate"]
    if len(packed) > _MOST_CODINGS:
        raise BadEncoding
    return [_Decompressor(gzip=word in _GZIP_WORDS) for word in packed]
