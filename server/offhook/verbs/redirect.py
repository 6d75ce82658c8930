"""Goes on with another document."""

from dataclasses import dataclass

from offhook.verbs.base import Context, Continuation, Outcome, Purpose, RequestNext


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Leave this document for another.

    Attributes:
        url: Where it is; absolute.
        method: `GET` or `POST`.
    """

    url: str
    method: str = "POST"

    async def run(self, call: Context) -> Outcome:  # noqa: ARG002  (every verb is given its call)
        """Ask there."""
        then = Continuation(url=self.url, method=self.method)
        return RequestNext(then, purpose=Purpose.REDIRECT)
