"""Writes the pages on TwiML and Plivo XML out of the parsers themselves.

Each parser is run on a probe: an element with a recorder in place of its attributes, which notes every
attribute that the parser asks for, with its range and default.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final, TypeVar
from unittest.mock import patch

from offhook.base.hosts import Hosts
from offhook.dialects.attributes import Attributes, ParseContext, Warnings
from offhook.dialects.plivo import dial as plivo_dial
from offhook.dialects.plivo import mapping as plivo_mapping
from offhook.dialects.plivo import xml as plivo_xml
from offhook.dialects.twilio import conference as twilio_conference
from offhook.dialects.twilio import dial as twilio_dial
from offhook.dialects.twilio import mapping as twilio_mapping
from offhook.dialects.twilio import xml as twilio_xml
from offhook.dialects.xml import Element

_Value = TypeVar("_Value")
WORKS: Final = ""
NO_EFFECT: Final = "without effect"
LATER: Final = "not yet"
_URL: Final = "https://app.example/next"
_LATER: Final = ("record", "recordParticipantTrack", "transcript")
"""Attributes that parsers read only to warn of them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute as its parser reads it."""

    name: str
    values: str
    default: str
    status: str


class Recorder(Attributes):
    """Attributes of a probe: each that is asked for becomes a row."""

    def __init__(self, element: Element, warnings: Warnings, code: str) -> None:
        """Record those of `element`."""
        super().__init__(element, warnings, code)
        self.rows: list[Row] = []
        RECORDED.setdefault(element.name, self)

    def _row(self, name: str, values: str, default: object = "", status: str = WORKS) -> None:
        if all(row.name != name for row in self.rows):
            self.rows.append(Row(name, values, "" if default == "" else f"`{default}`", status))

    def text(self, name: str, otherwise: str = "", *, longest: int = 4_096) -> str:
        """Any text."""
        self._row(name, f"at most {longest:,} characters", otherwise)
        return super().text(name, otherwise, longest=longest)

    def given(self, name: str) -> str | None:
        """Any text."""
        self._row(name, _GIVEN.get(name, "text"))
        return super().given(name)

    def whole(self, name: str, otherwise: int, *, least: int, most: int, code: str = "") -> int:
        """A whole number."""
        self._row(name, f"{least:,} to {most:,}", f"{otherwise:,}")
        return super().whole(name, otherwise, least=least, most=most, code=code)

    def whole_or_auto(self, name: str, auto: int, *, least: int, most: int, code: str = "") -> int:
        """A whole number, or `auto`."""
        self._row(name, f"{least:,} to {most:,}, `auto`", f"{auto:,}")
        return super().whole_or_auto(name, auto, least=least, most=most, code=code)

    def key(self, name: str, otherwise: str, *, none: Collection[str], code: str = "") -> str:
        """A key."""
        words = " or ".join(f"`{word}`" if word else "empty" for word in sorted(none))
        self._row(name, f"one of `0-9 # *`; {words} for none", otherwise)
        return super().key(name, otherwise, none=none, code=code)

    def words(
        self, name: str, known: Collection[str], otherwise: Collection[str]
    ) -> frozenset[str]:
        """Some of a few words."""
        self._row(name, ", ".join(f"`{word}`" for word in known), " ".join(otherwise))
        return super().words(name, known, otherwise)

    def choice(
        self, name: str, values: Mapping[str, _Value], otherwise: _Value, *, code: str = ""
    ) -> _Value:
        """One of a few words."""
        default = next((word for word, value in values.items() if value is otherwise), "")
        if default == "" and otherwise in values.values():
            default = next(word for word, value in values.items() if value == otherwise)
        is_later = name in _LATER and self._element.name in ("Conference", "MultiPartyCall")
        status = LATER if is_later else WORKS
        self._row(name, ", ".join(f"`{word}`" for word in values), default, status)
        return super().choice(name, values, otherwise, code=code)

    def ignore(self, names: Collection[str]) -> None:
        """Known, and without effect."""
        for name in names:
            self._row(name, "", status=NO_EFFECT)
        super().ignore(names)

    def unsupported(self, names: Collection[str], code: str) -> None:
        """Known, and not supported yet."""
        for name in names:
            self._row(name, "", status=LATER)
        super().unsupported(names, code)


_GIVEN: Final = {
    "action": "a URL",
    "callerId": "a number, a name, `client:NAME`",
    "coach": "the CallSid of a member",
    "statusCallback": "a URL",
    "statusCallbackEvent": "some of `start end join leave mute hold modify speaker announcement`",
    "waitUrl": "a URL; empty for silence",
    "waitSound": "a URL",
    "callbackUrl": "a URL",
    "enterSound": "`beep:1`, `beep:2`",
    "exitSound": "`beep:1`, `beep:2`",
    "dialMusic": "`real`; other values not yet",
    "invalidDigitsSound": "a URL",
    "digits": "1 to 64 of `0-9 * # A-D w W`",
}
RECORDED: Final[dict[str, Recorder]] = {}


def _probe(name: str, children: tuple[str, ...] = ()) -> Element:
    found = Element(name=name, attributes={}, line=1)
    found.content.append(_URL)
    found.content.extend(Element(name=child, attributes={}, line=1) for child in children)
    return found


def _recorded(
    verbs: Mapping[str, Callable[..., object]],
    nouns: tuple[str, ...],
    dial: ModuleType,
    context: ParseContext,
    code: str,
) -> dict[str, list[Row]]:
    """The rows of each verb and noun."""
    RECORDED.clear()
    with patch.object(dial, "Attributes", Recorder):
        for name, parser in verbs.items():
            element = _probe(name, nouns if name == "Dial" else ())
            parser(element, Recorder(element, context.warnings, code), context)
    return {name: sorted(seen.rows, key=_order) for name, seen in RECORDED.items()}


def _order(row: Row) -> tuple[int, str]:
    return [WORKS, LATER, NO_EFFECT].index(row.status), row.name.lower()


def _section(title: str, rows: list[Row]) -> Iterator[str]:
    yield from (title, "")
    shown = [row for row in rows if row.status != NO_EFFECT]
    if not rows:
        yield from ("No attributes.", "")
    if shown:
        yield "| attribute | values | default | |"
        yield "|---|---|---|---|"
        for row in shown:
            yield f"| `{row.name}` | {row.values} | {row.default} | {row.status} |"
        yield ""
    without = [f"`{row.name}`" for row in rows if row.status == NO_EFFECT]
    if without:
        yield f"Accepted, without effect: {', '.join(without)}."
        yield ""


@dataclass(frozen=True, slots=True)
class _Page:
    title: str
    start: str
    about: Mapping[str, str]
    nouns: tuple[str, ...]
    later: Collection[str]
    nouns_later: Collection[str]


def _page(page: _Page, rows: Mapping[str, list[Row]]) -> str:
    lines = [f"# {page.title}", "", page.start, ""]
    for name in sorted(set(rows) - set(page.nouns)):
        lines += list(_section(f"## `<{name}>`", rows[name]))
        lines[-1:] = ["", page.about[name], ""] if page.about.get(name) else [""]
        if name == "Dial":
            for noun in page.nouns:
                lines += list(_section(f"### `<{noun}>` in `<Dial>`", rows[noun]))
                lines += [page.about[noun], ""]
    lines += ["## Not supported yet", ""]
    lines += [f"Ignored, with a warning in the journal: {_tags(page.later)}.", ""]
    if page.nouns_later:
        lines += [f"Not dialled: {_tags(page.nouns_later)} in `<Dial>`.", ""]
    text = "\n".join(lines)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip() + "\n"


def _tags(names: Collection[str]) -> str:
    return ", ".join(f"`<{name}>`" for name in sorted(names))


_MADE: Final = (
    "This page is generated from the parser by `tools/reference_pages.py`: it lists what works today. A "
    "document with something unknown or not yet supported continues without it, and the call's journal gets "
    "the entry `document-warning`."
)
_SOUND_FILES: Final = "Plays the URL in the text: see [sound files](sound-files.md)."
_NUMBERS: Final = (
    "Reaches the [simulated carrier](../how-to/numbers-without-a-carrier.md), if there is one; else it fails "
    "with `no-route`. The caller that it is shown must be a number: one of the account's, or that of a party "
    "of this call."
)


TWILIO: Final = _Page(
    title="TwiML",
    start=f"{_MADE} Names of verbs and attributes are case-sensitive; attribute values are not.",
    about={
        "Dial": (
            "Dials up to 10 targets at once, or with `sequential` in turn. Text in it is a number. `<Queue>` "
            "takes the caller who has waited longest, or waits for one; its `url` is a document for them."
        ),
        "Client": "The identity is the text, or `<Identity>`. The called page gets `<Parameter name value>`.",
        "Number": _NUMBERS,
        "Conference": (
            "The text names a conference of the account, which begins with its first member. Without "
            "`waitUrl` members wait with music, and with an empty one in silence; a wait document may hold "
            "`<Play>`, `<Say>`, `<Pause>` and `<Redirect>`. The first member's `statusCallback` counts for "
            "all. `hold`, `modify` and `announcement` are accepted, and do not occur yet."
        ),
        "Sip": "A SIP URI at a host of this server rings that client. Any other host fails with `no-route`.",
        "Enqueue": (
            "Waits in the queue that its text names, one of the account's own, until an agent dials it. The "
            "wait document is requested again whenever it is over, at most once a second; without `waitUrl` "
            "there is music. After a restart of the server callers go on waiting in their places."
        ),
        "Leave": "In a wait document: leaves the queue, and continues with the action of `<Enqueue>`.",
        "Gather": (
            "Collects keys; `<Say>`, `<Play>` and `<Pause>` in it are prompts, which a key stops. Keys that "
            "are pressed before it, or while a document is fetched, do not count. Without `action` it asks "
            "for its own document. Speech is not recognised yet: a warning says so, and keys are collected."
        ),
        "Hangup": "Ends the call. A call that was not answered is answered first.",
        "Pause": "As the first verb it lets the call ring for so long.",
        "Play": f"{_SOUND_FILES} With `digits` it sends DTMF instead.",
        "Redirect": "Continues with the document at the URL in the text.",
        "Reject": "Refuses a call that was not answered yet.",
        "Say": 'Speaks the text, or SSML. `loop="0"` repeats 1,000 times.',
    },
    nouns=("Client", "Number", "Sip", "Conference"),
    later=twilio_xml.NOT_SUPPORTED,
    nouns_later=twilio_dial.NOUNS_NOT_SUPPORTED,
)
PLIVO: Final = _Page(
    title="Plivo XML",
    start=_MADE,
    about={
        "DTMF": 'Sends 1 to 64 of `0-9 * # w W`. `async="false"` waits until they are sent.',
        "Dial": "Dials up to 20 targets at once. The caller hears ringing until one of them answers.",
        "User": "Its text is a name, or a SIP URI at `phone.plivo.com` or a host of this server.",
        "Number": _NUMBERS,
        "Conference": (
            "The text names a conference of the account, which begins with its first member. Without "
            "`waitSound` members wait in silence. It ends for all when the last member with "
            "`endConferenceOnExit` leaves. `enterSound` and `exitSound` may be `beep:1` or `beep:2`; URLs "
            "are not supported yet."
        ),
        "GetDigits": (
            "Collects keys; `<Speak>`, `<Play>` and `<Wait>` in it are prompts, which a key stops. No key, "
            "and a key that is not in `validDigits`, use up one of the `retries`. Keys that are pressed "
            "before it, or while a document is fetched, do not count."
        ),
        "GetInput": (
            "Collects keys like `<GetDigits>`. `executionTimeout` begins with the end of the prompts. Speech "
            "is not recognised yet: a warning says so, and keys are collected."
        ),
        "Hangup": "Ends the call; with `reason`, refuses a call that was not answered. `schedule`: not yet.",
        "Play": f'{_SOUND_FILES} `loop="0"` repeats without end.',
        "PreAnswer": (
            "Runs the `<Speak>`, `<Play>`, `<Wait>`, `<DTMF>`, `<GetDigits>` and `<Redirect>` in it before "
            "the call is answered, with early media."
        ),
        "Redirect": "Continues with the document at the URL in the text.",
        "Speak": 'Speaks the text, or SSML. `loop="0"` repeats without end.',
        "Wait": (
            "Silence of `length` seconds, or less with `silence`, `minSilence` or `beep`. As the first "
            "element it lets the call ring for so long, unless it listens."
        ),
    },
    nouns=("User", "Number"),
    later=plivo_xml.NOT_SUPPORTED,
    nouns_later=(),
)


def recorded_twiml() -> Mapping[str, list[Row]]:
    """The attributes of each TwiML verb and noun."""
    context = ParseContext(base=_URL, hosts=Hosts(), warnings=Warnings())
    rows = _recorded(
        twilio_xml.VERBS.parsers, TWILIO.nouns[:-1], twilio_dial, context, twilio_mapping.SCHEMA
    )
    # A conference cannot be dialled together with other nouns.
    with patch.object(twilio_conference, "Attributes", Recorder):
        RECORDED.clear()
        noun = _probe("Conference")
        twilio_conference.conference(noun, context, limit_s=1, star_ends=False, then=None)
    return {**rows, "Conference": sorted(RECORDED["Conference"].rows, key=_order)}


def recorded_plivo() -> Mapping[str, list[Row]]:
    """The attributes of each element of Plivo XML."""
    context = ParseContext(hosts=Hosts(), warnings=Warnings())
    return _recorded(
        plivo_xml.VERBS.parsers, PLIVO.nouns, plivo_dial, context, plivo_mapping.UNKNOWN
    )


def twiml() -> str:
    """The page on TwiML."""
    return _page(TWILIO, recorded_twiml())


def plivo() -> str:
    """The page on Plivo XML."""
    return _page(PLIVO, recorded_plivo())
