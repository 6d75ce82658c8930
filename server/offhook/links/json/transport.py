"""The socket under a link, and why we close one."""

from typing import Final, Protocol

from offhook.links.json import frames


class Close:
    """Why we close a socket (RFC 6455 §7.4; 4000 to 4999 are ours)."""

    NORMAL: Final = 1000
    GOING_AWAY: Final = 1001
    NOT_JSON: Final = 1007
    TOO_LARGE: Final = 1009
    BROKEN_ORDER: Final = 4400
    DENIED: Final = 4401
    SILENT: Final = 4408
    REPLACED: Final = 4409
    ENDED: Final = 4410
    TOO_FAST: Final = 4429


class Transport(Protocol):
    """The socket as the link sees it: takes text, never waits."""

    def send(self, text: str) -> None:
        """Send one frame, in order, unless the socket is gone."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close after what was sent."""
        ...

    def check(self, token: str, seq: int) -> None:
        """Check the token of frame `seq`; answer by `Session.renewed` or `Session.fail`."""
        ...

    def keep(self, feedback: frames.Feedback, *, known: bool) -> None:
        """Keep the feedback; answer by `Session.kept` or `Session.fail`."""
        ...
