"""A party's membership of a conference: what it wants, what programs made of it, and its role."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.base.conferences import Member, PartyRole, Role, Standing
from offhook.base.ids import LegId


@dataclass(slots=True, kw_only=True)
class Membership:
    """One member.

    Attributes:
        number: Among the members, from 1.
        standing: What programs can change.
        role: What its call was notified of last.
    """

    member: Member
    number: int
    standing: Standing
    speaking: bool = False
    role: Role = field(default_factory=Role)


def first_standing(member: Member) -> Standing:
    """How a member begins."""
    options = member.options
    return Standing(
        muted=options.muted,
        held=options.held,
        coaches=options.coaches,
        coaches_agents=options.coaches_agents,
    )


def role_of(one: Membership, all: Mapping[LegId, Membership]) -> Role:
    """What a member may say and hear; a coach whom no member would hear is muted."""
    standing = one.standing
    agent = one.member.options.role is PartyRole.AGENT
    if standing.coaches_agents:
        others = (other for other in all.values() if other is not one)
        heard = any(other.member.options.role is PartyRole.AGENT for other in others)
        return Role(
            muted=standing.muted or not heard, held=standing.held, coaches_agents=True, agent=agent
        )
    if standing.coaches is None:
        return Role(muted=standing.muted, held=standing.held, agent=agent)
    coached = next(
        (leg for leg, other in all.items() if other.member.call == standing.coaches), None
    )
    return Role(
        muted=standing.muted or coached is None, held=standing.held, coaches=coached, agent=agent
    )
