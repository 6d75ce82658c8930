"""Adapters for ports of the lower layers: the machine's clocks and random numbers, counted requests."""

import asyncio
import random
import secrets
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from offhook.base.clock import no_hold
from offhook.base.ids import CallId
from offhook.base.media import Sound
from offhook.base.web import WebFailure, WebReply, WebRequest
from offhook.flow.ports import Metrics, Web


class SystemClock:
    """The machine's clocks, as `base.clock.Clock`."""

    def now(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    def wall(self) -> datetime:
        """The date and time."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait for so long."""
        await asyncio.sleep(seconds)

    def hold(self, reason: str) -> AbstractContextManager[object]:
        """Real time passes in any case."""
        return no_hold(reason)


class RandomIds:
    """Random ids, as `base.ids.Ids`."""

    def hex32(self) -> str:
        """128 random bits."""
        return secrets.token_hex(16)

    def digits(self, count: int) -> str:
        """A random number of so many digits."""
        first = 10 ** (count - 1)
        return str(first + secrets.randbelow(9 * first))


def random_fraction() -> float:
    """A number from 0 up to 1, by which retries are spread; not for secrets."""
    return random.random()  # noqa: S311  (no secret depends on it)


class BaseUrl:
    """Where people reach the server, known once it listens.

    Attributes:
        text: The URL, without a path.
    """

    text: str = ""

    def __call__(self) -> str:
        """The URL."""
        return self.text


class CountedWeb:
    """Requests to users' URLs, as `flow.ports.Web`, counted by their outcome."""

    def __init__(self, web: Web, metrics: Metrics) -> None:
        """Send by `web`."""
        self._web = web
        self._metrics = metrics

    async def fetch(self, request: WebRequest) -> WebReply:
        """Send it.

        Raises:
            WebFailure: there is no usable answer.
        """
        try:
            reply = await self._web.fetch(request)
        except WebFailure as failure:
            self._metrics.count("webhooks", {"outcome": failure.fault.value})
            raise
        self._metrics.count("webhooks", {"outcome": "answered"})
        return reply

    async def fetch_sound(self, request: WebRequest) -> Sound:
        """Get a sound file.

        Raises:
            WebFailure: it cannot be had.
            UnplayableSound: it cannot be played.
        """
        return await self._web.fetch_sound(request)

    def forget(self, call: CallId) -> None:
        """The call is over: drop its cookies."""
        self._web.forget(call)
