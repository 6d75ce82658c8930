"""Cookies of each call, dropped when it ends."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from aiohttp import CookieJar
from yarl import URL

from offhook.base.ids import CallId

_MOST_COOKIES: Final = 50
_LONGEST_COOKIE: Final = 4096


class CookieJars:
    """A cookie jar for each call, in bounded memory."""

    def __init__(self, *, max_calls: int = 20_000) -> None:
        """No cookies yet.

        Args:
            max_calls: For how many calls cookies are kept; the oldest call's go first.
        """
        self._max_calls = max_calls
        self._jars: OrderedDict[CallId, CookieJar] = OrderedDict()

    def header(self, call: CallId | None, url: URL) -> str:
        """The `Cookie` header of a request; empty for none."""
        jar = None if call is None else self._jars.get(call)
        if jar is None:
            return ""
        return "; ".join(f"{one.key}={one.coded_value}" for one in jar.filter_cookies(url).values())

    def keep(self, call: CallId | None, url: URL, headers: Iterable[str]) -> None:
        """Keep the cookies of `Set-Cookie` headers, within bounds."""
        short = [header for header in headers if len(header) <= _LONGEST_COOKIE]
        if call is None or not short:
            return
        jar = self._jars.get(call)
        if jar is None:
            # Servers on an address without a name set cookies too, on a developer's machine.
            jar = self._jars[call] = CookieJar(unsafe=True)
            if len(self._jars) > self._max_calls:
                self._jars.popitem(last=False)
        if len(jar) + len(short) <= _MOST_COOKIES:
            jar.update_cookies_from_headers(short, url)

    def forget(self, call: CallId) -> None:
        """The call is over."""
        self._jars.pop(call, None)

    def __len__(self) -> int:
        """How many calls have cookies."""
        return len(self._jars)
