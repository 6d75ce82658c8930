"""HTTP authentication: credentials per call and origin, and the last Digest challenge per server."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from offhook.base.ids import CallId
from offhook.egress import digest
from offhook.egress.digest import Challenge
from offhook.egress.url import Credentials, RequestUrl

Origin = tuple[str, str, int | None]
_SERVERS: Final = 8
"""For how many servers a call keeps credentials."""


@dataclass(slots=True)
class _Challenged:
    challenge: Challenge
    count: int = 0


class HttpAuth:
    """Credentials of calls and challenges of servers, in bounded memory.

    A URL of a document has no credentials when the document was fetched with them: relative URLs are
    resolved without it, so that they are in no journal. The rest of the call sends them to the same
    origin, as browsers do (RFC 7617 section 2.2), and to no other.
    """

    def __init__(self, *, max_calls: int = 20_000) -> None:
        """Nothing is known.

        Args:
            max_calls: How many calls keep credentials, and how many servers challenges; the oldest
                go first.
        """
        self._max_calls = max_calls
        self._calls: OrderedDict[CallId, dict[Origin, Credentials]] = OrderedDict()
        self._answered: OrderedDict[tuple[Origin, Credentials], _Challenged] = OrderedDict()

    def find(self, call: CallId | None, target: RequestUrl) -> Credentials | None:
        """The credentials for a URL: its own, or those of an earlier URL of the call and this origin."""
        if call is None:
            return target.credentials
        known = self._calls.get(call, {})
        if target.credentials is None:
            return known.get(target.origin)
        if target.origin in known or len(known) < _SERVERS:
            self._calls.setdefault(call, known)[target.origin] = target.credentials
            if len(self._calls) > self._max_calls:
                self._calls.popitem(last=False)
        return target.credentials

    def forget(self, call: CallId) -> None:
        """The call is over."""
        self._calls.pop(call, None)

    def header(self, credentials: Credentials, target: RequestUrl, method: str, cnonce: str) -> str:
        """The `Authorization` header of a request, before the server has sent a challenge.

        Basic authentication, unless the server once requested Digest: from then on it never gets
        the password again.
        """
        answered = self._answered.get((target.origin, credentials))
        return (
            self._write(answered, credentials, target, method, cnonce) if answered else None
        ) or (credentials.basic)

    def answer(
        self,
        challenge: Challenge,
        credentials: Credentials,
        target: RequestUrl,
        method: str,
        cnonce: str,
    ) -> str | None:
        """The `Authorization` header that answers a challenge; nothing if there is none."""
        key = target.origin, credentials
        self._answered.pop(key, None)
        answered = self._answered[key] = _Challenged(challenge)
        if len(self._answered) > self._max_calls:
            self._answered.popitem(last=False)
        return self._write(answered, credentials, target, method, cnonce)

    def forget_challenge(self, credentials: Credentials, target: RequestUrl) -> None:
        """The server rejects the answers: forget its challenge."""
        self._answered.pop((target.origin, credentials), None)

    def _write(
        self,
        answered: _Challenged,
        credentials: Credentials,
        target: RequestUrl,
        method: str,
        cnonce: str,
    ) -> str | None:
        answered.count += 1
        return digest.answer(
            answered.challenge,
            credentials,
            method=method,
            target=target.url.raw_path_qs,
            count=answered.count,
            cnonce=cnonce,
        )
