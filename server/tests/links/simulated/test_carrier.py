"""The simulated carrier and its telephones on media that only remembers; the stories have sound."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from offhook.base.address import Address, Kind
from offhook.base.causes import Cause
from offhook.base.commands import Answer, Invite, Offer, SendMessage
from offhook.base.errors import PeerError, Unavailable, UsageError
from offhook.base.events import Connected, MediaClosed, Played, ReofferAnswered
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId, PlayId, Sdp
from offhook.base.media import PlayEnd, Silence, Sound, Tones
from offhook.links.ports import EndedBy, UnsupportedCommand
from offhook.links.router import Router
from offhook.links.simulated import carrier as carriers
from offhook.links.simulated import phone as phones
from offhook.links.simulated import sounds
from offhook.links.simulated.behaviour import Behaviour, HangUp, Say, Then, Wait
from offhook.links.simulated.behaviour import Tones as Keys
from offhook.links.simulated.carrier import SimulatedCarrier
from offhook.links.simulated.phone import SimulatedPhone
from offhook.testing.deterministic import LoopClock, SeededIds
from offhook.testing.loop import VirtualLoop

_TESTED = (carriers, phones, sounds)
ACCOUNT, APPLICATION = AccountId("MA1"), ApplicationId("1")
LEG = LegId("a" * 32)
NUMBER = "+12025550150"


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Time jumps."""
    return "asyncio", {"loop_factory": VirtualLoop}


class Owners:
    """No number belongs to an account."""

    async def owner_of(self, number: str) -> AccountId | None:
        del number
        return None


class BrokenSpeech:
    """No voice works."""

    async def synthesize(self, text: str, *, language: str, voice: str) -> Sound:
        raise Unavailable("no voice")


@dataclass
class Media:
    """Plays everything at once."""

    carrier: Any = None
    played: list[tuple[Any, int]] = field(default_factory=list[Any])
    refuses: Exception | None = None

    def open(self, leg: LegId, call: CallId) -> None:
        if self.refuses is not None:
            raise self.refuses

    def offer(self, leg: LegId) -> Sdp:
        return Sdp("offer")

    def answer(self, leg: LegId, offer: Sdp) -> Sdp:
        if offer == "bad":
            raise PeerError("it is bad")
        asyncio.get_running_loop().call_soon(self._connect, leg)
        return Sdp("answer")

    def accept(self, leg: LegId, answer: Sdp) -> None:
        if answer == "bad":
            raise PeerError("it is bad")
        self._connect(leg)

    def play(self, leg: LegId, sound: Sound, id: PlayId, *, times: int = 1) -> None:
        self.played.append((sound, times))
        played = Played(leg=leg, play=id, end=PlayEnd.FINISHED)
        asyncio.get_running_loop().call_soon(self.carrier.handle, played)

    def send_digits(self, leg: LegId, digits: str, id: PlayId) -> None:
        self.play(leg, Tones(digits, ()), id)

    def close(self, leg: LegId) -> None:
        self.carrier.handle(MediaClosed(leg=leg))

    def _connect(self, leg: LegId) -> None:
        self.carrier.handle(Connected(leg=leg, transport="udp", profile=""))


class Scene:
    """A carrier, and all that calls learn of it."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.invited: list[Any] = []
        self.router = Router(self.events.append, self.invited.append, SeededIds())
        self.media = Media()
        self.carrier = self.media.carrier = SimulatedCarrier(
            router=self.router,
            media=self.media,
            speech=BrokenSpeech(),
            owners=Owners(),
            clock=LoopClock(),
            ids=SeededIds(1),
        )
        self.router.attach(self.carrier)

    def invite(self, behaviour: Behaviour, caller: str = "anonymous", sdp: str = "offer") -> None:
        self.carrier.set(behaviour)
        to = Address(Kind.NUMBER, behaviour.number)
        self.router.send(LEG, Invite(account=ACCOUNT, to=to, caller=caller, sdp=Sdp(sdp)))

    def causes(self) -> list[Cause]:
        return [event.cause for event in self.events if hasattr(event, "cause")]


async def test_a_telephone_does_its_steps_and_hangs_up() -> None:
    scene = Scene()
    steps = (Say(say="a text"), Keys(tones="1w#"), Wait(wait_s=3.0), HangUp(), Wait(wait_s=9.0))
    scene.invite(Behaviour(number=NUMBER, steps=steps))
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(10.0)
    assert [type(event).__name__ for event in scene.events] == ["Ringing", "Answered", "HungUp"]
    assert scene.causes() == [Cause.NORMAL]
    (babble, times), (keys, _), (silence, _) = scene.media.played
    assert silence == Silence(3.0)
    assert babble == sounds.syllable(300.0)
    assert times == sounds.syllables(0.5)
    assert [tone.hz for tone in keys.tones] == [(697.0, 1209.0), (), (), (941.0, 1477.0), ()]
    assert not scene.carrier.phones
    assert asyncio.get_running_loop().time() - began == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("behaviour", "caller", "cause"),
    [
        (Behaviour(number=NUMBER, then=Then.BUSY), "anonymous", Cause.BUSY),
        (Behaviour(number=NUMBER, then=Then.REJECT), "anonymous", Cause.REJECTED),
        (Behaviour(number=NUMBER, then=Then.UNKNOWN), "anonymous", Cause.NO_ROUTE),
        (Behaviour(number=NUMBER), "client:alice", Cause.FORBIDDEN),
        (Behaviour(number=NUMBER), "+12025550142", Cause.FORBIDDEN),
    ],
)
async def test_a_call_that_is_not_answered_has_its_cause(
    behaviour: Behaviour, caller: str, cause: Cause
) -> None:
    scene = Scene()
    scene.invite(behaviour, caller)
    await asyncio.sleep(5.0)
    assert scene.causes() == [cause]
    assert not scene.carrier.phones
    assert not scene.router.bindings


async def test_one_that_gives_up_ends_what_the_telephone_does() -> None:
    scene = Scene()
    scene.invite(Behaviour(number=NUMBER, then=Then.SILENT))
    await asyncio.sleep(60.0)
    (phone,) = scene.carrier.phones.values()
    assert isinstance(phone, SimulatedPhone)
    assert phone.leg == LEG
    phone.ended(LEG, Cause.CANCELLED, EndedBy.PEER)
    await asyncio.sleep(0.0)
    assert not scene.carrier.phones
    await scene.carrier.stop()


@pytest.mark.parametrize(
    ("refuses", "sdp", "cause"),
    [
        (Unavailable("full"), "offer", Cause.CONGESTION),
        (None, "bad", Cause.INCOMPATIBLE_MEDIA),
    ],
)
async def test_media_that_cannot_be_had_ends_the_call(
    refuses: Exception | None, sdp: str, cause: Cause
) -> None:
    scene = Scene()
    scene.media.refuses = refuses
    scene.invite(Behaviour(number=NUMBER), sdp=sdp)
    await asyncio.sleep(5.0)
    assert scene.causes() == [cause]


async def test_a_telephone_that_calls_is_answered() -> None:
    scene = Scene()
    leg = scene.carrier.call(ACCOUNT, APPLICATION, "12025550150", "12025550199", (HangUp(),))
    (invited,) = scene.invited
    assert (str(invited.caller), invited.to) == (NUMBER, "+12025550199")
    assert invited.party.application == APPLICATION
    (phone,) = scene.carrier.phones.values()
    assert isinstance(phone, SimulatedPhone)
    with pytest.raises(UnsupportedCommand):
        phone.send(leg, SendMessage("text/plain", "hello"))
    phone.send(leg, Offer(number=3, sdp=Sdp("again"), reason="update"))  # type: ignore[arg-type]
    (answered,) = scene.events
    assert answered == ReofferAnswered(leg=leg, number=3, sdp=Sdp("answer"))
    scene.router.send(leg, Answer(Sdp("answer")))
    await asyncio.sleep(1.0)
    assert scene.causes() == [Cause.NORMAL]


async def test_an_answer_that_cannot_be_used_ends_the_call() -> None:
    scene = Scene()
    leg = scene.carrier.call(ACCOUNT, APPLICATION, NUMBER, "+12025550199")
    scene.router.send(leg, Answer(Sdp("bad")))
    assert scene.causes() == [Cause.NORMAL]
    await scene.carrier.stop()


async def test_there_are_only_so_many_telephones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers, "MOST_PHONES", 1)
    scene = Scene()
    scene.carrier.call(ACCOUNT, APPLICATION, NUMBER, "+12025550199")
    with pytest.raises(UsageError, match="1 simulated telephones"):
        scene.carrier.call(ACCOUNT, APPLICATION, NUMBER, "+12025550199")
    assert not scene.carrier.of(ACCOUNT, NUMBER)
    await scene.carrier.stop()
