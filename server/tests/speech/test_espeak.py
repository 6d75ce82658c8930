"""Library and program both speak, and neither interprets text as anything else."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import espeakng_loader
import numpy as np
import pytest
from offhook.speech import espeak
from offhook.speech.espeak import Library, NoVoice, Program, Synthesiser, Utterance


def utter(text: str, **changes: Any) -> Utterance:
    plain = Utterance(text=text, names=("en-us",), woman=False, rate=1.0, pitch=1.0, volume=1.0)
    return replace(plain, **changes)


@pytest.fixture(scope="module")
def library() -> Library:
    # The library can be started once in a process; tests of one file share it.
    return Library(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())


@pytest.fixture
def fake_program(tmp_path: Any) -> str:
    """A program that behaves as espeak-ng's command line does, in case it is not installed."""
    path = tmp_path / "espeak-ng"
    path.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --voices ]; then\n'
        "  echo 'Pty Language Age/Gender VoiceName File Other'; echo ' 5 en-us M us gmw/en'; exit\n"
        "fi\n"
        'printf "%s\\n" "$*" >"$0.args"; cat >"$0.text"\n'
        "head -c 24 /dev/zero; printf '\\200\\076\\000\\000'; head -c 16 /dev/zero; printf 'abcde'\n"
    )
    path.chmod(0o700)
    return str(path)


def spectrum_peak_hz(samples: Sequence[int], rate_hz: int) -> float:
    heard = np.array(samples, dtype=float)
    power = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    return float(np.average(np.fft.rfftfreq(len(heard), 1 / rate_hz), weights=power))


def test_speech_lasts_and_sounds_like_speech(library: Library) -> None:
    samples = library.speak(utter("Press one for sales, press two for service."))
    assert library.rate_hz == 22_050
    assert 2 < len(samples) / library.rate_hz < 5
    assert 200 < spectrum_peak_hz(samples, library.rate_hz) < 3000


def test_prosody_changes_the_sound(library: Library) -> None:
    plain = library.speak(utter("One two three four five."))
    slow = library.speak(utter("One two three four five.", rate=0.6))
    loud = library.speak(utter("One two three four five.", volume=1.6))
    assert len(slow) > 1.3 * len(plain)
    assert np.std(np.array(loud)) > 1.2 * np.std(np.array(plain))


def test_voices_and_languages_differ(library: Library) -> None:
    text = "Information eins zwei drei"
    said = [
        library.speak(utter(text, names=names, woman=woman)).tobytes()
        for names in (("en-us",), ("de",), ("fr-fr",))
        for woman in (False, True)
    ]
    assert len(set(said)) == 6
    pitches = [
        spectrum_peak_hz(library.speak(utter("Ah, ah, ah.", woman=woman)), library.rate_hz)
        for woman in (False, True)
    ]
    assert pitches[0] != pytest.approx(pitches[1], rel=0.02)


def test_a_language_that_is_not_there_leads_to_the_next(library: Library) -> None:
    nearest = library.speak(utter("Hello there", names=("xx-yy", "en-us")))
    # The synthesiser's output varies slightly.
    assert len(nearest) == pytest.approx(len(library.speak(utter("Hello there"))), rel=0.05)


@pytest.mark.parametrize(
    "text",
    ["<break time='60s'/>hello", "[[h@l'oU]]", "--help", "$(reboot)", "a" * 4096, "💣" * 500, "."],
)
def test_hostile_texts_are_texts(library: Library, text: str) -> None:
    assert len(library.speak(utter(text))) < 22_050 * 600


def test_markup_is_read_out_rather_than_obeyed(library: Library) -> None:
    plain = library.speak(utter("hello"))
    marked = library.speak(utter("<break time='60s'/>hello"))
    assert len(plain) < len(marked) < 22_050 * 20


def test_text_reaches_the_program_by_pipe_not_by_arguments(fake_program: str) -> None:
    program = Program(fake_program)
    samples = program.speak(utter("--help; $(reboot)", names=("xx", "en-us"), woman=True))
    assert samples.tobytes() == b"abcd"
    assert program.rate_hz == 16_000
    with open(f"{fake_program}.args") as arguments, open(f"{fake_program}.text") as text:
        assert arguments.read() == "-v en-us+f3 -s 165 -p 50 -a 100 --stdin --stdout -b 1\n"
        assert text.read() == "--help; $(reboot)"


@pytest.fixture
def without_wheel(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], Synthesiser]:
    """Looks for a synthesiser where the wheel is missing, and the program is as given."""

    def found(program: str | None) -> Synthesiser:
        monkeypatch.setitem(__import__("sys").modules, "espeakng_loader", None)
        monkeypatch.setattr(shutil, "which", lambda _name: program)
        return espeak.find()

    return found


def test_without_the_wheel_the_espeak_program_is_used(
    without_wheel: Any, fake_program: str
) -> None:
    assert isinstance(without_wheel(fake_program), Program)


def test_without_either_there_is_no_voice(without_wheel: Any) -> None:
    with pytest.raises(NoVoice):
        without_wheel(None)


def test_a_library_that_is_none_is_no_voice(tmp_path: Any) -> None:
    (tmp_path / "x.so").write_text("not a library")
    with pytest.raises(NoVoice):
        Library(str(tmp_path / "x.so"), str(tmp_path))
