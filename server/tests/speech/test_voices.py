"""Every requested voice maps to one that we have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.speech.voices import languages, nearest


@pytest.mark.parametrize(
    ("voice", "language", "first", "woman", "known"),
    [
        ("man", "en-US", "en-us", False, True),
        ("MAN", "en-GB", "en-gb", False, True),
        ("woman", "de-DE", "de-de", True, True),
        ("WOMAN", "es-US", "es-419", True, True),
        ("alice", "pt-BR", "pt-br", True, True),
        ("", "", "en-us", False, True),
        ("Polly.Joanna", "en-US", "en-us", True, True),
        ("Polly.Matthew-Neural", "en-US", "en-us", False, True),
        ("Polly.Vicki", "en-US", "de-de", True, True),
        ("Polly.Zhiyu", "en-US", "cmn", True, True),
        ("Google.de-DE-Standard-A", "en-US", "de-de", True, True),
        ("Google.en-GB-Wavenet-B", "en-US", "en-gb", False, True),
        ("Google.fr-FR-Chirp3-HD-Aoede", "en-US", "fr-fr", True, True),
        ("Polly.Nobody", "fr-FR", "fr-fr", False, False),
        ("some woman", "it-IT", "it-it", True, False),
    ],
)
def test_a_voice_is_found(voice: str, language: str, first: str, woman: bool, known: bool) -> None:
    found = nearest(voice, language)
    assert (found.names[0], found.woman, found.known) == (first, woman, known)


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("en-AU", ("en-gb", "en-us")),
        ("de-CH", ("de-ch", "de", "en-us")),
        ("nb_NO", ("nb", "en-us")),
        ("pt-PT", ("pt", "en-us")),
        ("xx-YY", ("xx-yy", "xx", "en-us")),
        ("not a language", ("en-us",)),
        ("../../etc/passwd", ("en-us",)),
        ("en+croak", ("en-us",)),
    ],
)
def test_fallback_voices_end_with_one_that_always_exists(tag: str, names: tuple[str, ...]) -> None:
    assert languages(tag) == names


@given(st.text(max_size=40), st.text(max_size=40))
def test_arbitrary_text_does_not_raise(voice: str, language: str) -> None:
    found = nearest(voice, language)
    assert found.names[-1] == "en-us"
    assert all(name.isascii() and name.replace("-", "").isalnum() for name in found.names)
