"""What is looked for in a party's audio: who answered, silence, beeps, keys as tones."""

import asyncio
from typing import Final

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.base.address import Address, Kind
from offhook.calls.machine_detection import MachineDetection
from offhook.dialects.plivo.dialect import Plivo
from offhook.flow.outbound import OutboundCall
from offhook.links.simulated.behaviour import Babble, Beep, Behaviour, Step, Tones, Wait
from offhook.testing.simulation import Simulation
from offhook.testing.web import ORIGIN, ReceivedRequest
from plivo import plivoxml

THEIRS: Final = "+12025550150"
MESSAGE_END: Final = MachineDetection(message_end=True)


async def called(
    xml: DialectXml, *steps: Step, machine: MachineDetection | None = None, events: bool = True
) -> tuple[Simulation, ReceivedRequest, float]:
    """A program has called a number that does these steps: the first request, and when it came."""
    simulation = Simulation(xml.dialect())
    simulation.add_carrier(
        Behaviour(number=THEIRS, rings_s=28.0, steps=steps, telephone_events=events)
    )
    simulation.set_answer(xml.say("hello") if machine is not None else "")
    async with simulation:
        outbound = OutboundCall(
            account=simulation.application.account,
            to=Address(Kind.NUMBER, THEIRS),
            caller="anonymous",
            application=simulation.application,
            ring_s=60.0,
            machine=machine or MachineDetection(),
        )
        began = asyncio.get_running_loop().time()
        await simulation.dispatcher.begin(outbound)
        record = await simulation.records.record()
    (asked,) = simulation.web.requests_to("/answer")
    answered = next(e.at for e in record.journal if e.event == "leg-answered")
    sent = next(e.at for e in record.journal if e.event == "document-requested")
    assert began >= 0.0
    return simulation, asked, sent - answered


def answered_by(xml: DialectXml, asked: ReceivedRequest) -> str:
    return asked.parameters["AnsweredBy" if xml.name == "twilio" else "Machine"]


@pytest.mark.parametrize(
    ("steps", "twilio", "plivo", "within_s"),
    [
        ((Wait(wait_s=0.3), Babble(babble_s=0.75)), "human", "false", (1.5, 3.1)),
        ((Wait(wait_s=7.5), Babble(babble_s=6.0)), "unknown", "false", (4.9, 5.2)),
        (
            (Babble(babble_s=2.0), Wait(wait_s=0.5), Babble(babble_s=3.0)),
            "machine_start",
            "true",
            (2.3, 3.0),
        ),
        ((Wait(wait_s=1.0), Babble(babble_s=8.0)), "machine_start", "true", (3.3, 4.0)),
    ],
)
async def test_who_answered_is_known_before_the_first_document(
    xml: DialectXml,
    steps: tuple[Step, ...],
    twilio: str,
    plivo: str,
    within_s: tuple[float, float],
) -> None:
    _, asked, waited_s = await called(xml, *steps)
    assert answered_by(xml, asked) == {"twilio": twilio, "plivo": plivo}[xml.name]
    assert within_s[0] <= waited_s <= within_s[1]
    if xml.name == "twilio":
        assert int(asked.parameters["MachineDetectionDuration"]) == pytest.approx(
            1000 * waited_s, abs=50
        )


@pytest.mark.parametrize("pause_s", [0.5, 2.0, 4.0])
async def test_the_message_begins_after_the_beep(xml: DialectXml, pause_s: float) -> None:
    steps = (Babble(babble_s=5.0), Wait(wait_s=pause_s), Beep(beep_s=0.6))
    _, asked, waited_s = await called(xml, *steps, machine=MESSAGE_END)
    expected = {"twilio": "machine_end_beep", "plivo": "true"}[xml.name]
    assert answered_by(xml, asked) == expected
    assert 5.6 + pause_s <= waited_s <= 6.4 + pause_s


async def test_a_greeting_without_a_beep_ends_in_silence(xml: DialectXml) -> None:
    _, asked, waited_s = await called(xml, Babble(babble_s=5.0), machine=MESSAGE_END)
    expected = {"twilio": "machine_end_silence", "plivo": "true"}[xml.name]
    assert answered_by(xml, asked) == expected
    assert 10.0 <= waited_s <= 12.5


async def waited(wait: plivoxml.WaitElement, *steps: Step) -> float:
    """How long a `<Wait>` lasts for a number that does these steps."""
    simulation = Simulation(Plivo())
    simulation.add_carrier(Behaviour(number=THEIRS, rings_s=1.0, steps=steps))
    made = plivoxml.ResponseElement()
    made.add(wait)
    simulation.web.page("/answer", made.to_string())
    async with simulation:
        outbound = OutboundCall(
            account=simulation.application.account,
            to=Address(Kind.NUMBER, THEIRS),
            caller="anonymous",
            application=simulation.application,
        )
        await simulation.dispatcher.begin(outbound)
        record = await simulation.records.record()
    began = next(e.at for e in record.journal if e.event == "verb-started")
    ended = next(e.at for e in record.journal if e.event == "verb-ended")
    return ended - began


async def test_a_wait_ends_once_the_party_is_silent() -> None:
    speaks = Babble(babble_s=4.0)
    wait = plivoxml.WaitElement(length=20, silence=True, min_silence=3000)
    assert 6.8 <= await waited(wait, speaks) <= 7.6
    by_default = plivoxml.WaitElement(length=20, silence=True)
    assert 5.8 <= await waited(by_default, speaks) <= 6.6
    assert await waited(plivoxml.WaitElement(length=8), speaks) == pytest.approx(8.0, abs=0.1)


async def test_a_wait_ends_with_a_beep() -> None:
    steps = (Babble(babble_s=3.0), Wait(wait_s=1.0), Beep(beep_s=0.5))
    beeped = await waited(plivoxml.WaitElement(length=20, beep=True), *steps)
    assert 4.4 <= beeped <= 5.0
    silent = await waited(plivoxml.WaitElement(length=7, beep=True), Babble(babble_s=3.0))
    assert silent == pytest.approx(7.0, abs=0.1)


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_keys_as_tones_are_collected(dialect: str) -> None:
    xml = DIALECT_XML[dialect]
    simulation = Simulation(xml.dialect())
    tones = Behaviour(
        number=THEIRS,
        rings_s=1.0,
        telephone_events=False,
        steps=(Wait(wait_s=2.0), Tones(tones="12w3")),
    )
    simulation.add_carrier(tones)
    simulation.set_answer(xml.collect(xml.say("a long text " * 20), action="/taken", keys=3))
    simulation.web.page("/taken", "<Response/>")
    async with simulation:
        outbound = OutboundCall(
            account=simulation.application.account,
            to=Address(Kind.NUMBER, THEIRS),
            caller="anonymous",
            application=simulation.application,
        )
        await simulation.dispatcher.begin(outbound)
        record = await simulation.records.record()
    (asked,) = simulation.web.requests_to("/taken")
    assert asked.parameters["Digits"] == "123"
    assert asked.url.startswith(ORIGIN)
    ends = [e.details["end"] for e in record.journal if e.event == "play-ended"]
    assert ends[0] == "interrupted", "the first key stops the prompt"
