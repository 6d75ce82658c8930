"""Markup becomes words and pauses; nothing in it becomes anything else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.speech.ssml import LONGEST, Part, Pause, Prosody, Text, marked, plain


def say(text: str, **prosody: object) -> Text:
    return Text(text, Prosody(**prosody))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, world!", [say("Hello, world!")]),
        ("  a\n\t b ", [say("a b")]),
        ("", []),
        (" \0 ", []),
        ("1 < 2 & <b>3</b>", [say("1 < 2 & <b>3</b>")]),
        ("<speak>a<break time='6s'/>b</speak>", [say("<speak>a<break time='6s'/>b</speak>")]),
        ("&lt;", [say("&lt;")]),
    ],
)
def test_plain_text_stays_as_it_is(text: str, expected: list[Part]) -> None:
    assert list(plain(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<speak>a</speak>", [say("a")]),
        ("<speak>1 &lt; 2 &amp; &#233;</speak>", [say("1 < 2 & é")]),
        ("<speak>a<break time='1s'/>b</speak>", [say("a"), Pause(1.0), say("b")]),
        ("<speak><break time='250ms'/></speak>", [Pause(0.25)]),
        ("<speak><break strength='strong'/></speak>", [Pause(0.5)]),
        ("<speak><break/></speak>", [Pause(0.25)]),
        ("<speak><break time='99999s'/></speak>", [Pause(10.0)]),
        ("<speak><break time='9s'/><break time='9s'/></speak>", [Pause(10.0)]),
        ("<speak><break time='.s'/></speak>", [Pause(0.25)]),
        ("<speak><p>a</p>b</speak>", [say("a"), Pause(1.0), say("b")]),
        ("<speak><s>a</s><s>b</s></speak>", [say("a"), Pause(0.5), say("b"), Pause(0.5)]),
        ("<speak><sub alias='World Wide Web'>WWW</sub>!</speak>", [say("World Wide Web !")]),
        ("<speak><sub>WWW</sub></speak>", [say("WWW")]),
        ("<speak><say-as interpret-as='digits'>42</say-as></speak>", [say("4 2")]),
        ("<speak><say-as interpret-as='characters'>ab1</say-as></speak>", [say("a, b, 1")]),
        ("<speak><say-as interpret-as='spell-out'>a b</say-as></speak>", [say("a, b")]),
        (
            "<speak><say-as interpret-as='telephone'>+1 555-0100</say-as></speak>",
            [say("plus 1, 5 5 5, 0 1 0 0")],
        ),
        ("<speak><say-as interpret-as='ordinal'>3</say-as></speak>", [say("3rd")]),
        ("<speak><say-as interpret-as='ordinal'>12</say-as></speak>", [say("12th")]),
        ("<speak><say-as interpret-as='ordinal'>x</say-as></speak>", [say("x")]),
        ("<speak><say-as interpret-as='expletive'>darn</say-as></speak>", [say("bleep")]),
        ("<speak><say-as interpret-as='date'>2026</say-as></speak>", [say("2026")]),
        ("<speak><lang xml:lang='fr-FR'>oui</lang></speak>", [say("oui", language="fr-FR")]),
        ("<speak><prosody rate='slow'>a</prosody></speak>", [say("a", rate=0.75)]),
        ("<speak><prosody rate='150%'>a</prosody></speak>", [say("a", rate=1.5)]),
        ("<speak><prosody rate='9999%'>a</prosody></speak>", [say("a", rate=2.5)]),
        ("<speak><prosody pitch='-20%'>a</prosody></speak>", [say("a", pitch=0.8)]),
        ("<speak><prosody volume='silent'>a</prosody></speak>", [say("a", volume=0.0)]),
        ("<speak><prosody volume='+99dB'>a</prosody></speak>", [say("a", volume=2.0)]),
        ("<speak><emphasis level='reduced'>a</emphasis></speak>", [say("a", rate=1.1, volume=0.8)]),
        ("<speak><phoneme alphabet='ipa' ph='x'>pecan</phoneme></speak>", [say("pecan")]),
        ("<speak><w role='amazon:VB'>read</w></speak>", [say("read")]),
        ("<speak><unknown a='b'>x</unknown></speak>", [say("x")]),
        ("<speak>a<!-- not b -->c</speak>", [say("a c")]),
        ("<speak>a</sub></p></speak>", [say("a"), Pause(1.0)]),
        ("<speak>never closed <prosody rate='slow'>a", [say("never closed"), say("a", rate=0.75)]),
    ],
)
def test_markup_becomes_words_and_pauses(text: str, expected: list[Part]) -> None:
    assert list(marked(text)) == expected


def test_prosody_is_combined_and_ends_with_its_tag() -> None:
    found = marked(
        "<speak><prosody rate='50%'><prosody rate='150%'>a</prosody>b</prosody>c</speak>"
    )
    assert found == (say("a", rate=0.75), say("b", rate=0.5), say("c"))


@given(st.text(st.characters(), max_size=300).map(lambda text: f"<speak>{text}"))
def test_arbitrary_text_yields_no_control_characters(text: str) -> None:
    for part in marked(text):
        if isinstance(part, Text):
            assert part.text
            assert not any(letter < " " or letter == "\x7f" for letter in part.text)


TAGS = st.lists(
    st.sampled_from(
        (
            *(
                "<speak>",
                "<p>",
                "</p>",
                "<s>",
                "</s>",
                "<break time='5s'/>",
                "<lang xml:lang='xx'>",
            ),
            *("<say-as interpret-as='digits'>", "</say-as>", "<sub alias='a'>", "</sub>", "12"),
            *("<prosody rate='10%'>", "</prosody>", "words ", "</lang>", "<", ">", "&amp;", "&#0;"),
            "<!--",
        )
    ),
    max_size=60,
)


@given(TAGS)
def test_tags_in_any_order_are_bounded(tags: list[str]) -> None:
    for part in marked("<speak>" + "".join(tags)):
        if isinstance(part, Pause):
            assert 0 <= part.seconds <= 10
        else:
            assert 0.4 <= part.prosody.rate <= 2.5 * 1.1**60


@pytest.mark.parametrize(
    "text",
    [
        "<speak>" + "<p>" * 200_000,
        "<speak>" + "<prosody rate='slow'>a" * 50_000,
        "<speak>" + "<break time='1s'/>a" * 50_000,
        "<speak>" + "<" * 300_000,
        "<speak>" + "<a " + "b='" * 100_000,
        "<speak>" + "<!--" * 100_000,
        "<speak>" + "&" * 300_000,
        "a" * 1_000_000,
        "a " * 500_000,
    ],
    ids=range(9),
)
def test_hostile_texts_cost_little_and_end(text: str) -> None:
    began = time.process_time()
    found = (marked if text.startswith("<speak") else plain)(text)
    assert time.process_time() - began < 2
    assert len(found) <= 500
    assert sum(len(part.text) for part in found if isinstance(part, Text)) <= LONGEST + 500


def test_a_long_text_is_cut_between_words() -> None:
    (cut,) = plain("word " * 2000)
    assert isinstance(cut, Text)
    assert len(cut.text) <= LONGEST
    assert cut.text.endswith(" word")
