"""A server dies at every moment of a call, and the next one brings the call to the same end."""

import asyncio
import difflib
from collections.abc import Callable, Coroutine
from dataclasses import replace

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.base.accounts import Application, Party
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.events import (
    MessageReceived,
    Muted,
    RenegotiationReason,
    Reoffered,
    TransferRequested,
)
from offhook.base.ids import ApplicationId, Sdp
from offhook.dialects.base import Dialect
from offhook.flow.outbound import OutboundCall
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.loop import VirtualLoop
from offhook.testing.memory import ACCOUNT
from offhook.testing.restarting import RestartingServer
from offhook.testing.sounds import wav
from offhook.testing.web import ORIGIN, Page
from outcomes import apart_from_carol, facts

Story = Callable[[RestartingServer, DialectXml], Coroutine[object, object, None]]

APPLICATION = ApplicationId("a" * 32)
SECOND = ApplicationId("b" * 32)


def caller(server: RestartingServer) -> FakeLeg:
    party = Party(account=ACCOUNT, name="alice", application=APPLICATION)
    return server.signal.call(party, "bob")


def application(dialect: Dialect, **more: str) -> Application:
    made = Application(
        id=APPLICATION,
        account=ACCOUNT,
        name="the application",
        dialect=dialect.name,
        answer_url=f"{ORIGIN}/answer",
        hangup_url=f"{ORIGIN}/ended",
    )
    return replace(made, **more)


def document(server: RestartingServer, path: str, xml: str) -> None:
    server.web.page(path, f"<Response>{xml}</Response>")


async def play_say_pause(server: RestartingServer, xml: DialectXml) -> None:
    document(
        server,
        "/answer",
        xml.play("/a.wav") + xml.say("hello") + xml.pause(3) + xml.redirect("/next"),
    )
    document(server, "/next", xml.play("/a.wav") + "<Hangup/>")
    server.web.page("/a.wav", Page(body=wav(440.0, 2.0), content_type="audio/wav"))
    alice = caller(server)
    await alice.wait_for(CallState.ENDED)


async def dial(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.dial("bob", action="/after"))
    document(server, "/after", xml.say("bye") + "<Hangup/>")
    server.signal.register("bob")
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    bob.ring()
    await asyncio.sleep(3.0)
    bob.answer()
    await asyncio.sleep(5.0)
    bob.end()
    await alice.wait_for(CallState.ENDED)


async def several(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.dial("bob", "carol", "dave", action="/after"))
    document(server, "/after", "<Hangup/>")
    for name in ("bob", "carol", "dave"):
        server.signal.register(name)
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    carol = await server.signal.next_invite("carol")
    dave = await server.signal.next_invite("dave")
    bob.ring()
    carol.ring()
    dave.end(Cause.BUSY)
    await asyncio.sleep(2.0)
    carol.answer()
    await bob.wait_for(CallState.ENDED)
    await asyncio.sleep(5.0)
    alice.end()
    await carol.wait_for(CallState.ENDED)


async def one_after_another(server: RestartingServer, xml: DialectXml) -> None:
    document(
        server,
        "/answer",
        xml.dial("bob", "absent", "carol", action="/after", ring_s=6, more="sequential='true'"),
    )
    document(server, "/after", xml.say("no answer"))
    for name in ("bob", "carol"):
        server.signal.register(name)
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    bob.ring()
    await bob.wait_for(CallState.ENDED)
    carol = await server.signal.next_invite("carol")
    carol.ring()
    await alice.wait_for(CallState.ENDED)


async def answer_on_bridge(server: RestartingServer, xml: DialectXml) -> None:
    document(
        server,
        "/answer",
        xml.dial("bob", action="/after", more="answerOnBridge='true' timeLimit='9'"),
    )
    document(server, "/after", xml.pause(2))
    server.signal.register("bob")
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    bob.ring()
    await asyncio.sleep(2.0)
    bob.answer()
    await alice.wait_for(CallState.ENDED)


async def redirect_with_fallback(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.redirect("/broken"))
    server.web.page("/broken", Page(body="", status=500))
    document(server, "/fallback", xml.say("sorry") + "<Hangup/>")
    alice = caller(server)
    await alice.wait_for(CallState.ENDED)


async def blind_transfer(
    server: RestartingServer, xml: DialectXml, *, answers: bool = True
) -> None:
    document(server, "/answer", xml.dial("bob", action="/after"))
    document(server, "/after", xml.say("bye"))
    for name in ("bob", "carol"):
        server.signal.register(name)
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    bob.answer()
    await asyncio.sleep(3.0)
    server.signal.on_event(TransferRequested(leg=bob.leg, ref=7, to="carol"))
    async with asyncio.TaskGroup() as group:
        target = group.create_task(carol_answers(server, answers=answers))
        await alice.wait_for(CallState.ENDED)
        target.cancel()


async def carol_answers(server: RestartingServer, *, answers: bool) -> None:
    carol = await server.signal.next_invite("carol")
    carol.ring()
    await asyncio.sleep(2.0)
    if answers:
        carol.answer()
        await asyncio.sleep(4.0)
        carol.end()
    else:
        carol.end(Cause.REJECTED)


async def failed_transfer(server: RestartingServer, xml: DialectXml) -> None:
    await blind_transfer(server, xml, answers=False)


async def attended_transfer(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.dial("bob", action="/after"))
    document(server, "/after", "<Hangup/>")
    document(server, "/second", xml.dial("carol", action="/after2"))
    document(server, "/after2", "<Hangup/>")
    for name in ("bob", "carol"):
        server.signal.register(name)
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    bob.answer()
    await asyncio.sleep(3.0)
    party = Party(account=ACCOUNT, name="bob", application=SECOND)
    consulting = server.signal.call(party, "carol")
    carol = await server.signal.next_invite("carol")
    carol.answer()
    await asyncio.sleep(3.0)
    server.signal.on_event(TransferRequested(leg=bob.leg, ref=9, other=consulting.leg))
    await bob.wait_for(CallState.ENDED)
    await consulting.wait_for(CallState.ENDED)
    await asyncio.sleep(5.0)
    alice.end()
    await carol.wait_for(CallState.ENDED)


async def hold_mute_message_digits(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.dial("bob", action="/after"))
    document(server, "/after", "<Hangup/>")
    server.signal.register("bob")
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    bob.answer()
    await asyncio.sleep(1.0)
    event = server.signal.on_event
    event(Muted(leg=alice.leg, muted=True))
    await asyncio.sleep(0.5)
    event(MessageReceived(leg=bob.leg, content_type="text/plain", body="hello"))
    await asyncio.sleep(0.5)
    alice.send_digits("12", signalled=True)
    await asyncio.sleep(0.5)
    hold = Sdp("offer hold")
    event(Reoffered(leg=bob.leg, number=1, sdp=hold, reason=RenegotiationReason.HOLD))
    await asyncio.sleep(2.0)
    bob.end()
    await alice.wait_for(CallState.ENDED)


async def hung_up_while_ringing(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.dial("bob", action="/after"))
    document(server, "/after", "<Hangup/>")
    server.signal.register("bob")
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    bob.ring()
    await asyncio.sleep(2.0)
    alice.end(Cause.CANCELLED)
    await bob.wait_for(CallState.ENDED)


async def digits(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.digits("12w34w5") + xml.say("done"))
    alice = caller(server)
    await alice.wait_for(CallState.ENDED)


async def menu(server: RestartingServer, xml: DialectXml) -> None:
    """One menu is passed by, the next one takes three keys, the last one a key during its prompt."""
    passed = xml.collect(xml.say("no key"), action="/never")
    document(
        server, "/answer", passed + xml.collect(xml.play("/long.wav"), action="/second", keys=3)
    )
    last = xml.play("/a.wav") + xml.say("a sentence that takes some time")
    document(server, "/second", xml.collect(last, action="/third"))
    document(server, "/third", "<Hangup/>")
    server.web.page("/a.wav", Page(body=wav(440.0, 2.0), content_type="audio/wav"))
    server.web.page("/long.wav", Page(body=wav(440.0, 30.0), content_type="audio/wav"))
    alice = caller(server)
    await alice.wait_for(CallState.UP)
    await asyncio.sleep(15.0)
    while not server.web.requests_to("/second"):
        for key in "123":
            alice.send_digits(key, signalled=True)
            await asyncio.sleep(0.3)
        await asyncio.sleep(4.0)
    while not server.web.requests_to("/third"):
        alice.send_digits("7", signalled=True)
        await asyncio.sleep(4.0)
    await alice.wait_for(CallState.ENDED)


async def screened(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.screened("bob", action="/after", document="/screen"))
    menu = xml.collect(xml.say("press 1"), action="/taken") if xml.name == "twilio" else ""
    document(server, "/screen", menu or xml.play("/a.wav"))
    document(server, "/taken", xml.say("thank you"))
    document(server, "/after", "<Hangup/>")
    server.web.page("/a.wav", Page(body=wav(440.0, 2.0), content_type="audio/wav"))
    server.signal.register("bob")
    alice = caller(server)
    bob = await server.signal.next_invite("bob")
    bob.ring()
    await asyncio.sleep(2.0)
    bob.answer()
    await asyncio.sleep(4.5)
    bob.send_digits("1", signalled=True)
    await asyncio.sleep(9.0)
    bob.end()
    await alice.wait_for(CallState.ENDED)


async def queue(server: RestartingServer, xml: DialectXml) -> None:
    """A caller waits, an agent takes it, and the two talk until the agent hangs up."""
    del xml
    document(server, "/answer", '<Enqueue action="/after" waitUrl="">sales</Enqueue>')
    document(server, "/second", '<Dial action="/taken"><Queue>sales</Queue></Dial>')
    document(server, "/after", "<Hangup/>")
    document(server, "/taken", "<Hangup/>")
    alice = caller(server)
    await alice.wait_for(CallState.UP)
    await asyncio.sleep(8.0)
    agent = server.signal.call(Party(account=ACCOUNT, name="bob", application=SECOND), "sales")
    await agent.wait_for(CallState.UP)
    await asyncio.sleep(20.0)
    agent.end()
    await alice.wait_for(CallState.ENDED)


async def early(server: RestartingServer, xml: DialectXml) -> None:
    inner = xml.play("/a.wav") + xml.pause(3) + xml.digits("1w2") + xml.say("a sentence")
    document(server, "/answer", f"<PreAnswer>{inner}</PreAnswer>" + xml.say("hello"))
    server.web.page("/a.wav", Page(body=wav(440.0, 2.0), content_type="audio/wav"))
    alice = caller(server)
    await alice.wait_for(CallState.ENDED)


async def outbound(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.say("hello") + xml.dial("bob", action="/after"))
    document(server, "/after", "<Hangup/>")
    for name in ("alice", "bob"):
        server.signal.register(name)
    made = await server.directory.application(ACCOUNT, APPLICATION)
    assert made is not None
    call = OutboundCall(
        account=ACCOUNT, to=client("alice"), caller="client:desk", application=made, ring_s=30.0
    )
    await server.dispatcher.begin(call)
    alice = await server.signal.next_invite("alice")
    alice.ring()
    await asyncio.sleep(2.0)
    alice.answer()
    bob = await server.signal.next_invite("bob")
    bob.answer()
    await asyncio.sleep(3.0)
    bob.end()
    await alice.wait_for(CallState.ENDED)


STORIES: dict[str, Story] = {
    "attended transfer": attended_transfer,
    "play, say and pause": play_say_pause,
    "dial": dial,
    "several at once": several,
    "one after another": one_after_another,
    "answer on bridge": answer_on_bridge,
    "redirect with fallback": redirect_with_fallback,
    "blind transfer": blind_transfer,
    "failed transfer": failed_transfer,
    "hold, mute, message and digits": hold_mute_message_digits,
    "hung up while it rings": hung_up_while_ringing,
    "digits": digits,
    "menu": menu,
    "early": early,
    "screened": screened,
    "queue": queue,
    "outbound": outbound,
}
# The other dialect has no words for these.
ONLY = {
    "one after another": "twilio",
    "answer on bridge": "twilio",
    "early": "plivo",
    "queue": "twilio",
}
FAILING = {"blind transfer": "failed transfer", "failed transfer": "failed transfer"}
MORE = {"redirect with fallback": {"fallback_url": f"{ORIGIN}/fallback"}}


async def run_story(name: str, xml: DialectXml, moment: int) -> RestartingServer:
    dialect = xml.dialect()
    server = RestartingServer(dialect, ends_at=moment)
    first = application(dialect, **MORE.get(name, {}))
    server.directory.add(first)
    server.directory.add(replace(first, id=SECOND, answer_url=f"{ORIGIN}/second"))
    await server.run(lambda server: STORIES[name](server, xml))
    return server


def run(name: str, xml: DialectXml, moment: int) -> RestartingServer:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(asyncio.wait_for(run_story(name, xml, moment), 3_000))


CASES = [
    (name, dialect)
    for name in STORIES
    for dialect in DIALECT_XML
    if ONLY.get(name, dialect) == dialect
]


@pytest.mark.parametrize(("name", "dialect"), CASES)
def test_a_restart_at_any_moment_changes_nothing(name: str, dialect: str) -> None:
    xml = DIALECT_XML[dialect]
    undisturbed = run(name, xml, 0)
    expected = facts(undisturbed.web, undisturbed.records)
    # A transfer whose target had not answered has failed.
    failing = FAILING.get(name)
    otherwise = None
    if failing is not None:
        failed = run(failing, xml, 0)
        otherwise = apart_from_carol(facts(failed.web, failed.records))
    for moment in range(1, len(undisturbed.life.moments) + 1):
        what = f"{moment}: {undisturbed.life.moments[moment - 1]}"
        server = run(name, xml, moment)
        assert server.restarts == 1, what
        found = facts(server.web, server.records)
        difference = "\n".join(difflib.unified_diff(expected, found, lineterm="", n=0))
        assert not difference or apart_from_carol(found) == otherwise, f"{what}\n{difference}"


async def page_stays_away(server: RestartingServer, xml: DialectXml) -> None:
    document(server, "/answer", xml.pause(3))
    server.signal.reattaches = False
    caller(server)
    await asyncio.sleep(700.0)


def test_a_call_whose_page_is_back_but_never_offers_ends(xml: DialectXml) -> None:
    server = RestartingServer(xml.dialect(), ends_at=6)
    server.directory.add(application(xml.dialect()))
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        story = server.run(lambda server: page_stays_away(server, xml))
        runner.run(asyncio.wait_for(story, 3_000))
    (record,) = server.records.records
    assert record.cause is Cause.SERVER_RESTARTED
    assert len(server.records.callbacks) == 1


RECORDED: dict[str, str] = {
    "twilio": '<Record action="/recorded" playBeep="false" recordingStatusCallback="/status"/>',
    "plivo": (
        f'<Record action="{ORIGIN}/recorded" playBeep="false" callbackUrl="{ORIGIN}/status"/>'
    ),
}


async def message(server: RestartingServer, xml: DialectXml) -> None:
    """A caller speaks for ten seconds, and presses a key."""
    document(server, "/answer", RECORDED[xml.dialect().name])
    document(server, "/recorded", xml.say("thank you"))
    alice = caller(server)
    await alice.wait_for(CallState.UP)
    await asyncio.sleep(10.0)
    alice.send_digits("#", signalled=True)
    await alice.wait_for(CallState.ENDED)


def recorded(xml: DialectXml, moment: int) -> RestartingServer:
    server = RestartingServer(xml.dialect(), ends_at=moment)
    server.directory.add(application(xml.dialect()))
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        story = server.run(lambda server: message(server, xml))
        runner.run(asyncio.wait_for(story, 3_000))
    return server


def test_a_recording_is_joined_from_its_parts_whenever_its_server_dies(xml: DialectXml) -> None:
    undisturbed = recorded(xml, 0)
    names = [*undisturbed.life.moments]
    assert {"recording-started", "before a recording's end"} <= set(names)
    for moment in range(len(names) + 1):
        what = f"{moment}: {names[moment - 1] if moment else 'never'}"
        server = recorded(xml, moment)
        (kept,) = server.recordings.all.values()
        assert kept.state == "completed", what
        # Two seconds are without a server, and the page takes a moment to be back.
        assert 7.0 < (kept.duration_s or 0.0) <= 10.2, f"{what}: {kept.duration_s}"
        asked = server.web.requests_to("/recorded")
        assert {request.parameters["Digits"] for request in asked} == {"#"}, what
        assert len({callback.key for callback in server.recordings.callbacks}) == 1, what
        assert len(server.recordings.callbacks) == 1, what
