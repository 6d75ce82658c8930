"""Every request to a running call has a kind of its own."""

from typing import get_args

from offhook.base.control import (
    ControlAction,
    ControlKind,
    HangUpCall,
    MuteLeg,
    PlayInto,
    RedirectCall,
    SendDigitsTo,
    SpeakInto,
    StopPlaying,
    kind_of,
)


def test_every_action_has_its_kind() -> None:
    actions = (
        HangUpCall(),
        RedirectCall(url="https://a.example/"),
        PlayInto(url="https://a.example/a.wav"),
        SpeakInto(text="hello", language="en-US"),
        StopPlaying(),
        MuteLeg(muted=True),
        SendDigitsTo(digits="1"),
    )
    assert {type(action) for action in actions} == set(get_args(ControlAction))
    assert [kind_of(action) for action in actions] == list(ControlKind)
