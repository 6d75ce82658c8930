"""When a conference starts and ends, who is refused, and what follows from each event."""

from dataclasses import replace
from typing import Any

import pytest
from offhook.base.conferences import (
    Ending,
    Enter,
    Happening,
    Leave,
    LeaveReason,
    Member,
    MemberOptions,
    Refusal,
    Resumed,
    Role,
    SetMuted,
    Spoke,
    Standing,
    StatusRequests,
    Tone,
)
from offhook.base.events import (
    ConferenceEntered,
    ConferenceLeft,
    ConferenceRefused,
    ConferenceRoleChanged,
    ConferenceStarted,
)
from offhook.base.ids import AccountId, ApplicationId, CallId, ConferenceId, LegId
from offhook.calls.conference import Conference, State
from offhook.calls.conference_commands import Command, Notify, PlaySound, SendReport

ACCOUNT = AccountId("MA0000000000000000AA")
ALL = StatusRequests(url="http://app.test/status", events=frozenset(Happening))


def conference() -> Conference:
    return Conference(ConferenceId("f" * 32), ACCOUNT, "room")


def member(name: str, **options: Any) -> Member:
    return Member(
        leg=LegId(name),
        call=CallId(name),
        application=ApplicationId("a"),
        dialect="twilio",
        options=replace(MemberOptions(requests=ALL), **options),
    )


def enter(room: Conference, name: str, **options: Any) -> list[Command]:
    resumed = options.pop("resumed", None)
    message = Enter(account=ACCOUNT, name="room", member=member(name, **options), resumed=resumed)
    return room.handle(message)


def leave(room: Conference, name: str, reason: LeaveReason = LeaveReason.HUNG_UP) -> list[Command]:
    return room.handle(Leave(leg=LegId(name), reason=reason))


def notified(commands: list[Command]) -> list[tuple[str, str]]:
    """Who is notified of what."""
    found = [command.event for command in commands if isinstance(command, Notify)]
    return [(event.leg, type(event).__name__) for event in found]


def reported(commands: list[Command]) -> list[Happening]:
    return [command.happening for command in commands if isinstance(command, SendReport)]


def test_it_starts_with_the_second_member_if_one_of_them_starts_it() -> None:
    room = conference()
    assert notified(enter(room, "a")) == [("a", "ConferenceEntered")]
    assert room.state is State.INIT
    commands = enter(room, "b", starts=False)
    assert notified(commands) == [
        ("b", "ConferenceEntered"),
        ("a", "ConferenceStarted"),
        ("b", "ConferenceStarted"),
    ]
    assert reported(commands) == [Happening.JOIN, Happening.START]
    assert room.state is State.IN_PROGRESS


def test_members_that_do_not_start_it_wait_for_one_that_does() -> None:
    room = conference()
    enter(room, "a", starts=False)
    assert notified(enter(room, "b", starts=False)) == [("b", "ConferenceEntered")]
    leave(room, "a")
    assert ("b", "ConferenceStarted") in notified(enter(room, "a"))
    assert [
        command for command in enter(room, "c", starts=False) if isinstance(command, Notify)
    ] == [
        Notify(
            ConferenceEntered(
                leg=LegId("c"), conference=room.id, number=4, started=True, role=Role()
            )
        )
    ]


def test_it_ends_with_its_last_member() -> None:
    room = conference()
    enter(room, "a")
    enter(room, "b")
    assert reported(leave(room, "a")) == [Happening.LEAVE]
    commands = leave(room, "b")
    assert [c.ending for c in commands if isinstance(c, SendReport)] == [None, Ending.LAST_LEFT]
    assert room.over
    assert enter(room, "c") == []


@pytest.mark.parametrize("reason", [LeaveReason.HUNG_UP, LeaveReason.MOVED])
def test_it_ends_for_all_when_a_moderator_leaves(reason: LeaveReason) -> None:
    room = conference()
    for name in "abc":
        enter(room, name, ends=name == "b")
    commands = leave(room, "b", reason)
    assert notified(commands) == [("a", "ConferenceLeft"), ("c", "ConferenceLeft")]
    reports = [command for command in commands if isinstance(command, SendReport)]
    assert [report.leaving for report in reports] == [
        reason,
        LeaveReason.CONFERENCE_ENDED,
        LeaveReason.CONFERENCE_ENDED,
        None,
    ]
    assert reports[-1].ending is Ending.MODERATOR_LEFT
    assert reports[-1].member == member("b", ends=True)


def test_it_ends_with_the_last_moderator_where_that_is_the_rule() -> None:
    room = conference()
    for name in "abc":
        enter(room, name, ends=name != "c", ends_together=True)
    leave(room, "a")
    assert not room.over
    assert notified(leave(room, "b")) == [("c", "ConferenceLeft")]
    assert room.over


def test_the_last_member_goes_if_it_does_not_want_to_be_alone() -> None:
    room = conference()
    enter(room, "a", stays_alone=False)
    assert not room.over
    enter(room, "b")
    assert notified(leave(room, "b")) == [("a", "ConferenceLeft")]
    assert room.over


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"most": 2}, Refusal.FULL),
        ({"label": "agent"}, Refusal.LABEL_TAKEN),
        ({"coaches": CallId("unknown")}, Refusal.NO_SUCH_MEMBER),
    ],
)
def test_a_party_is_refused(options: dict[str, Any], reason: Refusal) -> None:
    room = conference()
    enter(room, "a", label="agent")
    enter(room, "b")
    assert enter(room, "c", **options) == [Notify(ConferenceRefused(leg=LegId("c"), reason=reason))]
    assert room.legs == ("a", "b")


def test_a_label_is_free_again_after_its_member_has_left() -> None:
    room = conference()
    enter(room, "a", label="agent")
    enter(room, "b")
    leave(room, "a")
    assert notified(enter(room, "c", label="agent")) == [("c", "ConferenceEntered")]


def test_a_coach_is_heard_by_one_and_by_nobody_once_that_one_has_left() -> None:
    room = conference()
    enter(room, "agent")
    enter(room, "customer")
    first = enter(room, "coach", coaches=CallId("agent"))[0]
    assert isinstance(first, Notify)
    assert isinstance(first.event, ConferenceEntered)
    assert first.event.role == Role(coaches=LegId("agent"))
    standing = Standing(coaches=CallId("agent"))
    changed = ConferenceRoleChanged(leg=LegId("coach"), role=Role(muted=True), standing=standing)
    assert Notify(changed) in leave(room, "agent")


def test_tones_are_played_to_those_who_are_in_it() -> None:
    room = conference()
    tones = {"enter": Tone.ENTER, "exit": Tone.EXIT}
    assert PlaySound(Tone.ENTER) not in enter(room, "a", **tones)
    assert PlaySound(Tone.ENTER) in enter(room, "b", **tones)
    assert PlaySound(Tone.ENTER) in enter(room, "c", **tones)
    assert PlaySound(Tone.EXIT) in leave(room, "c")
    enter(room, "quiet")
    assert not [c for c in leave(room, "quiet") if isinstance(c, PlaySound)]


def test_the_first_members_requests_count_for_the_conference() -> None:
    room = conference()
    later = StatusRequests(url="http://app.test/later", events=frozenset(Happening))
    enter(room, "a", requests=replace(ALL, events=frozenset({Happening.LEAVE})))
    commands = enter(room, "b", requests=later) + leave(room, "b")
    reports = [command for command in commands if isinstance(command, SendReport)]
    assert [(r.happening, r.requests.url) for r in reports] == [(Happening.LEAVE, ALL.url)]


def test_each_members_requests_count_for_that_member_where_that_is_the_rule() -> None:
    room = conference()
    own = replace(ALL, url="http://app.test/own", for_all=False)
    enter(room, "a", requests=own)
    assert reported(enter(room, "b", requests=None)) == []
    assert reported(leave(room, "a")) == [Happening.LEAVE]


def test_speech_and_mute_are_reported_once() -> None:
    room = conference()
    enter(room, "a")
    enter(room, "b")
    spoke = Spoke(leg=LegId("a"), speaking=True)
    assert reported(room.handle(spoke)) == [Happening.SPEECH_START]
    assert room.handle(spoke) == []
    muted = room.handle(SetMuted(leg=LegId("a"), muted=True))
    role = ConferenceRoleChanged(
        leg=LegId("a"), role=Role(muted=True), standing=Standing(muted=True)
    )
    assert muted[0] == Notify(role)
    assert reported(muted) == [Happening.MUTE]
    assert room.handle(SetMuted(leg=LegId("a"), muted=True)) == []


def test_members_of_before_a_restart_come_back_without_a_word() -> None:
    room = conference()
    first = Resumed(conference=room.id, number=2, started=True)
    commands = enter(room, "b", resumed=first)
    assert notified(commands) == [("b", "ConferenceEntered")]
    assert reported(commands) == []
    commands = enter(room, "a", resumed=replace(first, number=1))
    assert (notified(commands), reported(commands)) == [
        ([("a", "ConferenceEntered")], []),
    ][0]
    (entered,) = [c.event for c in enter(room, "c") if isinstance(c, Notify)]
    assert isinstance(entered, ConferenceEntered)
    assert (entered.number, entered.started) == (3, True)


def test_one_who_waited_before_a_restart_waits_again() -> None:
    room = conference()
    waited = Resumed(conference=room.id, number=1, started=False)
    enter(room, "a", starts=False, resumed=waited)
    assert room.state is State.INIT
    assert ("a", "ConferenceStarted") in notified(enter(room, "b"))


def test_events_of_those_who_are_not_there_change_nothing() -> None:
    room = conference()
    enter(room, "a")
    assert leave(room, "x") == []
    assert room.handle(Spoke(leg=LegId("x"), speaking=True)) == []
    assert room.handle(SetMuted(leg=LegId("x"), muted=True)) == []
    assert not room.over
    assert ConferenceLeft(leg=LegId("a")) != ConferenceStarted(leg=LegId("a"), role=Role())


def test_it_is_over_if_the_first_party_is_refused() -> None:
    room = conference()
    enter(room, "a", coaches=CallId("unknown"))
    assert room.over
