"""The whole link: random wires, random frames, and the conversations that the SDK replays too."""

import json
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offhook.base import commands
from offhook.base.causes import Cause
from offhook.base.events import RenegotiationReason
from offhook.base.feedback import LegCounts
from offhook.base.ids import Sdp
from offhook.links.json.frames import PAGE_FRAMES
from offhook.testing.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

ACTS = ["page", "server", "up", "down", "cut", "connect", "ack", "time"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(ACTS), max_size=120))
def test_frames_arrive_once_and_in_order_over_broken_transports(
    make_harness: Any, acts: list[str]
) -> None:
    harness = make_harness()
    page = harness.page("alice")
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.deliver_all()
    harness.router.send(harness.arrivals[0].leg, commands.Answer(Sdp("v=0")))
    page.deliver_all()
    said, reported = count(1), count(1)
    for act in acts:
        do: dict[str, Callable[[], object]] = {
            "page": lambda: page.send(
                "message", call="c1", id="", content_type="n/n", body=f"{next(said)}"
            ),
            "server": lambda: harness.router.send(
                harness.arrivals[0].leg, commands.SendMessage("n/n", f"{next(reported)}")
            ),
            "up": page.deliver_to_server,
            "down": page.deliver_to_page,
            "cut": page.cut,
            "connect": page.connect,
            "ack": page.acknowledge,
            "time": lambda: harness.pass_time(5),
        }
        do[act]()
    page.connect()
    page.deliver_all()
    if page.welcome["link"] != f"{1:032x}":
        assert acts.count("time") >= 12, "a link holds for sixty seconds"
    else:
        heard = [f["body"] for f in page.received if f["type"] == "message"]
        assert heard == [str(n) for n in range(1, next(reported))]
        came = [event.body for event in harness.deliver if hasattr(event, "body")]
        assert came == [str(n) for n in range(1, next(said))]


RESTARTS = ["page", "page", "up", "down", "cut", "connect", "ack", "time", "restart"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(RESTARTS), max_size=120))
def test_frames_of_a_page_take_effect_once_and_in_order_over_restarts(
    make_harness: Any, acts: list[str]
) -> None:
    harness = make_harness()
    harness.begin(f"{0:032x}")
    page = harness.page("alice")
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.deliver_all()
    leg = harness.arrivals[0].leg
    harness.router.send(leg, commands.Answer(Sdp("v=0")))
    page.deliver_all()
    first = page.welcome["link"]
    page.calls = [{"call": "c1", "id": leg, "state": "up", "muted": False, "held": False}]
    said, processes = count(1), count(1)

    def restart() -> None:
        log = harness.begin(f"{next(processes):032x}")
        harness.links.revive(log.take(60), {leg})
        page.server_restarted(harness.links)

    def say() -> None:
        page.send("message", call="c1", id="", content_type="n/n", body=f"{next(said)}")

    for act in acts:
        do: dict[str, Callable[[], object]] = {
            "page": say,
            "up": page.deliver_to_server,
            "down": page.deliver_to_page,
            "cut": page.cut,
            "connect": page.connect,
            "ack": page.acknowledge,
            "time": lambda: harness.pass_time(5),
            "restart": restart,
        }
        do[act]()
    page.connect()
    page.deliver_all()
    if page.welcome["link"] != first:
        assert acts.count("time") >= 12, "a link holds for sixty seconds"
    else:
        came = [event.body for event in harness.deliver if hasattr(event, "body")]
        assert came == [str(n) for n in range(1, next(said))]


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "call": st.sampled_from(["c1", "b" * 32, "?"]),
        "sdp": st.sampled_from(["v=0", ""]),
        "to": st.sampled_from(["bob", "", "\x00"]),
        "number": st.integers(0, 3),
        "reason": st.sampled_from(["hold", "restart", "glare", "x"]),
        "cause": st.sampled_from(["busy", "rejected", "normal", "zzz"]),
        "digits": st.sampled_from(["1", "w", "x"]),
        "muted": st.booleans(),
        "id": st.just("1"),
        "content_type": st.just("text/plain"),
        "body": st.just("b"),
        "received": st.integers(0, 40),
        "token": st.just("t"),
        "code": st.just("internal"),
        "message": st.just("m"),
    },
)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from([*PAGE_FRAMES, "?"]), FIELDS, st.sampled_from([0, 0, 0, 1, -1])),
        max_size=40,
    )
)
def test_no_page_can_make_the_link_raise(
    make_harness: Any, sent: list[tuple[str, dict[str, Any], int]]
) -> None:
    harness = make_harness()
    page = harness.page("alice", register=True)
    leg = harness.invite("alice")
    seq = 2
    for kind, fields, slip in sent:
        page.link.receive(json.dumps({"type": kind, "seq": seq + slip, **fields}))
        seq += slip == 0
        if harness.arrivals:
            harness.router.send(harness.arrivals[-1].leg, commands.Answer(Sdp("v=0")))
    harness.router.send(leg, commands.End(Cause.NORMAL))
    assert len(harness.router.registrations) <= 1


CONVERSATIONS = sorted((Path(__file__).parents[4] / "spec/link").glob("*.jsonl"))


class Replay:
    """Plays the server's part of a written conversation."""

    def __init__(self, harness: Any, lines: list[dict[str, Any]]) -> None:
        self.harness, self.lines = harness, lines[1:]
        self.page: Any = None
        self.about = lines[0]
        ids = iter(self.about["ids"])
        harness.ids.hex32 = lambda: next(ids)
        if "instance" in self.about:
            harness.begin(self.about["instance"])

    def run(self, make_party: Any) -> None:
        for line in self.lines:
            if "cut" in line:
                self.page.cut()
            elif "advance" in line:
                self.harness.pass_time(line["advance"])
            elif "restart" in line:
                self.restart(line["restart"], line.get("without", []))
            elif line["from"] == "page":
                if "lost" not in line:
                    self.from_page(line["frame"], make_party)
            else:
                self.from_server(line["frame"])
        assert self.rest() == []

    def restart(self, instance: str, without: list[str]) -> None:
        legs = {call.leg for call in self.page.link.device.calls} - set(without)
        log = self.harness.begin(instance)
        self.harness.links.revive(log.take(60), legs)
        self.page.server_restarted(self.harness.links)

    def from_page(self, frame: dict[str, Any], make_party: Any) -> None:
        if frame["type"] == "hello":
            if "attach" in frame:
                self.page.welcome = frame["attach"]
                self.page = Page(self.harness.links, None, self.page)
            if self.page is None:
                name, changes = self.about["party"]["name"], dict(self.about["party"])
                del changes["name"]
                self.page = Page(self.harness.links, make_party(name, **changes))
            resume = frame.get("resume")
            self.page.welcome = resume or {}
            self.page.calls = (resume or {}).get("calls", [])
            self.page._delivery.received = resume["received"] if resume else 0
            self.page.connect()
        else:
            self.page.link.receive(json.dumps(frame))

    def from_server(self, frame: dict[str, Any]) -> None:
        # Most errors the link finds by itself; whether a transfer works out, calls find.
        found = frame.get("code") == "transfer-failed"
        of_link = ("ack", "ping", "pong", "welcome", "error")
        if (found or frame["type"] not in of_link) and not self.rest():
            self.cause(frame)
        while True:
            assert self.page.transport.down, f"the server never said {frame}"
            said = json.loads(self.page.transport.down.popleft())
            if said["type"] == frame["type"] or said["type"] not in ("ack", "ping", "pong"):
                break
        assert said == frame

    def rest(self) -> list[dict[str, Any]]:
        down = (
            [json.loads(text) for text in self.page.transport.down] if self.page.transport else []
        )
        return [frame for frame in down if frame["type"] not in ("ack", "ping", "pong")]

    def cause(self, frame: dict[str, Any]) -> None:
        """What calls would have commanded for the server to say this."""
        router, kind = self.harness.router, frame["type"]
        if kind == "incoming":
            name = frame["to"].removeprefix("client:")
            self.harness.invite(
                name,
                leg=frame["id"],
                caller=frame["from"],
                caller_name=frame["name"],
                sdp=frame["sdp"],
                parameters=frame["parameters"],
                headers=frame["headers"],
            )
            return
        if kind == "done" and self.page.transport.feedback:
            self.page.transport.feedback.clear()
            self.page.link.kept(frame["ref"])
            return
        (leg,) = (
            call.leg
            for call in self.page.link.device.calls
            if call.name == frame.get("call", call.name)
        )
        send: dict[str, Callable[[], None]] = {
            "ringing": lambda: router.send(leg, commands.Ring(frame.get("sdp"))),
            "answered": lambda: router.send(leg, commands.Answer(frame.get("sdp"))),
            "ended": lambda: router.send(leg, commands.End(Cause(frame["cause"]))),
            "offer": lambda: router.send(
                leg,
                commands.Offer(
                    number=frame["number"],
                    sdp=frame["sdp"],
                    reason=RenegotiationReason(frame["reason"]),
                ),
            ),
            "accept": lambda: router.send(leg, commands.AcceptOffer(frame["number"], frame["sdp"])),
            "refuse": lambda: router.send(
                leg, commands.RefuseOffer(frame["number"], frame["reason"])
            ),
            "message": lambda: router.send(
                leg, commands.SendMessage(frame["content_type"], frame["body"])
            ),
            "digit": lambda: router.send(leg, commands.SendDtmf(frame["digit"], frame["seconds"])),
            "done": lambda: router.send(leg, commands.ConfirmRequest(frame["ref"])),
            "error": lambda: router.send(
                leg,
                commands.FailRequest(
                    frame["ref"], frame["code"], frame["message"].removesuffix(".")
                ),
            ),
            "stats": lambda: router.send(
                leg,
                commands.SendStats(frame["ref"], LegCounts(**frame["local"]), frame["remote"]),
            ),
            "notice": lambda: router.send(leg, commands.Notify(frame["event"], frame["details"])),
        }
        send[kind]()


def test_conversations_to_replay_exist() -> None:
    assert len(CONVERSATIONS) >= 8


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_the_link_follows_each_specified_conversation(
    harness: Any, make_party: Any, path: Path
) -> None:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    Replay(harness, lines).run(make_party)
