"""Short links that sign in: a code stands for access tokens until it ends.

A code is worth as much as its tokens, and exists in this process only. It can be used repeatedly: a link
that works once would fail after a reload, in a second tab, and after a browser's prefetch.
Its token is issued when it is used: a link lasts by a clock that does not jump, a token by the date, and one
issued before the date was set back would not be valid yet.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from offhook.auth.limiter import Limiter
from offhook.base.clock import Clock
from offhook.base.errors import Refused
from offhook.base.ids import Ids

MOST: Final = 100
"""Links at the same time; the oldest goes when one more is made."""
_COUNTED: Final = "link:"
"""No endpoint's name has a colon: bad codes are counted apart from bad log-ins of endpoints."""


Issue = Callable[[float], str]
"""Issues a token that is valid for so many seconds."""


@dataclass(frozen=True, slots=True)
class _Link:
    issue: Issue
    until: float


class SignInLinks:
    """Codes of 128 bits and the tokens they stand for."""

    def __init__(self, clock: Clock, ids: Ids, limiter: Limiter) -> None:
        """No link yet.

        Args:
            clock: Ends them.
            ids: Where codes come from.
            limiter: Limits bad codes as it limits bad log-ins.
        """
        self._clock = clock
        self._ids = ids
        self._limiter = limiter
        self._links: OrderedDict[bytes, _Link] = OrderedDict()

    def make(self, issue: Issue, lifetime_s: float) -> str:
        """A code for tokens of `issue`; the code and its tokens are good for so many seconds."""
        code = self._ids.hex32()
        self._links[_digest(code)] = _Link(issue, self._clock.now() + lifetime_s)
        while len(self._links) > MOST:
            self._links.popitem(last=False)
        return code

    def token(self, code: str, address: str) -> str:
        """A token that `code` stands for.

        Args:
            code: As it was in the link.
            address: From where, an IP address.

        Raises:
            Blocked: there were too many bad codes; nothing was checked.
            Refused: there is no such code, or it has ended.
        """
        with self._limiter.attempt(address, _COUNTED) as attempt:
            # Looked up by a digest: its duration reveals nothing about the codes there are.
            link = self._links.get(_digest(code))
            left_s = 0.0 if link is None else link.until - self._clock.now()
            if link is None or left_s <= 0:
                raise Refused("this link does not sign in any more", code="not-found")
            attempt.good = True
            return link.issue(left_s)


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
