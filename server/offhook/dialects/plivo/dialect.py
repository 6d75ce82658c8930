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
from offhook.dialects.plivo import callbacks, conference, params, record, signature, xml
from offhook.dialects.plivo.mapping import DOMAIN, fault_code
from offhook.verbs.base import Purpose, WebhookContext

_LIMITS: Final = WebLimits(
    connect_s=2.0,
    read_s=40.0,
    total_s=55.0,
    retries=1,
    retry_on=frozenset({"connect", "read"}),
    redirects=10,
    body_bytes=100 * 1024,
)
_WIDEST: Final = replace(_LIMITS, connect_s=10.0, retries=5)
_SOUND: Final = replace(
    _LIMITS,
    read_s=120.0,
    total_s=120.0,
    retry_on=frozenset({"connect", "read", "4xx", "5xx"}),
    body_bytes=10_000_000,
)

_LOOPBACK: Final = Hosts()


class Plivo:
    """Plivo XML, as `offhook.dialects.base.Dialect`."""

    name = "plivo"
    limits = _LIMITS
    widest = _WIDEST
    sound_limits = _SOUND

    def __init__(self, hosts: Hosts = _LOOPBACK) -> None:
        """Speak it.

        Args:
            hosts: Hosts of SIP URIs that name clients of this server, besides the vendor's own.
        """
        self._hosts = hosts.also(DOMAIN)

    def parse(self, reply: WebReply, purpose: Purpose) -> Document:
        """Understand a document.

        Raises:
            DocumentError: it is no Plivo XML; codes 8011 to 8014.
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
        """The headers of both versions; the account's own ones count as the main account's too."""
        second = signature.second(url, secret, nonce)
        third = signature.third(method, url, form, secret, nonce)
        return {
            "X-Plivo-Signature-V2": second,
            "X-Plivo-Signature-V2-Nonce": nonce,
            "X-Plivo-Signature-Ma-V2": second,
            "X-Plivo-Signature-V3": third,
            "X-Plivo-Signature-V3-Nonce": nonce,
            "X-Plivo-Signature-Ma-V3": third,
        }

    def failure_code(self, failure: WebFailure, purpose: Purpose) -> str:
        """A code of the 70xx family."""
        return fault_code(failure, purpose)

    def falls_back(self, purpose: Purpose) -> bool:
        """Only the answer URL has one."""
        return purpose is Purpose.ANSWER

    def callbacks(
        self, record: CallRecord, application: Application, *, secret: str, nonce: str
    ) -> Sequence[Callback]:
        """The callback to the hangup URL of an ended call."""
        return callbacks.hangup_callbacks(self, record, application, secret=secret, nonce=nonce)
