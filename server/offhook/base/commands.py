"""What the server can command on a leg: values, sent by calls and carried out by links."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.events import RenegotiationReason
from offhook.base.feedback import LegCounts
from offhook.base.ids import AccountId, Sdp


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Fork an invitation to all devices of a party. The first to answer wins.

    Attributes:
        account: Whose endpoint it is.
        to: The party.
        caller: Who calls, as shown to the party.
        caller_name: A name to show, possibly empty.
        caller_takes_part: It is the caller of this call, or the one that was called.
        sdp: Our offer.
        parameters: What the application wants its page to know.
        headers: Custom headers.
    """

    account: AccountId
    to: Address
    caller: str
    caller_name: str = ""
    caller_takes_part: bool = False
    sdp: Sdp
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Ring:
    """Signal ringing to the calling party.

    Attributes:
        sdp: Our answer to its offer, for early media; possibly none.
    """

    sdp: Sdp | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Signal the answer to the calling party.

    Attributes:
        sdp: Our answer to its offer, unless `Ring` carried it.
    """

    sdp: Sdp | None


@dataclass(frozen=True, slots=True)
class End:
    """Reject, cancel or hang up, whichever the state of the leg calls for."""

    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Offer again (RFC 3264 §8). `ReofferAnswered` comes back."""

    number: int
    sdp: Sdp
    reason: RenegotiationReason


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    """Answer the party's own re-offer."""

    number: int
    sdp: Sdp


@dataclass(frozen=True, slots=True)
class RefuseOffer:
    """Refuse the party's own re-offer; its media stays as it was."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send the party a message within the call."""

    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class SendDtmf:
    """Signal a DTMF digit of the other end to the party."""

    digit: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Notify:
    """Notify the party of `held`, `media-lost` and so on; there is no response."""

    event: str
    details: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class ConfirmRequest:
    """The party's request of that number succeeded."""

    ref: int


@dataclass(frozen=True, slots=True)
class FailRequest:
    """The party's request of that number failed; without a number, its last description."""

    ref: int | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SendStats:
    """The packet counts that the party requested by that number.

    Attributes:
        local: Of its own leg.
        remote: Of the other end's leg, if there is one.
    """

    ref: int
    local: LegCounts
    remote: LegCounts | None


InCall = (
    Ring
    | Answer
    | Offer
    | AcceptOffer
    | RefuseOffer
    | SendMessage
    | SendDtmf
    | Notify
    | ConfirmRequest
    | FailRequest
    | SendStats
)
"""What goes to the one device of a leg."""

Command = Invite | End | InCall
"""What a leg can be commanded."""
