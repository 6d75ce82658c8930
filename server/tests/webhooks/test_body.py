"""Bodies are unpacked within bounds, whatever they pretend to be."""

import gzip
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.webhooks import body


@dataclass
class Pieces:
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
        assert await body.read(Pieces(whole, size), encoding, 6000) == content


async def test_a_bomb_is_noticed_early() -> None:
    bomb = Pieces(gzip.compress(bytes(60_000_000), 1), 16_384)
    with pytest.raises(body.TooLarge):
        await body.read(bomb, "gzip", 50_000_000)
    assert bomb.taken == 1


async def test_a_little_text_may_pack_well() -> None:
    content = b"<Response/>" * 5000
    assert await body.read(Pieces(gzip.compress(content)), "gzip", 100_000) == content


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
async def test_one_byte_too_many_is_too_many(encoding: str) -> None:
    pack = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[encoding]
    assert len(await body.read(Pieces(pack(b"a" * 1000)), encoding, 1000)) == 1000
    with pytest.raises(body.TooLarge):
        await body.read(Pieces(pack(b"a" * 1001)), encoding, 1000)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd", "nonsense"])
async def test_a_packing_we_did_not_ask_for_is_refused(encoding: str) -> None:
    with pytest.raises(body.BadEncoding):
        await body.read(Pieces(b"x"), encoding, 1000)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
async def test_rubbish_unpacks_to_nothing_worse_than_an_error(rubbish: bytes, kind: str) -> None:
    try:
        content = await body.read(Pieces(rubbish, 7), kind, 1000)
    except (body.BadEncoding, body.TooLarge):
        return
    assert len(content) <= 1000


async def test_a_packed_body_that_was_cut_off_is_refused() -> None:
    for encoding, whole in (("gzip", gzip.compress(b"abc")), ("deflate", zlib.compress(b"abc"))):
        with pytest.raises(body.BadEncoding):
            await body.read(Pieces(whole[:-5]), encoding, 1000)
