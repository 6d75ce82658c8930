"""All that can happen to a call, as frozen values: its inbox takes them, its journal keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.ids import LegId, PlayId, Sdp
from offhook.base.media import MediaReport, PlayEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Somebody who logged in wants to call: the beginning of a call.

    Attributes:
        leg: The new leg; the call will have the same digits as its id.
        party: Who calls, and what that allows.
        to: Whom, as the party wrote it; 0 to 256 characters.
        sdp: Its offer.
        parameters: What its page wants the application to know.
        headers: Custom headers, names as the page spelled them.
        near: A leg of another call of the same page: the two may have to be joined one day.
        preflight: The page only tries whether and how well sound gets through; no application is asked.
    """

    leg: LegId
    party: Party
    to: str
    sdp: Sdp
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    near: LegId | None = None
    preflight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEvent:
    """Something happened to one leg."""

    leg: LegId


# What a party does: told by the link it is reached on.


class Rang(LegEvent):
    """At least one of the party's devices rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(LegEvent):
    """The party took the call; its other devices have been told.

    Attributes:
        sdp: Its answer to our offer; nothing when its media was agreed before.
    """

    sdp: Sdp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(LegEvent):
    """The party is gone: it cancelled, rejected, hung up or was not reached, as `cause` says."""

    cause: Cause


class Reoffer(StrEnum):
    """Why a party offers again (RFC 3264 §8)."""

    RESTART = "restart"
    HOLD = "hold"
    RESUME = "resume"
    UPDATE = "update"
    ATTACH = "attach"
    """A page that was loaded anew: everything about its media is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reoffered(LegEvent):
    """The party wants to change its media.

    Attributes:
        number: Names the offer in the answer to it.
    """

    number: int
    sdp: Sdp
    why: Reoffer


@dataclass(frozen=True, slots=True, kw_only=True)
class ReofferAnswered(LegEvent):
    """The party answered our own re-offer; without `sdp` it refused."""

    number: int
    sdp: Sdp | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(LegEvent):
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
    """The party says that it muted its microphone, or opened it again."""

    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Messaged(LegEvent):
    """The party sent a message within the call.

    Attributes:
        content_type: A MIME type.
        body: Text, at most 16 kB.
    """

    content_type: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(LegEvent):
    """The party wants the other end to talk with somebody else from now on.

    Attributes:
        ref: Names the wish in the answer to it.
        to: Whom to ring, as the party wrote it; empty when `other` is given.
        other: The party's own leg of another call, whose other end shall be joined.
    """

    ref: int
    to: str = ""
    other: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountAsked(LegEvent):
    """The party wants to know what the engine has counted.

    Attributes:
        ref: Names the question in the answer to it.
    """

    ref: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(LegEvent):
    """The party's page warns of the quality of what it hears or sends, or takes that back.

    Attributes:
        name: Of the warning, in kebab-case.
        raised: False when it is taken back.
        value: What was measured.
    """

    name: str
    raised: bool
    value: float | None = None


class Leaving(LegEvent):
    """The party's page is unloaded; the next one may take the call over."""


class Attached(LegEvent):
    """A page that was loaded anew has taken the call over; an offer of its own follows."""


# What calls tell each other when a party joins the other ends of two of its calls.


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossAsked(LegEvent):
    """Another call wants the party that `leg` talks with.

    Attributes:
        asker: The leg of the same page in the other call.
        party: Whom the other call gives in exchange.
        name: That party's address.
    """

    asker: LegId
    party: LegId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTaken(LegEvent):
    """The other call has joined its party with ours.

    Attributes:
        party: Theirs; nothing if it had none to give.
        name: That party's address.
    """

    party: LegId | None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEnded(LegEvent):
    """The party of the other call is gone."""

    cause: Cause


class LinkLost(LegEvent):
    """The link to the party's device broke; it may come back and resume."""


class LinkBack(LegEvent):
    """The party's device resumed its link."""


# What the media engine tells.


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
    """The way to the party is gone or never was.

    Attributes:
        fault: `ice-timeout`, `consent-expired`, `dtls`, `fingerprint`, `profile` or `peer-closed`.
    """

    fault: str


class Moved(LegEvent):
    """The party's media comes from another address now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(LegEvent):
    """What was played or sent is over."""

    play: PlayId
    end: PlayEnd
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(LegEvent):
    """How the leg's media fares."""

    report: MediaReport


class MediaClosed(LegEvent):
    """The engine has forgotten the leg; its last report came before."""
