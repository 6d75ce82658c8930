"""The least of a SIP user agent (RFC 3261) that calls a server on this machine, many times, over UDP."""

import re
import select
import socket
import time
from collections.abc import Iterator

TOGETHER = 20
"""Invitations without an answer at a time."""
AGAIN_S = 1.0
"""After this an invitation is sent again; the server's own timers are longer on a busy machine."""


class Refused(RuntimeError):
    """The server did not take a call."""


class Caller:
    """Calls extensions of one server.

    Args:
        port: Where the server listens on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self.server = ("127.0.0.1", port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.port = self.socket.getsockname()[1]
        self.count = 0

    def call(self, extensions: list[str], offers: list[str], limit_s: float = 30.0) -> list[str]:
        """Calls each extension with its offer; the answers, in order.

        Raises:
            Refused: a call was not answered, or not in time.
        """
        first, self.count = self.count, self.count + len(offers)
        waiting = iter(zip(extensions, offers, strict=True))
        calls: dict[str, tuple[bytes, float]] = {}
        answers: dict[str, str] = {}
        end = time.monotonic() + limit_s
        names = (f"bench-{number}" for number in range(first, self.count))
        while len(answers) < len(offers):
            self._fill(calls, waiting, names)
            if time.monotonic() > end:
                raise Refused(f"{len(offers) - len(answers)} calls were not answered")
            self._repeat(calls)
            readable, _, _ = select.select([self.socket], [], [], 0.1)
            if not readable:
                continue
            message = self.socket.recv(65_535).decode()
            name, status = field(message, "Call-ID"), status_of(message)
            if status is None or status < 200:
                continue
            extension = uri_user(field(message, "To"))
            self.socket.sendto(self.acknowledgement(message, extension), self.server)
            if status >= 300:
                raise Refused(message.partition("\r\n")[0])
            if calls.pop(name, None):
                answers[name] = message.partition("\r\n\r\n")[2]
        return [answers[f"bench-{number}"] for number in range(first, self.count)]

    def _fill(
        self,
        calls: dict[str, tuple[bytes, float]],
        waiting: Iterator[tuple[str, str]],
        names: Iterator[str],
    ) -> None:
        while len(calls) < TOGETHER:
            following = next(waiting, None)
            if following is None:
                return
            name = next(names)
            calls[name] = (self.invitation(name, *following), 0.0)

    def _repeat(self, calls: dict[str, tuple[bytes, float]]) -> None:
        now = time.monotonic()
        for name, (invitation, sent) in calls.items():
            if now - sent > AGAIN_S:
                self.socket.sendto(invitation, self.server)
                calls[name] = (invitation, now)

    def invitation(self, name: str, extension: str, offer: str) -> bytes:
        """The INVITE of a call."""
        local, remote = f"127.0.0.1:{self.port}", f"127.0.0.1:{self.server[1]}"
        head = (
            f"INVITE sip:{extension}@{remote} SIP/2.0",
            f"Via: SIP/2.0/UDP {local};branch=z9hG4bK-{name};rport",
            "Max-Forwards: 70",
            f"From: <sip:bench@{local}>;tag={name}",
            f"To: <sip:{extension}@{remote}>",
            f"Call-ID: {name}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:bench@{local}>",
            "Content-Type: application/sdp",
            f"Content-Length: {len(offer.encode())}",
        )
        return ("\r\n".join(head) + "\r\n\r\n" + offer).encode()

    def acknowledgement(self, answer: str, extension: str) -> bytes:
        """The ACK of a final answer (RFC 3261 §13.2.2.4); that of a refusal has the same transaction."""
        name = field(answer, "Call-ID")
        branch = name if (status_of(answer) or 0) >= 300 else f"ack-{name}"
        head = (
            f"ACK sip:{extension}@127.0.0.1:{self.server[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK-{branch};rport",
            "Max-Forwards: 70",
            f"From: {field(answer, 'From')}",
            f"To: {field(answer, 'To')}",
            f"Call-ID: {name}",
            "CSeq: 1 ACK",
            "Content-Length: 0",
        )
        return ("\r\n".join(head) + "\r\n\r\n").encode()

    def close(self) -> None:
        self.socket.close()


def field(message: str, name: str) -> str:
    """A header field's value; empty without one."""
    found = re.search(rf"^{name}:[ \t]*(.*?)[ \t]*\r?$", message, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def status_of(message: str) -> int | None:
    """The status of a response; None of a request."""
    found = re.match(r"SIP/2\.0 (\d{3}) ", message)
    return int(found[1]) if found else None


def uri_user(value: str) -> str:
    """The user of the address in a To or From field."""
    found = re.search(r"sip:([^@>;]+)@", value)
    return found[1] if found else ""
