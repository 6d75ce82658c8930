"""Which user and password a web server gets, and which challenge of it was answered last."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from offhook.base.ids import CallId
from offhook.webhooks import digest
from offhook.webhooks.digest import Challenge
from offhook.webhooks.target import Login, Target

Origin = tuple[str, str, int | None]
_SERVERS: Final = 8
"""Of how many servers a call keeps logins."""


@dataclass(slots=True)
class _Answered:
    challenge: Challenge
    count: int = 0


class Logins:
    """Logins of calls and challenges of servers, in bounded memory.

    A URL of a document has no login when the document was fetched with one: relative URLs are
    resolved without it, so that it stands in no journal. The rest of the call sends it to the same
    origin, as browsers do (RFC 7617 section 2.2), and to no other.
    """

    def __init__(self, *, room: int = 20_000) -> None:
        """Nothing is known.

        Args:
            room: Of how many calls logins are kept, and of how many servers challenges; the oldest
                go first.
        """
        self._room = room
        self._calls: OrderedDict[CallId, dict[Origin, Login]] = OrderedDict()
        self._answered: OrderedDict[tuple[Origin, Login], _Answered] = OrderedDict()

    def find(self, call: CallId | None, place: Target) -> Login | None:
        """The login for a URL: its own, or that of an earlier URL of the call and this origin."""
        if call is None:
            return place.login
        known = self._calls.get(call, {})
        if place.login is None:
            return known.get(place.origin)
        if place.origin in known or len(known) < _SERVERS:
            self._calls.setdefault(call, known)[place.origin] = place.login
            if len(self._calls) > self._room:
                self._calls.popitem(last=False)
        return place.login

    def forget(self, call: CallId) -> None:
        """The call is over."""
        self._calls.pop(call, None)

    def header(self, login: Login, place: Target, method: str, cnonce: str) -> str:
        """The `Authorization` header of a request, before the server has asked for one.

        Basic authentication, unless the server once asked for Digest: from then on it never gets
        the password again.
        """
        answered = self._answered.get((place.origin, login))
        return (self._write(answered, login, place, method, cnonce) if answered else None) or (
            login.basic
        )

    def answer(
        self, challenge: Challenge, login: Login, place: Target, method: str, cnonce: str
    ) -> str | None:
        """The `Authorization` header that answers a challenge; nothing if there is none."""
        key = place.origin, login
        self._answered.pop(key, None)
        answered = self._answered[key] = _Answered(challenge)
        if len(self._answered) > self._room:
            self._answered.popitem(last=False)
        return self._write(answered, login, place, method, cnonce)

    def unlearn(self, login: Login, place: Target) -> None:
        """The server does not take the answers any more: begin as if it had never asked."""
        self._answered.pop((place.origin, login), None)

    def _write(
        self, answered: _Answered, login: Login, place: Target, method: str, cnonce: str
    ) -> str | None:
        answered.count += 1
        return digest.answer(
            answered.challenge,
            login,
            method=method,
            target=place.url.raw_path_qs,
            count=answered.count,
            cnonce=cnonce,
        )
