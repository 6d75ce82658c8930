"""A conference that runs, as programs see it."""

from dataclasses import dataclass

from offhook.base.ids import CallId, ConferenceId, LegId
from offhook.calls.conference import Conference


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMember:
    """One member.

    Attributes:
        number: Among the members, in the order in which they entered.
        label: As its document says; possibly empty.
        role: What it is in a multi-party call; empty in a conference.
        coaches: The call of the one member that hears it.
        coaching: Whether only some members hear it.
    """

    call: CallId
    leg: LegId
    number: int
    label: str
    role: str
    muted: bool
    held: bool
    coaching: bool
    coaches: CallId | None
    speaking: bool
    starts: bool
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConference:
    """A conference.

    Attributes:
        kind: `conference` or `multi-party-call`.
        state: `init` or `in-progress`.
        age_s: How long it has lasted, in seconds.
    """

    id: ConferenceId
    name: str
    kind: str
    state: str
    age_s: float
    members: tuple[LiveMember, ...]


def snapshot(conference: Conference, age_s: float) -> LiveConference:
    """The conference as it is now."""
    return LiveConference(
        id=conference.id,
        name=conference.name,
        kind=str(conference.kind),
        state=str(conference.state),
        age_s=age_s,
        members=tuple(
            LiveMember(
                call=each.member.call,
                leg=each.member.leg,
                number=each.number,
                label=each.member.options.label,
                role=str(each.member.options.role),
                muted=each.standing.muted,
                held=each.standing.held,
                coaching=each.standing.is_coaching,
                coaches=each.standing.coaches,
                speaking=each.speaking,
                starts=each.member.options.starts,
                ends=each.member.options.ends,
            )
            for each in conference.members
        ),
    )
