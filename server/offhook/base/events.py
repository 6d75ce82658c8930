"""The events of a call, as frozen values: its inbox takes them, its journal keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offhook.base.accounts import Party
from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.conferences import Refusal, Role, Standing
from offhook.base.ids import ConferenceId, LegId, PlayId, Sdp
from offhook.base.media import MediaReport, PlayEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An authenticated party wants to call: the beginning of a call.

    Attributes:
        leg: The new leg; the call will have the same digits as its id.
        party: Who calls, and what that allows.
        to: Whom, as the party wrote it; 0 to 256 characters.
        sdp: Its offer.
        parameters: What its page wants the application to know.
        headers: Custom headers, names as the page wrote them.
        near: A leg of another call of the same page: the two may have to be joined one day.
        preflight: A connectivity and quality test of the page; no application is involved.
        caller: Who calls, if that is not the client of the party's name.
    """

    leg: LegId
    party: Party
    to: str
    sdp: Sdp
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    near: LegId | None = None
    preflight: bool = False
    caller: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEvent:
    """Something happened to one leg."""

    leg: LegId


# Events of a party, from its link.


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing(LegEvent):
    """At least one of the party's devices rings.

    Attributes:
        sdp: Its answer to our offer, if it sends media before it is answered (early media).
    """

    sdp: Sdp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(LegEvent):
    """The party answered; its other devices have been notified.

    Attributes:
        sdp: Its answer to our offer; nothing when its media was agreed before.
    """

    sdp: Sdp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(LegEvent):
    """The party is gone: it cancelled, rejected, hung up or was not reached; `cause` is which."""

    cause: Cause


class RenegotiationReason(StrEnum):
    """Why a party offers again (RFC 3264 §8)."""

    RESTART = "restart"
    HOLD = "hold"
    RESUME = "resume"
    UPDATE = "update"
    ATTACH = "attach"
    """A page that was reloaded: everything about its media is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reoffered(LegEvent):
    """The party wants to change its media.

    Attributes:
        number: Names the offer in the answer to it.
    """

    number: int
    sdp: Sdp
    reason: RenegotiationReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReofferAnswered(LegEvent):
    """The party answered our own re-offer; without `sdp` it refused."""

    number: int
    sdp: Sdp | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DtmfReceived(LegEvent):
    """The party pressed a key: RFC 4733 in its media, or a frame of its link.

    Attributes:
        digit: One of `0-9 * # A-D`.
        seconds: How long it was held.
        signalled: It came over the link: the engine does not pass it on to a bridged leg.
    """

    digit: str
    seconds: float
    signalled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted(LegEvent):
    """The party muted or unmuted its microphone."""

    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(LegEvent):
    """The party sent a message within the call.

    Attributes:
        content_type: A MIME type.
        body: Text, at most 16 kB.
    """

    content_type: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequested(LegEvent):
    """The party requests a transfer of the other end.

    Attributes:
        ref: Correlates the response.
        to: The transfer target, as the party wrote it; empty when `other` is given.
        other: The party's own leg of another call, whose other end shall be joined.
    """

    ref: int
    to: str = ""
    other: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsRequested(LegEvent):
    """The party requests the engine's packet counts.

    Attributes:
        ref: Correlates the response.
    """

    ref: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityWarning(LegEvent):
    """The page's quality monitor raised or cleared a warning.

    Attributes:
        name: Of the warning, in kebab-case.
        raised: False when it is cleared.
        value: What was measured.
    """

    name: str
    raised: bool
    value: float | None = None


class PageUnloading(LegEvent):
    """The party's page is unloaded; the next one may take the call over."""


class PageReattached(LegEvent):
    """A reloaded page has taken the call over; an offer of its own follows."""


# Events between two calls whose other ends are joined (attended transfer).


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendedTransferRequested(LegEvent):
    """Another call requests the party that is bridged with `leg`.

    Attributes:
        asker: The leg of the same page in the other call.
        party: The leg that the other call gives in exchange.
        name: That party's address.
    """

    requester: LegId
    party: LegId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendedTransferAccepted(LegEvent):
    """The other call has joined its party with ours.

    Attributes:
        party: Theirs; nothing if it had none to give.
        name: That party's address.
    """

    party: LegId | None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendedTransferEnded(LegEvent):
    """The party of the other call is gone."""

    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandUnsupported(LegEvent):
    """The party's device has no way to carry out a command of ours.

    Attributes:
        command: The name of its type.
    """

    command: str


class LinkLost(LegEvent):
    """The link to the party's device broke; it may resume."""


class LinkResumed(LegEvent):
    """The party's device resumed its link."""


# Events of the media engine.


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(LegEvent):
    """Media can flow.

    Attributes:
        transport: `udp` or `tcp`.
        profile: The SRTP protection profile.
    """

    transport: str
    profile: str


class MediaStarted(LegEvent):
    """The first authenticated RTP packet came."""


class MediaLost(LegEvent):
    """No RTP came for some seconds."""


class MediaResumed(LegEvent):
    """RTP comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportFailed(LegEvent):
    """The transport failed, or was never established.

    Attributes:
        fault: `ice-timeout`, `consent-expired`, `dtls`, `fingerprint`, `profile` or `peer-closed`.
    """

    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeepDetected(LegEvent):
    """A steady tone in the party's audio ended, as of an answering machine.

    Attributes:
        hz: Its frequency.
        seconds: Its length.
    """

    hz: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceDetected(LegEvent):
    """The party has not spoken for `seconds`."""

    seconds: float


class PathChanged(LegEvent):
    """The party's media comes from another address now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(LegEvent):
    """What was played or sent is over."""

    play: PlayId
    end: PlayEnd
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(LegEvent):
    """A media report."""

    report: MediaReport


class MediaClosed(LegEvent):
    """The engine has forgotten the leg; its last report came before."""


# Events of a conference, for the call of a member.


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceEvent(LegEvent):
    """Something happened in the conference that the leg's party is in, or wants to be in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceEntered(ConferenceEvent):
    """The party is a member.

    Attributes:
        number: Of the member, from 1.
        started: Whether the members hear each other; otherwise the member waits for that.
        role: What the member may say and hear.
        standing: What of it programs can change.
        age_s: How long the conference has lasted.
    """

    conference: ConferenceId
    number: int
    started: bool
    role: Role
    standing: Standing = field(default_factory=Standing)
    age_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceStarted(ConferenceEvent):
    """The members hear each other from now on."""

    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceRefused(ConferenceEvent):
    """The party cannot become a member."""

    reason: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceRoleChanged(ConferenceEvent):
    """The member may say or hear something else from now on."""

    role: Role
    standing: Standing = field(default_factory=Standing)


class ConferenceLeft(ConferenceEvent):
    """The party is no member any more: it was removed, or the conference is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking(LegEvent):
    """A member of a conference began or stopped to speak."""

    speaking: bool
