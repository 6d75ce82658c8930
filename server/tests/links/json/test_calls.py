"""The state of one call on one link."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.errors import PeerError
from offhook.base.ids import LegId
from offhook.links.json import frames
from offhook.links.json.calls import InviteInfo, LinkCall, Stage

FACTS = InviteInfo(direction="incoming", caller="client:alice", callee="client:bob")
FRAMES = {
    frames.Ringing: {},
    frames.Answer: {"sdp": "v=0"},
    frames.Ignore: {},
    frames.Reject: {},
    frames.Hangup: {},
    frames.Mute: {"muted": True},
    frames.Message: {"id": "1", "content_type": "text/plain", "body": ""},
    frames.Transfer: {"to": "carol"},
    frames.SamplesTaken: {"samples": [{}]},
}


def fits(stage: Stage) -> set[str]:
    call = LinkCall("c", LegId("l"), stage, FACTS)
    taken: set[str] = set()
    codes: set[str] = set()
    for kind, fields in FRAMES.items():
        try:
            call.check(kind.model_validate({"seq": 1, "call": "c", **fields}))
        except PeerError as error:
            codes.add(error.code)
        else:
            taken.add(kind.__name__)
    assert codes == {"wrong-state"}
    return taken


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.CALLING, {"Hangup", "Mute", "Message", "SamplesTaken"}),
        (Stage.OFFERED, {"Ringing", "Answer", "Ignore", "Reject", "Hangup"}),
        (Stage.RINGING, {"Answer", "Ignore", "Reject", "Hangup"}),
        (Stage.UP, {"Hangup", "Mute", "Message", "Transfer", "SamplesTaken"}),
    ],
)
def test_frames_are_accepted_by_call_state(stage: Stage, expected: set[str]) -> None:
    assert fits(stage) == expected


def test_there_is_no_second_offer_before_the_first_was_answered() -> None:
    call = LinkCall("c", LegId("l"), Stage.CALLING, FACTS)
    offer = frames.Offer(seq=1, call="c", number=1, sdp="v=0", reason="restart")
    with pytest.raises(PeerError, match="no media yet"):
        call.check(offer)
    call.agreed = True
    call.check(offer)


@given(
    st.lists(st.tuples(st.sampled_from(["theirs", "ours", "settle", "answer"]), st.integers(0, 4)))
)
def test_at_most_one_offer_of_each_side_waits_and_numbers_never_go_back(
    steps: list[tuple[str, int]],
) -> None:
    call = LinkCall("c", LegId("l"), Stage.UP, FACTS)
    seen: list[int] = []
    for step, number in steps:
        before = (call.ours, call.theirs)
        try:
            match step:
                case "theirs":
                    if call.offered(number):
                        assert before == (None, None)
                    seen.append(number)
                case "ours":
                    call.ours = number + 1
                case "settle":
                    call.settled(number)
                    assert before[0] == number
                case _:
                    call.theirs = None
        except PeerError:
            assert (call.ours, call.theirs) == before
    assert seen == list(range(1, len(seen) + 1))
