"""Untrusted sound files are decoded in turn, once each, and in bounded memory."""

import asyncio
import gc
import threading
from collections.abc import Callable

import pytest
from offhook.base.ids import AccountId
from offhook.base.media import Decoded, UnplayableSound
from offhook.egress.decoding import AudioDecodePool

pytestmark = pytest.mark.real_time
ANN, BOB = AccountId("MA1"), AccountId("MA2")


@pytest.fixture
def anyio_backend() -> str:
    """Threads do not wait for virtual time."""
    return "asyncio"


class ControlledDecoder:
    """A decoder whose threads wait until a test lets them go on.

    Attributes:
        begun: What was begun, in order.
        rates: The rates that were asked for.
    """

    def __init__(self, *, held: bool = False, size_bytes: int = 100) -> None:
        self.begun: list[str] = []
        self.rates: list[int] = []
        self.most_at_once = 0
        self._size = size_bytes
        self._running = 0
        self._lock = threading.Lock()
        self._gates: dict[str, threading.Event] = {}
        self._held = held
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def decode(self, content: bytes, *, content_type: str, name: str, most_hz: int) -> Decoded:
        with self._lock:
            self.begun.append(name)
            self.rates.append(most_hz)
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        self._loop.call_soon_threadsafe(self._changed.set)
        if self._held:
            assert self._gate(name).wait(30)
        with self._lock:
            self._running -= 1
        if content == b"bad":
            raise UnplayableSound(name, "damaged", "the file is damaged")
        return Decoded(name=name, seconds=1.0, size_bytes=self._size, source=None)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not true():
                await self._changed.wait()
                self._changed.clear()

    def let(self, name: str) -> None:
        self._gate(name).set()

    def _gate(self, name: str) -> threading.Event:
        with self._lock:
            return self._gates.setdefault(name, threading.Event())


async def test_concurrent_requests_share_one_decode() -> None:
    decoder = ControlledDecoder(held=True)
    decodings = AudioDecodePool(decoder.decode)
    waiting = [
        asyncio.create_task(decodings.decode(ANN, b"file", "audio/wav", "a")) for _ in range(5)
    ]
    await decoder.until(lambda: decoder.begun == ["a"])
    waiting[0].cancel()
    decoder.let("a")
    first, *others = [await one for one in waiting[1:]]
    assert all(one is first for one in others)
    assert await decodings.decode(ANN, b"file", "audio/wav", "a") is first
    assert decoder.begun == ["a"]
    # Another type, another account: decoded for themselves.
    decoder.let("b")
    await decodings.decode(ANN, b"file", "audio/ulaw", "b")
    await decodings.decode(BOB, b"file", "audio/wav", "a")
    assert decoder.begun == ["a", "b", "a"]


async def test_accounts_take_turns() -> None:
    decoder = ControlledDecoder(held=True)
    decodings = AudioDecodePool(decoder.decode)
    many = [
        asyncio.create_task(decodings.decode(ANN, b"%d" % n, "", f"ann-{n}")) for n in range(20)
    ]
    await decoder.until(lambda: len(decoder.begun) == 1)
    one = asyncio.create_task(decodings.decode(BOB, b"file", "", "bob"))
    # With twenty files of the other account before it, it begins at once.
    await decoder.until(lambda: "bob" in decoder.begun)
    assert len(decoder.begun) == 2
    decoder.let("bob")
    assert (await one).name == "bob"
    for n in range(20):
        decoder.let(f"ann-{n}")
    await asyncio.gather(*many)
    assert decoder.most_at_once == 2


async def test_memory_in_use_is_bounded_for_each_account() -> None:
    decoder = ControlledDecoder()
    decodings = AudioDecodePool(decoder.decode, account_bytes=1_000)
    held = [await decodings.decode(ANN, b"%d" % n, "", str(n)) for n in range(10)]
    # From half of its share on it gets sound of a lower rate.
    assert decoder.rates == [48_000] * 5 + [8_000] * 5
    with pytest.raises(UnplayableSound) as refused:
        await decodings.decode(ANN, b"more", "", "more.wav")
    assert (refused.value.reason, refused.value.name) == ("no-memory", "more.wav")
    assert len(decoder.begun) == 10
    assert (await decodings.decode(BOB, b"file", "", "bob")).name == "bob"
    assert decoder.rates[-1] == 48_000
    # A sound that is no longer played frees its memory.
    del held[0]
    gc.collect()
    assert (await decodings.decode(ANN, b"more", "", "more.wav")).name == "more.wav"
    held.clear()
    # A thread may still hold what it decoded last.
    await asyncio.get_running_loop().shutdown_default_executor()
    gc.collect()
    assert decodings.used_bytes == 0


async def test_memory_in_use_is_bounded_for_all_accounts() -> None:
    decodings = AudioDecodePool(ControlledDecoder().decode, account_bytes=1_000, all_bytes=1_500)
    held = [
        await decodings.decode(AccountId(f"MA{n % 5}"), b"%d" % n, "", str(n)) for n in range(15)
    ]
    with pytest.raises(UnplayableSound, match="too many different sounds"):
        await decodings.decode(AccountId("MA9"), b"more", "", "more")
    assert decodings.used_bytes == sum(one.size_bytes for one in held) == 1_500


async def test_an_unplayable_file_fails_all_waiters_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    decodings = AudioDecodePool(ControlledDecoder().decode)
    tasks = [asyncio.create_task(decodings.decode(ANN, b"bad", "", "x.wav")) for _ in range(3)]
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(outcome, UnplayableSound)
        assert str(outcome) == "the file is damaged"
    (record,) = [one for one in caplog.records if one.message == "sound.unplayable"]
    assert vars(record)["reason"] == "damaged"
    assert vars(record)["error"] == "the file is damaged"
    assert decodings.used_bytes == 0
