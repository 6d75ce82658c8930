"""What a connection knows of itself."""

import asyncio

from offhook.api.listen.connection import Connection, Cut, of_scope


def test_sign_in_is_reported_once() -> None:
    reported: list[Connection] = []
    connection = Connection("192.0.2.1", proxy=False)
    connection.sign_in_by = 1.0
    connection.when_signed_in(reported.append)
    connection.sign_in()
    connection.sign_in()
    assert (reported, connection.sign_in_by) == ([connection], float("inf"))


async def test_a_handshake_can_be_ended() -> None:
    connection = Connection("192.0.2.1", proxy=False)
    connection.abort()
    async with asyncio.TaskGroup() as tasks:
        waiting = asyncio.Event()

        async def shake() -> None:
            await waiting.wait()

        connection.handshake = tasks.create_task(shake())
        await asyncio.sleep(0)
        connection.expire(Cut.TOO_SLOW)
        await asyncio.wait((connection.handshake,))
    assert connection.handshake.cancelled()


def test_a_request_finds_its_connection() -> None:
    connection = Connection("192.0.2.1", proxy=False)
    assert of_scope({"state": {"connection": connection}}) is connection
    assert of_scope({"state": {}}) is None
    assert of_scope({}) is None
