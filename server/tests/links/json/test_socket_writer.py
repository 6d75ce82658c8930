"""What a link sends waits in order, up to a bound, and nothing follows the close."""

from offhook.links.json.socket_writer import Check, Closing, SocketWriter, Sooner
from offhook.links.json.transport import Close


def drained(writer: SocketWriter) -> list[object]:
    return [writer.queue.get_nowait() for _ in range(writer.queue.qsize())]


def test_nothing_is_sent_after_the_close() -> None:
    writer = SocketWriter(4)
    writer.send("one")
    writer.check("token", 3)
    writer.close(Close.NORMAL, "x" * 200)
    writer.send("two")
    writer.close(Close.SILENT, "again")
    assert drained(writer) == ["one", Check("token", 3), Closing(Close.NORMAL, "x" * 120)]


def test_a_page_that_does_not_read_is_closed() -> None:
    writer = SocketWriter(2)
    for number in range(6):
        writer.send(str(number))
    sent = drained(writer)
    assert sent[:4] == ["0", "1", "2", "3"]
    assert sent[4:] == [Closing(Close.SILENT, "the other side does not read")]


def test_an_idle_writer_is_woken_and_a_busy_one_is_not() -> None:
    writer = SocketWriter(2)
    writer.sooner()
    writer.sooner()
    assert [type(item) for item in drained(writer)] == [Sooner]
