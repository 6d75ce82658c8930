"""What a link sends waits in order, up to a bound, and nothing follows the close."""

import asyncio

from offhook.links.json.socket_writer import Check, Closing, SocketWriter
from offhook.links.json.transport import Close


async def drained(writer: SocketWriter) -> list[object]:
    return [await writer.queue.get() for _ in range(len(writer.queue))]


async def test_nothing_is_sent_after_the_close() -> None:
    writer = SocketWriter(4)
    writer.send("one")
    writer.check("token", 3)
    writer.close(Close.NORMAL, "x" * 200)
    writer.send("two")
    writer.close(Close.SILENT, "again")
    assert await drained(writer) == ["one", Check("token", 3), Closing(Close.NORMAL, "x" * 120)]


async def test_a_page_that_does_not_read_is_closed() -> None:
    writer = SocketWriter(2)
    for number in range(6):
        writer.send(str(number))
    sent = await drained(writer)
    assert sent[:4] == ["0", "1", "2", "3"]
    assert sent[4:] == [Closing(Close.SILENT, "the other side does not read")]


async def test_a_writer_that_waits_is_woken() -> None:
    writer = SocketWriter(2)
    writer.sooner()
    async with asyncio.timeout(10):
        assert await writer.queue.get_within(60.0) is None
