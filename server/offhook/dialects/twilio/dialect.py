"""All of this dialect behind one face."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from offhook.base.accounts import Application
from offhook.base.conferences import Report
from offhook.base.hosts import Hosts
from offhook.base.recordings import RecordingReport
from offhook.base.records import Callback, CallRecord
from offhook.base.web import Parameters, WebFailure, WebLimits, WebReply
from offhook.dialects.base import Document
from offhook.dialects.twilio import callbacks, conference, params, record, signature, xml
from offhook.dialects.twilio.mapping import ERROR_CODES
from offhook.verbs.base import Purpose, WebhookContext

_LIMITS: Final = WebLimits(
    connect_s=5.0,
    read_s=15.0,
    total_s=15.0,
    retries=1,
    retry_on=frozenset({"connect"}),
    redirects=10,
    body_bytes=64 * 1024,
)
_WIDEST: Final = replace(_LIMITS, connect_s=10.0, retries=5)
_SOUND: Final = replace(_LIMITS, total_s=30.0, body_bytes=20_000_000)

_LOOPBACK: Final = Hosts()


class Twilio:
    """TwiML, as `offhook.dialects.base.Dialect`."""

    name = "twilio"
    limits = _LIMITS
    widest = _WIDEST
    sound_limits = _SOUND

    def __init__(self, hosts: Hosts = _LOOPBACK) -> None:
        """Speak it.

        Args:
            hosts: Hosts of SIP URIs that name clients of this server.
        """
        self._hosts = hosts

    def parse(self, reply: WebReply, purpose: Purpose) -> Document:
        """Understand a document.

        Raises:
            DocumentError: it is no TwiML; codes 11750, 11770, 12100, 12102 or 12300.
        """
        return xml.parse(reply, purpose, self._hosts, _LIMITS.body_bytes)

    def parameters(self, ask: WebhookContext) -> Parameters:
        """The standard parameters of a request, and those of its reason."""
        return params.encode(ask)

    def conference_parameters(self, report: Report) -> Parameters:
        """The parameters of a request that notifies an application of a conference."""
        return conference.parameters(report)

    def recording_parameters(self, report: RecordingReport) -> Parameters:
        """The parameters of a callback about a recording."""
        return record.parameters(report)

    def sign(
        self, method: str, url: str, form: Parameters, *, secret: str, nonce: str
    ) -> dict[str, str]:
        """`X-Twilio-Signature`; the nonce makes a token that retries have in common."""
        del method
        return {
            "X-Twilio-Signature": signature.sign(url, form, secret),
            "I-Twilio-Idempotency-Token": nonce,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }

    def failure_code(self, failure: WebFailure, purpose: Purpose) -> str:
        """A code of the 11xxx family."""
        del purpose
        return ERROR_CODES[failure.fault]

    def falls_back(self, purpose: Purpose) -> bool:
        """For the documents of the call itself."""
        return purpose in (Purpose.ANSWER, Purpose.ACTION, Purpose.REDIRECT)

    def callbacks(
        self, record: CallRecord, application: Application, *, secret: str, nonce: str
    ) -> Sequence[Callback]:
        """The status callback of an ended call."""
        return callbacks.hangup_callbacks(self, record, application, secret=secret, nonce=nonce)
