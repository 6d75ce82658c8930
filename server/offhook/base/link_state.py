"""What a link leaves to the process after the one that had it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from offhook.base.accounts import Party
from offhook.base.ids import DeviceId, LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCallState:
    """A call on a link.

    Attributes:
        name: What the call is called on the link.
        leg: What it is called everywhere else.
        stage: `calling`, `offered`, `ringing` or `up`.
        direction: `incoming` or `outgoing`, as the page sees it.
        caller: Who calls, as sent to the page.
        callee: Who is called, as sent to the page.
        caller_name: A name to show, possibly empty.
        parameters: Sent to the page, or by it.
        headers: Custom headers of the invitation.
        rang: Whether the page knows that the other end rings.
        muted: Whether the page's microphone is muted.
        held: Whether the page holds the call.
        held_by_peer: Whether the other end does.
        answered_at: When it was answered, in Unix seconds.
    """

    name: str
    leg: LegId
    stage: str
    direction: str
    caller: str
    callee: str
    caller_name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    rang: bool = False
    muted: bool = False
    held: bool = False
    held_by_peer: bool = False
    answered_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFeedback:
    """Feedback that a page has given.

    Attributes:
        leg: The party's leg.
        known: Whether the leg was known to be the party's.
    """

    leg: LegId
    known: bool
    score: int
    issues: Sequence[str] = ()
    note: str = ""
    log: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class LinkState:
    """A link, as far as it was written down.

    Attributes:
        id: Its id.
        key_hash: SHA-256 of its key, in hexadecimal.
        party: Who logged in, with the proof of it.
        registered: Whether it can be called.
        numbering: The process by whose numbering `stated` is; empty before the first frame.
        stated: The highest number of the page's frames whose effect was kept.
        calls: Its calls.
        ignored: Calls that its page chose to ring no more for, the oldest first.
        feedback: Feedback that was received and may not be kept, by the page's number of its frame.
    """

    id: DeviceId
    key_hash: str
    party: Party
    registered: bool = False
    numbering: str = ""
    stated: int = 0
    calls: dict[LegId, LinkCallState] = field(default_factory=dict[LegId, LinkCallState])
    ignored: list[LegId] = field(default_factory=list[LegId])
    feedback: dict[int, LinkFeedback] = field(default_factory=dict[int, LinkFeedback])
