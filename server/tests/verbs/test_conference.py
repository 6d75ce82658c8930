"""What `<Conference>` does to its caller: waiting, joining, leaving, and what comes after it."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.calls.music import HOLD_MUSIC
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN

Dialects = dict[str, Dialect]
XML = {
    "twilio": "<Dial{dial}><Conference{more}>room</Conference></Dial>",
    "plivo": "<Conference{dial}{more}>room</Conference>",
}


@pytest.fixture(params=["twilio", "plivo"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def xml(dialect: str, more: str = "", dial: str = "") -> str:
    return XML[dialect].format(more=f" {more}", dial=f" {dial}")


async def member(harness: UnitHarness, name: str, document: str, dialect: str) -> FakeLeg:
    """A caller whose document was taken."""
    harness.set_answer(document)
    leg = harness.signal.call(harness.party(name, dialect), "room", sdp="offer")
    await leg.wait_for(CallState.UP)
    await asyncio.sleep(0.2)
    return leg


async def ended(*legs: FakeLeg) -> None:
    for leg in legs:
        leg.end()
    await asyncio.sleep(0.1)


async def test_one_waits_with_music_and_two_are_in_the_same_conference(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects, hold_music=HOLD_MUSIC) as harness:
        first = await member(harness, "alice", xml(dialect), dialect)
        waits = harness.media.source_of(first.leg)
        assert waits == (HOLD_MUSIC if dialect == "twilio" else None)
        second = await member(harness, "bob", xml(dialect), dialect)
        conferences = [harness.media.conference_of(leg.leg) for leg in (first, second)]
        assert conferences[0] is not None
        assert conferences[0] == conferences[1]
        assert harness.media.source_of(first.leg) is None
        await ended(first, second)
    events = harness.journal()
    assert [event for event in events if event.startswith("conference-")] == [
        "conference-entered",
        "conference-started",
        "conference-left",
    ]


async def test_members_without_a_starter_wait(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        waits = xml(dialect, 'startConferenceOnEnter="false"')
        first = await member(harness, "alice", waits, dialect)
        second = await member(harness, "bob", waits, dialect)
        assert harness.media.conference_of(second.leg) is None
        third = await member(harness, "carol", xml(dialect), dialect)
        assert harness.media.conference_of(first.leg) is not None
        await ended(first, second, third)


async def test_after_a_moderator_leaves_action_next_verb_and_end_follow(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/after", "<Response/>")
        action = f'action="{ORIGIN}/after"'
        say = {"twilio": "<Say>after</Say>", "plivo": "<Speak>after</Speak>"}[dialect]
        asked = await member(harness, "alice", xml(dialect, dial=action), dialect)
        next_verb = await member(harness, "bob", xml(dialect) + say, dialect)
        nothing = await member(harness, "carol", xml(dialect), dialect)
        ends = xml(dialect, 'endConferenceOnExit="true"')
        moderator = await member(harness, "dave", ends, dialect)
        moderator.end()
        for leg in (asked, next_verb, nothing):
            await leg.wait_for(CallState.ENDED)
        request = await harness.web.request("/after")
    spoken = [
        record.caller
        for record in harness.records.records
        if any(entry.details.get("verb") == "speak" for entry in record.journal)
    ]
    assert spoken == ["client:bob"]
    if dialect == "twilio":
        assert request.parameters["DialCallStatus"] == "answered"
        assert "DialCallSid" not in request.parameters
    else:
        assert request.parameters["ConferenceName"] == "room"
        assert request.parameters["ConferenceMemberID"] == "1"


async def test_a_full_conference_lets_the_call_go_on(dialects: Dialects, dialect: str) -> None:
    most = {"twilio": 'maxParticipants="1"', "plivo": 'maxMembers="1"'}[dialect]
    async with UnitHarness(dialects) as harness:
        first = await member(harness, "alice", xml(dialect, most), dialect)
        second = await member(harness, "bob", xml(dialect, most), dialect)
        await second.wait_for(CallState.ENDED)
        assert second.cause is Cause.DOCUMENT_ENDED
        await ended(first)
        record = harness.records.records[0]
    codes = [e.details.get("code") for e in record.journal if e.event == "document-warning"]
    assert codes == ["16020" if dialect == "twilio" else ""]


async def test_the_star_key_ends_the_stay(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        star = 'hangupOnStar="true"'
        first = await member(harness, "alice", xml(dialect, dial=star), dialect)
        second = await member(harness, "bob", xml(dialect), dialect)
        first.send_digits("1*")
        await first.wait_for(CallState.ENDED)
        assert harness.media.conference_of(second.leg) is not None
        await ended(second)


async def test_the_time_limit_ends_the_stay(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        limit = 'timeLimit="5"'
        first = await member(harness, "alice", xml(dialect, dial=limit), dialect)
        before = asyncio.get_running_loop().time()
        await first.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() - before == pytest.approx(4.8, abs=0.1)
    assert len(harness.dispatcher.conferences) == 0


async def test_a_muted_member_and_a_coach_have_their_roles(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        agent = await member(harness, "alice", xml("twilio", 'muted="true"'), "twilio")
        customer = await member(harness, "bob", xml("twilio"), "twilio")
        coach_xml = xml("twilio", f'coach="CA{agent.leg}"')
        coach = await member(harness, "carol", coach_xml, "twilio")
        roles = [harness.media.conference_of(leg.leg) for leg in (agent, customer, coach)]
        assert [role is not None and role[1].muted for role in roles] == [True, False, False]
        assert roles[2] is not None
        assert roles[2][1].coaches == agent.leg
        await ended(agent)
        roles = [harness.media.conference_of(leg.leg) for leg in (customer, coach)]
        assert [role is not None and role[1].muted for role in roles] == [False, True]
        await ended(customer, coach)


async def test_a_coach_of_nobody_asks_its_action(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/after", "<Response/>")
        bad = xml("twilio", f'coach="CA{"0" * 32}"', f'action="{ORIGIN}/after"')
        coach = await member(harness, "carol", bad, "twilio")
        await coach.wait_for(CallState.ENDED)
        request = await harness.web.request("/after")
    assert request.parameters["DialCallStatus"] == "failed"
