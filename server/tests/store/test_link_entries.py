"""Entries of links come to the links as they were."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.accounts import Party
from offhook.base.errors import UsageError
from offhook.base.ids import AccountId, ApplicationId, DeviceId, LegId
from offhook.base.link_state import LinkCallState, LinkFeedback, LinkState
from offhook.store import link_entries as entries
from offhook.store.encryption import Cipher
from offhook.store.journal_entries import Kind as CallKind

CIPHER = Cipher(bytes(32))
LINK = DeviceId("1" * 32)
TEXT = st.text(max_size=8)
PARTIES = st.builds(
    Party,
    account=st.just(AccountId("MA1")),
    name=TEXT,
    application=st.sampled_from([None, ApplicationId("a")]),
    parameters=st.dictionaries(TEXT, st.text(st.characters(exclude_categories=()), max_size=4)),
    expires_at=st.none() | st.floats(0, 4e9),
    proof=TEXT,
)
CALLS = st.builds(
    LinkCallState,
    name=st.just("c1"),
    leg=st.sampled_from([LegId("a" * 32), LegId("b" * 32)]),
    stage=st.sampled_from(["calling", "up"]),
    direction=st.just("outgoing"),
    caller=TEXT,
    callee=TEXT,
    headers=st.dictionaries(TEXT, TEXT, max_size=2),
    muted=st.booleans(),
    answered_at=st.none() | st.floats(0, 4e9),
)
STATES = st.builds(
    LinkState,
    id=st.just(LINK),
    key_hash=st.just("0" * 64),
    party=PARTIES,
    registered=st.booleans(),
    numbering=st.sampled_from(["", "p" * 32]),
    stated=st.integers(0, 2**53),
    calls=st.lists(CALLS, max_size=2).map(lambda calls: {call.leg: call for call in calls}),
    ignored=st.lists(st.sampled_from([LegId("c" * 32), LegId("d" * 32)]), unique=True),
    feedback=st.dictionaries(
        st.integers(1, 9),
        st.builds(
            LinkFeedback,
            leg=st.just(LegId("a" * 32)),
            known=st.booleans(),
            score=st.integers(1, 5),
            issues=st.lists(TEXT, max_size=2),
            note=TEXT,
            log=st.lists(TEXT, max_size=2),
        ),
        max_size=2,
    ),
)


def folded(*frames: tuple[int, bytes], sealer: Cipher = CIPHER) -> entries.LinkFold:
    fold = entries.LinkFold(sealer)
    for kind, payload in frames:
        fold.take(kind, payload)
    return fold


@given(STATES)
def test_a_snapshot_comes_to_the_link(state: LinkState) -> None:
    again = folded(*entries.snapshot(state, CIPHER)).states[LINK]
    assert again == state
    assert again.party.proof == state.party.proof


def opened(**changes: Any) -> tuple[int, bytes]:
    party = Party(account=AccountId("MA1"), name="alice", application=None, **changes)
    return entries.opened(LINK, "0" * 64, party, CIPHER)


def test_what_an_earlier_start_writes_after_it_lost_the_link_has_no_effect() -> None:
    call = LinkCallState(
        name="c1",
        leg=LegId("a" * 32),
        stage="up",
        direction="outgoing",
        caller="client:alice",
        callee="bob",
    )
    kind, payload = entries.call(LINK, call, CIPHER)
    later = entries.LinkFold(CIPHER)
    later.take(*opened(proof="one"), start=4)
    later.take(*entries.registered(LINK, registered=True), start=4)
    # It is read before the entry with which the next start takes the link, or after it.
    later.take(kind, payload, start=4)
    later.take(*opened(proof="two"), start=5)
    later.take(kind, payload, start=4)
    later.take(*entries.closed(LINK), start=4)
    later.take(*opened(proof="late"), start=4)
    state = later.states[LINK]
    assert (state.calls, state.registered, state.party.proof) == ({}, False, "two")
    later.take(kind, payload, start=5)
    assert list(state.calls) == [call.leg]


def test_feedback_is_sealed_and_gone_once_it_is_kept() -> None:
    given = LinkFeedback(leg=LegId("a" * 32), known=True, score=2, issues=[], note="canary", log=[])
    kind, payload = entries.feedback(LINK, 3, given, CIPHER)
    assert b"canary" not in payload
    fold = folded(opened(), (kind, payload))
    assert fold.states[LINK].feedback == {3: given}
    fold.take(*entries.feedback_kept(LINK, 3))
    assert fold.states[LINK].feedback == {}


def test_the_last_entry_of_each_kind_counts() -> None:
    fold = folded(
        opened(proof="one"),
        entries.registered(LINK, registered=True),
        entries.stated(LINK, "p", 4),
        opened(proof="two"),
        entries.stated(LINK, "p", 5),
        entries.registered(LINK, registered=False),
        entries.alive(12.0),
        entries.alive(27.0),
    )
    state = fold.states[LINK]
    assert (state.party.proof, state.registered, state.stated) == ("two", False, 5)
    assert fold.alive_s == 27.0


def test_a_link_that_was_closed_is_no_more() -> None:
    late = entries.stated(LINK, "p", 1)
    assert folded(opened(), entries.closed(LINK), late).states == {}


def test_ten_ignored_calls_are_remembered() -> None:
    legs = [LegId(f"{n:032x}") for n in range(12)]
    ignored = [entries.ended(LINK, leg, ignored=True) for leg in legs]
    ended = entries.ended(LINK, LegId("e" * 32), ignored=False)
    assert folded(opened(), *ignored, ended).states[LINK].ignored == legs[2:]


def test_entries_of_calls_have_no_effect() -> None:
    assert folded((CallKind.OPENED, b'["c",1]')).states == {}
    assert not {kind.value for kind in CallKind} & {kind.value for kind in entries.Kind}


def test_a_log_in_cannot_be_read_with_another_key_or_for_another_link() -> None:
    frame = opened()
    with pytest.raises(UsageError):
        folded(frame, sealer=Cipher(b"1" * 32))
    row = json.loads(frame[1])
    moved = json.dumps(["2" * 32, *row[1:]]).encode()
    with pytest.raises(UsageError):
        folded((frame[0], moved))


@pytest.mark.threat("secrets-in-sight")
def test_a_calls_names_and_headers_are_sealed() -> None:
    call = LinkCallState(
        name="c1",
        leg=LegId("a" * 32),
        stage="up",
        direction="outgoing",
        caller="canary-1",
        callee="canary-2",
        caller_name="canary-3",
        parameters={"canary-4": "canary-5"},
        headers={"x-canary": "canary-6"},
    )
    _, payload = entries.call(LINK, call, CIPHER)
    assert b"canary" not in payload
