"""Maps the voices and languages that applications name to those of the synthesiser."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")

# Language tags (BCP 47) whose voice has another name than the tag itself or its first part.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("en-us",),
    "en-au": ("en-gb",),
    "en-ca": ("en-us",),
    "en-in": ("en-gb",),
    "en-nz": ("en-gb",),
    "en-ie": ("en-gb",),
    "en-za": ("en-gb",),
    "en-gb-wls": ("en-gb",),
    "es-mx": ("es-419",),
    "es-us": ("es-419",),
    "fr": ("fr-fr",),
    "fr-ca": ("fr-fr",),
    "pt": ("pt",),
    "pt-pt": ("pt",),
    "zh": ("cmn",),
    "zh-cn": ("cmn",),
    "zh-tw": ("cmn",),
    "cmn-cn": ("cmn",),
    "zh-hk": ("yue",),
    "yue-cn": ("yue",),
    "no": ("nb",),
    "no-no": ("nb",),
    "nb-no": ("nb",),
    "arb": ("ar",),
    "iw": ("he",),
    "fil": ("id",),
    "fil-ph": ("id",),
}

# Whose names the vendors' catalogues of neural and standard voices use: language, and `w` or `m`.
_PEOPLE: Final[Mapping[str, str]] = {
    name.lower(): f"{language} {kind}"
    for language, women, men in (
        ("arb", "Zeina Hala", "Zayd"),
        ("ca-ES", "Arlet", ""),
        ("cs-CZ", "Jitka", ""),
        ("cmn-CN", "Zhiyu", ""),
        ("cy-GB", "Gwyneth", ""),
        ("da-DK", "Naja Sofie", "Mads"),
        ("de-AT", "Hannah", ""),
        ("de-CH", "Sabrina", ""),
        ("de-DE", "Marlene Vicki", "Hans Daniel"),
        ("en-AU", "Nicole Olivia", "Russell"),
        ("en-GB", "Amy Emma", "Brian Arthur"),
        ("en-IE", "Niamh", ""),
        ("en-IN", "Raveena Kajal Aditi", ""),
        ("en-NZ", "Aria", ""),
        ("en-SG", "Jasmine", ""),
        ("en-US", "Ivy Joanna Kendra Kimberly Salli Danielle Ruth", "Joey Justin Kevin Matthew"),
        ("en-US", "", "Gregory Stephen"),
        ("en-ZA", "Ayanda", ""),
        ("es-ES", "Conchita Lucia", "Enrique Sergio Raul"),
        ("es-MX", "Mia", "Andres"),
        ("es-US", "Lupe Penelope", "Miguel Pedro"),
        ("fi-FI", "Suvi", ""),
        ("fr-BE", "Isabelle", ""),
        ("fr-CA", "Chantal Gabrielle", "Liam"),
        ("fr-FR", "Celine Lea", "Mathieu Remi"),
        ("is-IS", "Dora", "Karl"),
        ("it-IT", "Carla Bianca", "Giorgio Adriano"),
        ("ja-JP", "Mizuki Kazuha Tomoko", "Takumi"),
        ("ko-KR", "Seoyeon Jihye", ""),
        ("nb-NO", "Liv Ida", ""),
        ("nl-BE", "Lisa", ""),
        ("nl-NL", "Lotte Laura", "Ruben"),
        ("pl-PL", "Ewa Maja Ola", "Jacek Jan"),
        ("pt-BR", "Camila Vitoria", "Ricardo Thiago"),
        ("pt-PT", "Ines", "Cristiano"),
        ("ro-RO", "Carmen", ""),
        ("ru-RU", "Tatyana", "Maxim"),
        ("sv-SE", "Astrid Elin", ""),
        ("tr-TR", "Filiz Burcu", ""),
        ("yue-CN", "Hiujin", ""),
    )
    for kind, people in (("w", women), ("m", men))
    for name in people.split()
}
# Voices of the older kind differ by a letter: these are women's in most languages.
_WOMENS_LETTERS: Final = frozenset("ACEFGH")
_PLAIN: Final[Mapping[str, bool]] = {
    "man": False,
    "woman": True,
    "alice": True,
    "male": False,
    "female": True,
    "": False,
}
_LETTERED: Final = re.compile(
    r"([a-z]{2,3}-[a-z]{2,4})(?:-[a-z0-9]+){1,3}-(?:([a-z])|([a-z]+))\Z", re.IGNORECASE
)
_STAR_WOMEN: Final = frozenset(
    word
    for line in (
        "achernar aoede autonoe callirrhoe despina erinome gacrux kore laomedeia leda",
        "pulcherrima sulafat vindemiatrix zephyr",
    )
    for word in line.split()
)


@dataclass(frozen=True, slots=True)
class Voice:
    """What the synthesiser is given.

    Attributes:
        names: Its names for the language, the best first; the last is always there.
        woman: Whether it is a woman's voice.
        known: Whether the application's voice was known; else this is the nearest.
    """

    names: tuple[str, ...]
    woman: bool
    known: bool


def nearest(voice: str, language: str) -> Voice:
    """The voice that is nearest to the one an application requested.

    A voice that belongs to a language overrides `language`.

    Args:
        voice: As the application wrote it: `woman`, or a name from a catalogue.
        language: A language tag (BCP 47); American English if it makes no sense.
    """
    name = voice.strip().lower()
    if name in _PLAIN:
        return Voice(languages(language), _PLAIN[name], known=True)
    _, _, person = name.rpartition(".")
    known = _PEOPLE.get(person.partition("-")[0])
    if known is not None:
        own, kind = known.split()
        return Voice(languages(own), kind == "w", known=True)
    lettered = _LETTERED.search(person)
    if lettered:
        woman = (lettered[2] or "").upper() in _WOMENS_LETTERS or lettered[3] in _STAR_WOMEN
        return Voice(languages(lettered[1]), woman, known=True)
    return Voice(languages(language), "woman" in name or "female" in name, known=False)


def languages(tag: str) -> tuple[str, ...]:
    """The synthesiser's names for a language, the best first."""
    lowered = tag.strip().lower().replace("_", "-")
    if not _TAG.match(lowered):
        return ("en-us",)
    first = lowered.partition("-")[0]
    names = (*_NAMES.get(lowered, (lowered,)), *_NAMES.get(first, (first,)), "en-us")
    return tuple(dict.fromkeys(names))
