"""One request on a connection that is open already, without what aiohttp does for requests of all kinds.

Most requests are of this kind: an application answers many calls over a few connections. aiohttp makes
some twenty objects and a task for each, and takes three times as long. Its connections, its parser and
its pool are used here as well, so that everything that bounds a response holds.
"""

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import ClientError
from aiohttp.connector import Connection
from aiohttp.helpers import TimerNoop
from aiohttp.http import HttpProcessingError, RawResponseMessage
from aiohttp.streams import StreamReader
from yarl import URL

from offhook.base.web import WebLimits
from offhook.egress.bounded import HEADER_BYTES, BoundedResponses, read_body

_FORBIDDEN: Final = re.compile(r"[\r\n\0]")
_BUFFER_BYTES: Final = 65_536


async def send(
    connection: Connection,
    method: str,
    url: URL,
    headers: Mapping[str, str],
    content: bytes | None,
    limits: WebLimits,
) -> tuple[RawResponseMessage, bytes]:
    """Send a request and read its response; the body is read of a success alone.

    Args:
        connection: Given back to its pool, or closed.
        method: GET or POST.
        url: Where to.
        headers: All but `Host` and `Content-Length`.
        content: The form; nothing for GET.
        limits: How long it may take, and how much may come.

    Raises:
        ClientError: there is no response that can be read.
        TooLarge: its body is longer than allowed.
        BadEncoding: its body cannot be unpacked.
        ValueError: a header has a line break.
    """
    complete = False
    try:
        protocol = connection.protocol
        if not isinstance(protocol, BoundedResponses) or protocol.transport is None:
            raise ClientError
        request = _head(method, url, headers, content)
        protocol.set_response_params(
            timer=TimerNoop(),
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=limits.read_s,
            read_bufsize=_BUFFER_BYTES,
            timeout_ceil_threshold=1e9,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
        )
        protocol.transport.write(request if content is None else request + content)
        protocol.start_timeout()
        message, payload = await _response(protocol)
        if not 200 <= message.code < 300:
            # The rest is not read, so the connection cannot be used again.
            return message, b""
        whole = await read_body(protocol, message.headers, payload, limits.body_bytes)
        complete = payload.is_eof()
        return message, whole
    finally:
        if complete:
            connection.release()
        else:
            connection.close()


async def _response(protocol: BoundedResponses) -> tuple[RawResponseMessage, StreamReader]:
    try:
        message, payload = await protocol.read()
    except HttpProcessingError as error:
        raise ClientError(error.message) from error
    return message, payload


def _head(method: str, url: URL, headers: Mapping[str, str], content: bytes | None) -> bytes:
    fields = {"Host": url.host_port_subcomponent or "", **headers}
    if content is not None:
        fields["Content-Length"] = str(len(content))
    for name, value in fields.items():
        if _FORBIDDEN.search(name) or _FORBIDDEN.search(value):
            raise ValueError(f"a header field {name[:40]!r} has a line break")
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {url.raw_path_qs} HTTP/1.1\r\n{lines}\r\n".encode()
