"""The ring-back tones of countries."""

from collections.abc import Mapping
from typing import Final

from offhook.base.media import Tone, Tones

# Frequencies in Hz, then seconds of tone and of pause in turn (ITU-T E.180 Supplement 2).
_CADENCES: Final[Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "at": ((420,), (1, 5)),
    "au": ((400, 425), (0.4, 0.2, 0.4, 2)),
    "be": ((425,), (1, 3)),
    "bg": ((425,), (1, 4)),
    "br": ((425,), (1, 4)),
    "ch": ((425,), (1, 4)),
    "cl": ((400,), (1, 3)),
    "cn": ((450,), (1, 4)),
    "cz": ((425,), (1, 4)),
    "de": ((425,), (1, 4)),
    "dk": ((425,), (1, 4)),
    "ee": ((425,), (1, 4)),
    "es": ((425,), (1.5, 3)),
    "fi": ((425,), (1, 4)),
    "fr": ((440,), (1.5, 3.5)),
    "gr": ((425,), (1, 4)),
    "hu": ((425,), (1.25, 3.75)),
    "il": ((400,), (1, 3)),
    "in": ((400, 425), (0.4, 0.2, 0.4, 2)),
    "it": ((425,), (1, 4)),
    "jp": ((400, 385), (1, 2)),
    "lt": ((425,), (1, 4)),
    "mx": ((425,), (1, 4)),
    "my": ((425,), (0.4, 0.2, 0.4, 2)),
    "nl": ((425,), (1, 4)),
    "no": ((425,), (1, 4)),
    "nz": ((400, 450), (0.4, 0.2, 0.4, 2)),
    "ph": ((425, 480), (1, 4)),
    "pl": ((425,), (1, 4)),
    "pt": ((425,), (1, 5)),
    "ru": ((425,), (0.8, 3.2)),
    "se": ((425,), (1, 5)),
    "sg": ((400, 425), (0.4, 0.2, 0.4, 2)),
    "th": ((400,), (1, 4)),
    "tw": ((440, 480), (1, 2)),
    "uk": ((400, 450), (0.4, 0.2, 0.4, 2)),
    "us": ((440, 480), (2, 4)),
    "us-old": ((420, 500), (2, 4)),
    "ve": ((425,), (1, 4)),
    "za": ((400, 433), (0.4, 0.2, 0.4, 2)),
}


def _tones(country: str) -> Tones:
    hz, rhythm = _CADENCES[country]
    tones = (
        Tone(hz=hz if number % 2 == 0 else (), seconds=seconds)
        for number, seconds in enumerate(rhythm)
    )
    return Tones(f"ring-back {country}", tuple(tones))


RINGBACK: Final[Mapping[str, Tones]] = {country: _tones(country) for country in _CADENCES}
"""By country code in lower case."""
USUAL: Final = "us"
"""The default ring-back tone."""
