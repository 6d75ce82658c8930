"""Callers press keys: in menus, during prompts, too late and too early, with the vendors' own documents."""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from dialect_xml import DIALECT_XML
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.loop import VirtualLoop
from offhook.testing.simulation import Simulation
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page
from plivo import plivoxml
from twilio.twiml.voice_response import Gather, VoiceResponse

KEY_S: Final = 0.17
"""A key and the gap after it."""


class Caller:
    """Alice, who calls an application whose documents its vendor's library made."""

    def __init__(self, harness: UnitHarness, leg: FakeLeg) -> None:
        self.harness = harness
        self.leg = leg
        self.loop = asyncio.get_running_loop()

    def presses(self, key: str, at: float) -> None:
        """Press a key so many seconds from now, in the media or over the link in turn."""
        signalled = key in "13579"
        self.loop.call_later(at, lambda: self.leg.send_digits(key, signalled=signalled))

    def requests(self, path: str) -> list[dict[str, str]]:
        return [dict(request.parameters) for request in self.harness.web.requests_to(path)]


def twiml(build: Callable[[VoiceResponse], object]) -> str:
    response = VoiceResponse()
    build(response)
    return str(response)


def plivo_xml(build: Callable[[plivoxml.ResponseElement], object]) -> str:
    response = plivoxml.ResponseElement()
    build(response)
    return response.to_string()


async def calls(document: str, dialect: str, act: Callable[[Caller], object]) -> Caller:
    """Alice calls, does something, and the call comes to its end."""
    async with UnitHarness({"twilio": Twilio(), "plivo": Plivo()}) as harness:
        for seconds in (2, 6):
            page = Page(body=wav(440.0, float(seconds)), content_type="audio/wav")
            harness.web.page(f"/{seconds}.wav", page)
        harness.web.page("/wrong.wav", Page(body=wav(700.0, 1.0), content_type="audio/wav"))
        harness.web.page("/answer", document)
        for path in ("/keys", "/next"):
            harness.web.page(path, "<Response/>")
        caller = Caller(harness, harness.call(dialect=dialect))
        await caller.leg.wait_for(CallState.UP)
        act(caller)
        await caller.leg.wait_for(CallState.ENDED)
        await harness.records.record()
    return caller


def keys(*presses: tuple[str, float]) -> Callable[[Caller], object]:
    """Press each key at its time after the answer."""

    def act(caller: Caller) -> None:
        for key, at in presses:
            caller.presses(key, at)

    return act


def nothing(_caller: Caller) -> None:
    """Press no key."""


def gather(*inner: str, after: bool = False, **attributes: object) -> str:
    """A document with one `<Gather>`; `6` in it is a file of six seconds."""

    def build(response: VoiceResponse) -> None:
        verb = Gather(**({"action": "/keys"} | attributes))
        for seconds in inner:
            verb.play(f"{ORIGIN}/{seconds}.wav")
        response.append(verb)
        if after:
            response.redirect("/next")

    return twiml(build)


def get_digits(*inner: str, after: bool = False, **attributes: object) -> str:
    """The same with `<GetDigits>`."""

    def build(response: plivoxml.ResponseElement) -> None:
        verb = plivoxml.GetDigitsElement(**({"action": f"{ORIGIN}/keys"} | attributes))
        for seconds in inner:
            verb.add(plivoxml.PlayElement(f"{ORIGIN}/{seconds}.wav"))
        response.add(verb)
        if after:
            response.add(plivoxml.RedirectElement(f"{ORIGIN}/next"))

    return plivo_xml(build)


def get_input(*inner: str, after: bool = False, **attributes: object) -> str:
    """The same with `<GetInput>`."""

    def build(response: plivoxml.ResponseElement) -> None:
        usual: dict[str, object] = {"action": f"{ORIGIN}/keys", "input_type": "dtmf"}
        verb = plivoxml.GetInputElement(**(usual | attributes))
        for seconds in inner:
            verb.add(plivoxml.PlayElement(f"{ORIGIN}/{seconds}.wav"))
        response.add(verb)
        if after:
            response.add(plivoxml.RedirectElement(f"{ORIGIN}/next"))

    return plivo_xml(build)


def digits(caller: Caller) -> list[str]:
    """The keys of each request to the action."""
    return [asked.get("Digits", "none") for asked in caller.requests("/keys")]


def times(caller: Caller, path: str = "/keys") -> list[float]:
    return [request.at for request in caller.harness.web.requests_to(path)]


async def test_only_the_gap_between_keys_counts_after_the_first_key() -> None:
    document = gather("2", timeout=3)
    caller = await calls(document, "twilio", keys(("1", 4.9), ("2", 7.4), ("3", 9.9)))
    assert digits(caller) == ["123"]
    (at,) = times(caller)
    assert at == pytest.approx(12.9, abs=0.2)


async def test_plivo_has_a_timeout_of_its_own_between_keys() -> None:
    document = get_digits("2", timeout=5, digit_timeout=3)
    caller = await calls(document, "plivo", keys(("1", 6.9), ("2", 9.7)))
    assert digits(caller) == ["12"]
    (at,) = times(caller)
    assert at == pytest.approx(12.7, abs=0.2)


@pytest.mark.parametrize(
    ("document", "dialect", "at"),
    [
        (gather(), "twilio", 6.0),
        (get_digits(), "plivo", 3.0),
        (get_input(), "plivo", 3.0),
    ],
)
async def test_keys_without_an_end_key_are_submitted_after_the_timeout(
    document: str, dialect: str, at: float
) -> None:
    caller = await calls(document, dialect, keys(("4", 0.5), ("2", 1.0)))
    assert digits(caller) == ["42"]
    assert times(caller) == [pytest.approx(at, abs=0.2)]


@pytest.mark.parametrize(
    ("document", "dialect"),
    [
        (gather(finish_on_key="", num_digits=3), "twilio"),
        (get_digits(finish_on_key="none", num_digits=3), "plivo"),
        (get_input(finish_on_key="none", num_digits=3), "plivo"),
    ],
)
async def test_without_an_end_key_all_keys_are_collected(document: str, dialect: str) -> None:
    caller = await calls(document, dialect, keys(("*", 0.5), ("1", 1.0), ("#", 1.5)))
    assert digits(caller) == ["*1#"]


@pytest.mark.parametrize("at", [0.05, 4.8])
@pytest.mark.parametrize(
    ("document", "dialect"),
    [
        (gather(num_digits=1), "twilio"),
        (get_digits(num_digits=1), "plivo"),
        (get_input(num_digits=1), "plivo"),
    ],
)
async def test_a_key_is_taken_without_any_prompt(document: str, dialect: str, at: float) -> None:
    caller = await calls(document, dialect, keys(("7", at)))
    assert digits(caller) == ["7"]


async def test_nothing_of_one_gather_is_left_in_the_next() -> None:
    second = gather("6", barge_in=False, num_digits=1, action="/next")

    def act(caller: Caller) -> None:
        caller.harness.web.page("/keys", second)
        for key, at in (("1", 1.0), ("5", 3.0), ("6", 8.0)):
            caller.presses(key, at)

    caller = await calls(gather("6", num_digits=1), "twilio", act)
    assert digits(caller) == ["1"]
    (asked,) = caller.requests("/next")
    assert asked["Digits"] == "6"
    ends = [
        str(entry.details["end"])
        for entry in caller.harness.records.records[0].journal
        if entry.event == "play-ended"
    ]
    assert ends == ["stopped", "finished"]


@pytest.mark.parametrize(
    ("document", "dialect"),
    [
        (gather(num_digits=5), "twilio"),
        (get_digits(num_digits=5), "plivo"),
        (get_input(num_digits=5), "plivo"),
    ],
)
async def test_the_last_key_of_a_count_submits_at_once(document: str, dialect: str) -> None:
    presses = [(key, 0.5 + 0.3 * n) for n, key in enumerate("12345")]
    caller = await calls(document, dialect, keys(*presses))
    assert digits(caller) == ["12345"]
    assert times(caller) == [pytest.approx(1.7, abs=0.2)]


@pytest.mark.parametrize(
    ("document", "dialect", "finish"),
    [
        (gather(), "twilio", "#"),
        (gather(finish_on_key="*"), "twilio", "*"),
        (get_digits(), "plivo", "#"),
        (get_digits(finish_on_key="9"), "plivo", "9"),
        (get_input(), "plivo", "#"),
        (get_input(finish_on_key="*"), "plivo", "*"),
    ],
)
async def test_the_end_key_submits_and_is_not_collected(
    document: str, dialect: str, finish: str
) -> None:
    caller = await calls(document, dialect, keys(("4", 0.5), ("2", 0.8), (finish, 1.1)))
    assert digits(caller) == ["42"]
    assert times(caller) == [pytest.approx(1.1, abs=0.2)]


@pytest.mark.parametrize("pressed", [[], [("#", 1.0)]], ids=["no key", "only the end key"])
@pytest.mark.parametrize(
    ("document", "dialect"),
    [
        (gather("2", after=True), "twilio"),
        (get_digits("2", after=True), "plivo"),
        (get_input("2", after=True), "plivo"),
    ],
)
async def test_without_input_the_next_verb_runs(
    document: str, dialect: str, pressed: list[tuple[str, float]]
) -> None:
    caller = await calls(document, dialect, keys(*pressed))
    assert digits(caller) == []
    assert len(caller.requests("/next")) == 1


async def test_an_empty_result_is_posted_when_the_application_wants_it() -> None:
    document = gather("2", after=True, action_on_empty_result=True)
    caller = await calls(document, "twilio", nothing)
    (asked,) = caller.requests("/keys")
    assert "Digits" not in asked
    assert caller.requests("/next") == []


@pytest.mark.parametrize("at", [1.0, 3.0])
@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_key_before_the_gather_is_not_its_input(dialect: str, at: float) -> None:
    xml = DIALECT_XML[dialect]
    menu = gather(num_digits=1) if dialect == "twilio" else get_digits(num_digits=1)
    document = menu.replace("<Response>", f"<Response>{xml.play('/6.wav')}")
    caller = await calls(document, dialect, keys(("1", at)))
    assert digits(caller) == []


@pytest.mark.parametrize(
    ("document", "dialect"),
    [(gather("6", num_digits=1), "twilio"), (get_digits("6", num_digits=1), "plivo")],
)
async def test_the_same_key_counts_when_the_message_is_in_the_gather(
    document: str, dialect: str
) -> None:
    caller = await calls(document, dialect, keys(("1", 1.0)))
    assert digits(caller) == ["1"]
    assert times(caller) == [pytest.approx(1.0, abs=0.2)]


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_key_that_is_pressed_while_a_document_is_fetched_is_dropped(dialect: str) -> None:
    make = gather if dialect == "twilio" else get_digits
    second = make("2", num_digits=1, action=f"{ORIGIN}/next", finish_on_key="*")

    def act(caller: Caller) -> None:
        caller.harness.web.page("/keys", Page(body=second, delay_s=0.5))
        caller.presses("1", 1.0)
        caller.presses("#", 1.2)

    caller = await calls(make(num_digits=1), dialect, act)
    assert digits(caller) == ["1"]
    assert caller.requests("/next") == []


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_of_two_equal_menus_the_second_submits_once(dialect: str) -> None:
    menu = gather("2", num_digits=1) if dialect == "twilio" else get_digits("2", num_digits=1)
    start, end = menu.index("<Response>") + 10, menu.index("</Response>")
    document = f"{menu[:start]}{menu[start:end] * 2}</Response>"
    # The first plays for 2 s and waits for 5.
    caller = await calls(document, dialect, keys(("3", 8.0)))
    assert digits(caller) == ["3"]


async def test_a_repeated_file_stops_at_the_key() -> None:
    def build(response: plivoxml.ResponseElement) -> None:
        verb = plivoxml.GetDigitsElement(action=f"{ORIGIN}/keys", digit_timeout=20)
        verb.add(plivoxml.PlayElement(f"{ORIGIN}/6.wav", loop=3))
        response.add(verb)
        response.add(plivoxml.RedirectElement(f"{ORIGIN}/next"))

    caller = await calls(plivo_xml(build), "plivo", keys(("1", 1.0), ("#", 12.0)))
    assert digits(caller) == ["1"]
    assert caller.requests("/next") == []


async def test_prompts_are_repeated_for_each_attempt() -> None:
    document = get_digits("2", after=True, retries=3)
    caller = await calls(document, "plivo", nothing)
    assert len(caller.requests("/next")) == 1
    assert times(caller, "/next") == [pytest.approx(3 * 7.0, abs=0.5)]


async def test_a_wrong_key_plays_its_sound_and_uses_up_an_attempt() -> None:
    sound = f"{ORIGIN}/wrong.wav"
    document = get_digits(
        "2", retries=3, valid_digits="123", invalid_digits_sound=sound, num_digits=1
    )
    caller = await calls(document, "plivo", keys(("9", 1.0), ("8", 3.0), ("2", 5.5)))
    assert digits(caller) == ["2"]
    assert len(caller.requests("/wrong.wav")) == 2
    caller = await calls(document, "plivo", keys(("9", 1.0), ("8", 3.0), ("7", 5.5)))
    assert digits(caller) == []
    assert len(caller.requests("/wrong.wav")) == 3


async def test_a_beep_follows_the_prompts() -> None:
    plain = await calls(get_digits("2", play_beep=False, after=True), "plivo", nothing)
    beeping = await calls(get_digits("2", play_beep=True, after=True), "plivo", nothing)
    lasted = [each.harness.records.records[0].answered_s for each in (plain, beeping)]
    assert lasted[1] - lasted[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_the_actions_own_query_is_kept(dialect: str, method: str) -> None:
    url = f"{ORIGIN}/keys?node=default"
    make = gather if dialect == "twilio" else get_digits
    caller = await calls(make(num_digits=1, action=url, method=method), dialect, keys(("5", 1.0)))
    (asked,) = caller.harness.web.requests_to("/keys")
    assert (asked.method, asked.parameters["node"], asked.parameters["Digits"]) == (
        method,
        "default",
        "5",
    )
    query = parse_qs(urlsplit(asked.url).query)
    assert query["node"] == ["default"]
    assert ("Digits" in query) is (method == "GET")
    assert asked.url.count("?") == 1


async def test_a_gather_without_an_action_asks_for_its_own_document() -> None:
    document = gather(num_digits=1, action=None)
    caller = await calls(document, "twilio", keys(("5", 1.0)))
    first, second = caller.requests("/answer")
    assert "Digits" not in first
    assert second["Digits"] == "5"


@pytest.mark.parametrize("make", [get_digits, get_input])
async def test_an_ignored_answer_lets_the_document_go_on(make: Callable[..., str]) -> None:
    document = make(after=True, num_digits=1, redirect=False)
    caller = await calls(document, "plivo", keys(("5", 1.0)))
    assert digits(caller) == ["5"]
    assert len(caller.requests("/next")) == 1


async def test_the_kind_of_input_is_named() -> None:
    caller = await calls(get_input(num_digits=1), "plivo", keys(("5", 1.0)))
    (asked,) = caller.requests("/keys")
    assert (asked["InputType"], asked["Digits"], asked["Speech"]) == ("dtmf", "5", "")
    assert float(asked["BilledAmount"]) == 0.0


async def test_the_time_in_all_ends_the_input() -> None:
    document = get_input(execution_timeout=5, digit_end_timeout=4)
    caller = await calls(document, "plivo", keys(("1", 2.0), ("2", 4.5), ("3", 5.5)))
    assert digits(caller) == ["12"]
    assert times(caller) == [pytest.approx(5.0, abs=0.2)]


@pytest.mark.parametrize("make", [get_digits, get_input])
async def test_keys_are_hidden_when_the_application_wants_it(make: Callable[..., str]) -> None:
    for hides in (False, True):
        caller = await calls(make(num_digits=1, log=not hides), "plivo", keys(("5", 1.0)))
        shown = [
            entry.details.get("pii_digit")
            for entry in caller.harness.records.records[0].journal
            if entry.event == "digit-received"
        ]
        assert shown == ([""] if hides else ["5"])
        assert digits(caller) == ["5"]


@pytest.mark.parametrize(
    ("document", "dialect"),
    [
        (gather("2", after=True, input="speech"), "twilio"),
        (get_input("2", after=True, input_type="speech"), "plivo"),
    ],
)
async def test_speech_is_refused_with_a_warning_until_it_is_recognised(
    document: str, dialect: str
) -> None:
    caller = await calls(document, dialect, keys(("5", 1.0)))
    assert digits(caller) == []
    assert len(caller.requests("/next")) == 1
    assert "document-warning" in caller.harness.journal()


@pytest.mark.parametrize(
    ("document", "dialect"),
    [
        (gather(num_digits=1, input="dtmf speech"), "twilio"),
        (get_input(num_digits=1, input_type="dtmf speech"), "plivo"),
    ],
)
async def test_keys_are_collected_when_speech_is_wanted_too(document: str, dialect: str) -> None:
    caller = await calls(document, dialect, keys(("5", 1.0)))
    assert digits(caller) == ["5"]


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_prompt_that_fails_is_passed_over(dialect: str) -> None:
    make = gather if dialect == "twilio" else get_digits
    caller = await calls(make("missing", "2", num_digits=1), dialect, keys(("5", 6.0)))
    assert digits(caller) == ["5"]
    assert "sound-missing" in caller.harness.journal()


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_caller_who_hangs_up_posts_nothing(dialect: str) -> None:
    def act(caller: Caller) -> None:
        caller.presses("1", 1.0)
        caller.loop.call_later(1.5, caller.leg.end)

    make = gather if dialect == "twilio" else get_digits
    caller = await calls(make("6"), dialect, act)
    assert digits(caller) == []


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_key_counts_while_a_prompt_is_fetched(dialect: str) -> None:
    def act(caller: Caller) -> None:
        caller.presses("1", 0.5)

    make = gather if dialect == "twilio" else get_digits
    async with UnitHarness({"twilio": Twilio(), "plivo": Plivo()}) as harness:
        slow = Page(body=wav(440.0, 2.0), content_type="audio/wav", delay_s=3.0)
        harness.web.page("/2.wav", slow)
        harness.web.page("/answer", make("2", num_digits=1))
        harness.web.page("/keys", "<Response/>")
        caller = Caller(harness, harness.call(dialect=dialect))
        await caller.leg.wait_for(CallState.UP)
        act(caller)
        await caller.leg.wait_for(CallState.ENDED)
    assert digits(caller) == ["1"]
    assert times(caller) == [pytest.approx(0.5, abs=0.2)]


def _race(dialect: str, at: float, fetch_s: float) -> Caller:
    async def story() -> Caller:
        def act(caller: Caller) -> None:
            page = Page(body=wav(440.0, 2.0), content_type="audio/wav", delay_s=fetch_s)
            caller.harness.web.page("/2.wav", page)
            caller.presses("4", at)

        make = gather if dialect == "twilio" else get_digits
        return await calls(make("2", after=True, num_digits=1, timeout=5), dialect, act)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story())


@pytest.mark.parametrize("dialect", DIALECT_XML)
@pytest.mark.parametrize("edge", ["end of the prompt", "end of the time", "end of the fetch"])
def test_a_key_at_an_edge_ends_in_one_of_two_ways(dialect: str, edge: str) -> None:
    around = {"end of the prompt": 2.0, "end of the time": 7.0, "end of the fetch": 0.01}[edge]
    for run in range(90):
        at = max(0.0, around - 0.06 + run * 0.12 / 90)
        caller = _race(dialect, at, 0.01)
        asked, passed = digits(caller), len(caller.requests("/next"))
        assert (asked, passed) in ((["4"], 0), ([], 1)), at
        if edge != "end of the time":
            assert asked == ["4"], at


@pytest.mark.parametrize("signalled", [False, True])
@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_browser_presses_keys_in_a_menu(dialect: str, signalled: bool) -> None:
    xml = DIALECT_XML[dialect]
    make = gather if dialect == "twilio" else get_digits
    async with Simulation(xml.dialect()) as simulation:
        tone = Page(body=wav(700.0, 6.0), content_type="audio/wav")
        simulation.web.page("/6.wav", tone)
        simulation.web.page("/keys", f"<Response>{xml.pause(1)}</Response>")
        simulation.web.page("/answer", make("6", num_digits=2))
        alice = await simulation.add_browser("alice")
        calling = alice.call("menu")
        await calling.wait_connected()
        await asyncio.sleep(1)
        assert calling.tone_level_db(700.0) > 20
        (calling.signal_digits if signalled else calling.send_digits)("1")
        await asyncio.sleep(0.2)
        # It is silent, although the second key is not pressed yet.
        assert not await calling.receives_audio(0.4)
        (calling.signal_digits if signalled else calling.send_digits)("2")
        asked = await simulation.web.request("/keys")
        assert asked.parameters["Digits"] == "12"
        await calling.wait_for(type(calling.state).ENDED)
        record = await simulation.records.record()
    ends = [str(e.details["end"]) for e in record.journal if e.event == "play-ended"]
    assert ends == ["stopped" if signalled else "interrupted"]


async def test_the_method_of_an_input_is_obeyed() -> None:
    for method in ("GET", "POST"):
        caller = await calls(get_input(num_digits=1, method=method), "plivo", keys(("5", 1.0)))
        (asked,) = caller.harness.web.requests_to("/keys")
        assert asked.method == method


@pytest.mark.parametrize(
    "document",
    [
        get_digits("2", after=True, timeout=9),
        # The vendor documents the attribute, and its library does not know it.
        get_input("2", after=True).replace("<GetInput", '<GetInput startInputTimeout="9"'),
    ],
)
async def test_the_wait_for_the_first_key_is_as_long_as_it_says(document: str) -> None:
    caller = await calls(document, "plivo", nothing)
    assert times(caller, "/next") == [pytest.approx(11.0, abs=0.3)]


async def test_prompts_of_an_input_are_repeated() -> None:
    document = get_input("2", after=True, execution_timeout=5)
    document = document.replace("<GetInput", '<GetInput retries="2"')
    caller = await calls(document, "plivo", nothing)
    assert times(caller, "/next") == [pytest.approx(14.0, abs=0.5)]
