"""The dialect protocol: a vendor's format of requests, documents, ids, statuses and signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from offhook.base.accounts import Application
from offhook.base.conferences import Report
from offhook.base.recordings import RecordingReport
from offhook.base.records import Callback, CallRecord
from offhook.base.web import Parameters, WebFailure, WebLimits, WebReply
from offhook.verbs.base import Purpose, Verb, WebhookContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning:
    """Something in a document that was passed over.

    Attributes:
        code: The vendor's code for it, as text.
        message: What and where, in one sentence.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document, understood.

    Attributes:
        verbs: In order.
        warnings: What was passed over.
    """

    verbs: tuple[Verb, ...]
    warnings: tuple[Warning, ...] = ()


class DocumentError(Exception):
    """The answer is no document of this dialect.

    Attributes:
        code: The vendor's code for it, as text.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Dialect(Protocol):
    """One vendor's formats. Pure: no IO and no state."""

    @property
    def name(self) -> str:
        """What applications call it."""
        ...

    @property
    def limits(self) -> WebLimits:
        """For requests that ask what to do."""
        ...

    @property
    def widest(self) -> WebLimits:
        """How far the fragment of a URL may stretch `limits`."""
        ...

    @property
    def sound_limits(self) -> WebLimits:
        """For requests that fetch what is to be played."""
        ...

    def parse(self, reply: WebReply, purpose: Purpose) -> Document:
        """Understand a document.

        Raises:
            DocumentError: it is none of this dialect; the call's fallback is next.
        """
        ...

    def parameters(self, ask: WebhookContext) -> Parameters:
        """The parameters of a request for instructions."""
        ...

    def conference_parameters(self, report: Report) -> Parameters:
        """The parameters of a request that notifies an application of a conference."""
        ...

    def recording_parameters(self, report: RecordingReport) -> Parameters:
        """The parameters of a callback about a recording."""
        ...

    def sign(
        self, method: str, url: str, form: Parameters, *, secret: str, nonce: str
    ) -> dict[str, str]:
        """The headers that prove to the user's server that it is us. `url` as it is sent.

        Args:
            method: `GET` or `POST`.
            url: With all parameters of a GET, without fragment.
            form: The parameters of a POST's body.
            secret: The account's.
            nonce: 20 decimal digits, never used before.
        """
        ...

    def failure_code(self, failure: WebFailure, purpose: Purpose) -> str:
        """The vendor's code for a request that failed."""
        ...

    def falls_back(self, purpose: Purpose) -> bool:
        """Whether the application's fallback URL is requested when a request for `purpose` failed."""
        ...

    def callbacks(
        self, record: CallRecord, application: Application, *, secret: str, nonce: str
    ) -> Sequence[Callback]:
        """The callbacks of an ended call."""
        ...
