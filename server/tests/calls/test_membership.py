"""The role of a member that follows from what it wants, what programs made of it, and who is there."""

from dataclasses import replace

from offhook.base.conferences import Member, MemberOptions, PartyRole, Role, Standing
from offhook.base.ids import ApplicationId, CallId, LegId
from offhook.calls.membership import Membership, first_standing, role_of


def membership(name: str, **options: object) -> Membership:
    member = Member(
        leg=LegId(name),
        call=CallId(name),
        application=ApplicationId("a"),
        dialect="plivo",
        options=replace(MemberOptions(), **options),
    )
    return Membership(member=member, number=1, standing=first_standing(member))


def role(one: Membership, *others: Membership) -> Role:
    return role_of(one, {each.member.leg: each for each in (one, *others)})


def test_a_member_begins_as_its_document_says() -> None:
    member = membership("a", muted=True, held=True)
    assert member.standing == Standing(muted=True, held=True)
    assert role(member) == Role(muted=True, held=True)


def test_a_coach_is_muted_while_the_one_it_coaches_is_not_there() -> None:
    coach, agent = membership("coach", coaches=CallId("agent")), membership("agent")
    assert role(coach) == Role(muted=True)
    assert role(coach, agent) == Role(coaches=LegId("agent"))


def test_a_supervisor_is_muted_while_no_agent_is_there() -> None:
    supervisor = membership("s", role=PartyRole.SUPERVISOR, coaches_agents=True)
    agent = membership("agent", role=PartyRole.AGENT)
    assert role(supervisor, membership("c", role=PartyRole.CUSTOMER)).muted
    assert role(supervisor, agent) == Role(coaches_agents=True)
    assert role(agent, supervisor) == Role(agent=True)
    assert supervisor.standing.is_coaching
