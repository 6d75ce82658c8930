"""Who answered, by when speech begins and ends."""

import pytest
from offhook.base.events import BeepDetected, LegEvent, Speaking
from offhook.base.ids import LegId
from offhook.calls.machine_detection import AnsweredBy, MachineDetection, MachineDetector

LEG = LegId("a" * 32)
ENABLE, MESSAGE_END = MachineDetection(), MachineDetection(message_end=True)
ANSWERED = 100.0
Script = dict[float, bool | str]


def judge(policy: MachineDetection, script: Script) -> tuple[AnsweredBy, float]:
    """The result of what happens at these seconds after the answer: speech begins, ends, or a beep."""
    detector = MachineDetector(policy, ANSWERED)
    for at, what in script.items():
        event: LegEvent = (
            BeepDetected(leg=LEG, hz=1000.0, seconds=0.5)
            if isinstance(what, str)
            else Speaking(leg=LEG, speaking=what)
        )
        detector.handle(event, ANSWERED + at)
    while detector.result is None:
        detector.check(detector.deadline)
    return detector.result, round(detector.decided_s, 3)


@pytest.mark.parametrize(
    ("policy", "script", "expected"),
    [
        (ENABLE, {0.5: True, 1.3: False}, (AnsweredBy.HUMAN, 2.5)),
        (ENABLE, {}, (AnsweredBy.UNKNOWN, 5.0)),
        (ENABLE, {7.5: True}, (AnsweredBy.UNKNOWN, 5.0)),
        (ENABLE, {1.0: True}, (AnsweredBy.MACHINE, 3.4)),
        (ENABLE, {1.0: True, 3.3: False, 3.8: True}, (AnsweredBy.MACHINE, 3.8)),
        (ENABLE, {1.0: True, 2.0: False, 2.5: True, 3.0: False}, (AnsweredBy.HUMAN, 4.2)),
        (ENABLE, {1.0: True, 2.0: "beep", 2.1: False}, (AnsweredBy.HUMAN, 3.3)),
        (MESSAGE_END, {0.5: True, 1.3: False}, (AnsweredBy.HUMAN, 2.5)),
        (MESSAGE_END, {0.5: True, 6.0: False, 6.5: "beep"}, (AnsweredBy.BEEP, 6.5)),
        (MESSAGE_END, {0.5: True, 6.0: False, 11.0: "beep"}, (AnsweredBy.BEEP, 11.0)),
        (MESSAGE_END, {0.5: True, 6.0: False}, (AnsweredBy.SILENCE, 12.2)),
        (MESSAGE_END, {0.5: True, 6.0: False, 9.0: True, 14.0: False}, (AnsweredBy.SILENCE, 20.2)),
        (MESSAGE_END, {0.5: True}, (AnsweredBy.OTHER, 30.0)),
        (MESSAGE_END, {1.0: "beep"}, (AnsweredBy.BEEP, 1.0)),
    ],
)
def test_who_answered(
    policy: MachineDetection, script: Script, expected: tuple[AnsweredBy, float]
) -> None:
    assert judge(policy, script) == expected


def test_what_comes_after_the_decision_changes_nothing() -> None:
    detector = MachineDetector(ENABLE, ANSWERED)
    detector.check(ANSWERED + 5.0)
    detector.handle(Speaking(leg=LEG, speaking=True), ANSWERED + 5.5)
    detector.handle(Speaking(leg=LEG, speaking=False), ANSWERED + 6.0)
    assert (detector.result, detector.decided_s) == (AnsweredBy.UNKNOWN, 5.0)


def test_a_policy_is_read_as_it_was_written() -> None:
    assert MachineDetection.read(MESSAGE_END.write()) == MESSAGE_END
    assert [each for each in AnsweredBy if not each.is_machine] == [
        AnsweredBy.HUMAN,
        AnsweredBy.UNKNOWN,
    ]
