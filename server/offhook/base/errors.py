"""The error tree: whose fault it is, by class; what it is, by code."""


class OffhookError(Exception):
    """Any error of ours. When one is raised, nothing has changed.

    Attributes:
        code: A key of `spec/errors.toml`, such as `bad-request`.
    """

    code: str = "internal"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code


class UsageError(OffhookError):
    """The request makes no sense; the message names what is wrong and how to fix it."""

    code = "bad-request"


class PeerError(OffhookError):
    """A peer or a user's web server broke the rules."""

    code = "bad-peer"


class Refused(OffhookError):
    """Not allowed."""

    code = "forbidden"


class Unavailable(OffhookError):
    """Cannot be done now; trying again later may help."""

    code = "unavailable"


class Fenced(Exception):
    """Another start of this node has its calls: nothing that this one still does has an effect.

    It is no `OffhookError`: nothing may be tried again, and nothing is sent.
    """


class NotFound(OffhookError):
    """There is no such thing here."""

    code = "not-found"
