"""Telephone numbers, as a simulated carrier has them: dialled, called by a program, and calling."""

import asyncio
from typing import Final

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.links.simulated.behaviour import Babble, Behaviour, Digits, HangUp, Then, Wait
from offhook.links.simulated.phone import SimulatedPhone
from offhook.testing.simulated_browser import BrowserCall, CallState
from offhook.testing.simulation import Simulation
from offhook.testing.web import ORIGIN, ReceivedRequest
from plivo import plivoxml
from scenes import ALICE_HZ, CLEAR_DB
from twilio.twiml.voice_response import Dial, VoiceResponse

OURS: Final = "+12025550199"
"""A number of the account."""
THEIRS: Final = "+12025550150"
THEIR_HZ: Final = 700.0
SPOKEN_DB: Final = 6.0
"""A tone in syllables is spread over more frequencies than a steady one."""


def dial(dialect: str, number: str = THEIRS, **more: str) -> str:
    """A document that dials a number, made by the vendor's own library."""
    attributes: dict[str, object] = {"timeout": 20, **more}
    digits = {"send_digits": str(attributes.pop("digits"))} if "digits" in attributes else {}
    attributes.setdefault("caller_id", OURS)
    if dialect == "twilio":
        response = VoiceResponse()
        noun = Dial(action="/after", **attributes)
        noun.number(number, **digits)
        response.append(noun)
        return str(response)
    attributes.pop("answer_on_bridge", None)
    made = plivoxml.ResponseElement()
    element = plivoxml.DialElement(action=f"{ORIGIN}/after", **attributes)
    element.add(plivoxml.NumberElement(number.removeprefix("+"), **digits))
    made.add(element)
    return made.to_string()


class Scene:
    """Alice calls, and her application dials a number."""

    def __init__(self, dialect: str, *behaviours: Behaviour) -> None:
        self.dialect = dialect
        self.simulation = Simulation(DIALECT_XML[dialect].dialect())
        self.carrier = self.simulation.add_carrier(*behaviours)
        self.simulation.directory.add_number(OURS)
        self.simulation.web.page("/after", "<Response/>")

    async def call(self, document: str) -> BrowserCall:
        self.simulation.web.page("/answer", document)
        alice = await self.simulation.add_browser("alice", hz=ALICE_HZ)
        return alice.call("a number")

    def phone(self) -> SimulatedPhone:
        (phone,) = self.carrier.phones.values()
        assert isinstance(phone, SimulatedPhone)
        return phone

    def after(self) -> ReceivedRequest:
        (asked,) = self.simulation.web.requests_to("/after")
        return asked

    def status(self) -> str:
        name = "DialCallStatus" if self.dialect == "twilio" else "DialStatus"
        return self.after().parameters[name]


@pytest.fixture(params=DIALECT_XML)
def dialect(request: pytest.FixtureRequest) -> str:
    """Each dialect in turn."""
    return str(request.param)


async def test_a_number_answers_and_the_two_hear_each_other(dialect: str) -> None:
    talks = Behaviour(number=THEIRS, steps=(Babble(babble_s=30.0, hz=THEIR_HZ),))
    scene = Scene(dialect, talks)
    async with scene.simulation:
        calling = await scene.call(dial(dialect))
        await calling.wait_for(CallState.UP)
        await asyncio.sleep(6.0)
        assert calling.tone_level_db(THEIR_HZ) > SPOKEN_DB
        assert scene.simulation.telephone_level_db(scene.phone(), ALICE_HZ) > CLEAR_DB
        calling.hang_up()
        await calling.wait_for(CallState.ENDED)
    assert not scene.carrier.phones
    assert scene.status() == "completed"


@pytest.mark.parametrize(
    ("then", "twilio", "plivo"),
    [
        (Then.BUSY, "busy", "busy"),
        (Then.SILENT, "no-answer", "no-answer"),
        (Then.REJECT, "busy", "busy"),
        (Then.UNKNOWN, "failed", "failed"),
    ],
)
async def test_why_a_number_is_not_reached(
    dialect: str, then: Then, twilio: str, plivo: str
) -> None:
    scene = Scene(dialect, Behaviour(number=THEIRS, then=then))
    async with scene.simulation:
        calling = await scene.call(dial(dialect))
        await calling.wait_for(CallState.ENDED)
    assert scene.status() == {"twilio": twilio, "plivo": plivo}[dialect]


async def test_a_number_that_hangs_up_ends_the_dial(dialect: str) -> None:
    leaves = Behaviour(number=THEIRS, steps=(Wait(wait_s=5.0), HangUp()))
    scene = Scene(dialect, leaves)
    async with scene.simulation:
        calling = await scene.call(dial(dialect))
        await calling.wait_for(CallState.ENDED)
    assert scene.status() == "completed"
    if dialect == "twilio":
        assert scene.after().parameters["DialCallDuration"] == "5"


async def test_early_media_is_heard_before_the_number_answers(dialect: str) -> None:
    speaks = Behaviour(
        number=THEIRS, rings_s=4.0, early=(Babble(babble_s=8.0, hz=THEIR_HZ),), steps=()
    )
    scene = Scene(dialect, speaks)
    async with scene.simulation:
        calling = await scene.call(dial(dialect, answer_on_bridge="true"))
        await calling.wait_for(CallState.RINGING)
        await asyncio.sleep(5.0)
        assert calling.state is CallState.RINGING, "it is not answered yet"
        assert calling.tone_level_db(THEIR_HZ) > SPOKEN_DB
        await calling.wait_for(CallState.UP)
        await asyncio.sleep(2.0)
        calling.hang_up()
        await calling.wait_for(CallState.ENDED)
    assert scene.status() == "completed"


async def test_the_number_gets_its_digits_before_the_two_are_bridged(dialect: str) -> None:
    scene = Scene(dialect, Behaviour(number=THEIRS))
    async with scene.simulation:
        calling = await scene.call(dial(dialect, digits="w12#"))
        await asyncio.sleep(6.0)
        assert scene.phone().received == "12#"
        calling.hang_up()
        await calling.wait_for(CallState.ENDED)


@pytest.mark.parametrize("caller", ["+12025550142", "somebody"])
async def test_a_caller_id_that_is_not_the_accounts_fails(dialect: str, caller: str) -> None:
    scene = Scene(dialect, Behaviour(number=THEIRS))
    async with scene.simulation:
        calling = await scene.call(dial(dialect, caller_id=caller))
        await calling.wait_for(CallState.ENDED)
    assert scene.status() == "failed"


async def test_a_number_calls_a_number_of_ours(xml: DialectXml) -> None:
    simulation = Simulation(xml.dialect())
    carrier = simulation.add_carrier()
    simulation.set_answer(xml.collect(xml.say("press a key"), action="/taken") + xml.say("bye"))
    simulation.web.page("/taken", "<Response/>")
    async with simulation:
        carrier.call(
            simulation.application.account,
            simulation.application.id,
            THEIRS,
            OURS,
            (Wait(wait_s=1.0), Digits(digits="7")),
        )
        record = await simulation.records.record()
    (asked,) = simulation.web.requests_to("/taken")
    assert asked.parameters["Digits"] == "7"
    expected = {"twilio": (THEIRS, OURS), "plivo": (THEIRS[1:], OURS[1:])}[xml.name]
    assert (asked.parameters["From"], asked.parameters["To"]) == expected
    assert asked.parameters["Direction"] == "inbound"
    assert (record.caller, record.callee) == (THEIRS, OURS)
    assert not carrier.phones
