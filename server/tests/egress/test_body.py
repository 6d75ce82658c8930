"""Bodies are decompressed within bounds, whatever encoding they claim."""

import gzip
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.egress import body


@dataclass
class ChunkReader:
    """A body in pieces; counts how many were taken."""

    whole: bytes
    size: int = 1000
    taken: int = 0

    async def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        for start in range(0, len(self.whole), min(n, self.size)):
            self.taken += 1
            yield self.whole[start : start + min(n, self.size)]


def _bare(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


@given(st.binary(max_size=5000), st.integers(1, 700))
async def test_all_packings_unpack_to_the_same(content: bytes, size: int) -> None:
    packed = {
        "": content,
        "identity": content,
        "gzip": gzip.compress(content),
        "X-GZIP": gzip.compress(content),
        "deflate": zlib.compress(content),
        " deflate ": _bare(content),
    }
    for encoding, whole in packed.items():
        assert await body.read(ChunkReader(whole, size), encoding, 6000) == content


async def test_a_bomb_is_noticed_early() -> None:
    bomb = ChunkReader(gzip.compress(bytes(60_000_000), 1), 16_384)
    with pytest.raises(body.TooLarge):
        await body.read(bomb, "gzip", 50_000_000)
    assert bomb.taken == 1


async def test_a_little_text_may_pack_well() -> None:
    content = b"<Response/>" * 5000
    assert await body.read(ChunkReader(gzip.compress(content)), "gzip", 100_000) == content


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
async def test_one_byte_over_the_limit_is_rejected(encoding: str) -> None:
    pack = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[encoding]
    assert len(await body.read(ChunkReader(pack(b"a" * 1000)), encoding, 1000)) == 1000
    with pytest.raises(body.TooLarge):
        await body.read(ChunkReader(pack(b"a" * 1001)), encoding, 1000)


@pytest.mark.parametrize("encoding", ["br", "gzip, br", "zstd", "gzip, gzip, gzip", "gzip"])
async def test_an_unrequested_content_coding_is_rejected(encoding: str) -> None:
    with pytest.raises(body.BadEncoding):
        await body.read(ChunkReader(b"x"), encoding, 1000)


@pytest.mark.parametrize(
    "encoding", ["UTF-8", "utf-8, binary", "aws-chunked", "binary", "none", "8bit", ",", "text/xml"]
)
async def test_a_value_that_is_no_coding_is_ignored(encoding: str) -> None:
    assert await body.read(ChunkReader(b"<Response/>"), encoding, 1000) == b"<Response/>"


async def test_codings_are_undone_in_reverse_order() -> None:
    content = b"<Response/>" * 100
    both = zlib.compress(gzip.compress(content))
    assert await body.read(ChunkReader(both, 7), "gzip, deflate", 5000) == content
    packed = gzip.compress(content)
    assert await body.read(ChunkReader(packed, 7), "aws-chunked,gzip", 5000) == content


async def test_a_bomb_in_a_bomb_is_noticed_early() -> None:
    bomb = ChunkReader(gzip.compress(gzip.compress(bytes(60_000_000), 9), 9), 16_384)
    with pytest.raises(body.TooLarge):
        await body.read(bomb, "gzip, gzip", 50_000_000)
    assert bomb.taken == 1


def test_no_step_unpacks_more_than_a_step_may() -> None:
    coding = body._Decompressor(gzip=True)
    steps = [len(part) for part in coding.feed(gzip.compress(bytes(10_000_000), 9))]
    assert max(steps) <= body._STEP
    assert sum(steps) == 10_000_000


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
async def test_arbitrary_bytes_decompress_or_raise_an_error(rubbish: bytes, kind: str) -> None:
    try:
        content = await body.read(ChunkReader(rubbish, 7), kind, 1000)
    except (body.BadEncoding, body.TooLarge):
        return
    assert len(content) <= 1000


async def test_a_packed_body_that_was_cut_off_is_refused() -> None:
    for encoding, whole in (("gzip", gzip.compress(b"abc")), ("deflate", zlib.compress(b"abc"))):
        with pytest.raises(body.BadEncoding):
            await body.read(ChunkReader(whole[:-5]), encoding, 1000)
