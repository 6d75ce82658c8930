"""What this dialect brings to a server: itself, its tokens, its demonstration."""

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from offhook.dialects.registry import DialectPlugin
from offhook.dialects.twilio.dialect import Twilio
from offhook.dialects.twilio.tokens import TwilioTokens

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def demo_page(name: str, parameters: Mapping[str, str]) -> str:
    """The document at `/answer`, for the beginning of a call, or at one of the others that it leads to."""
    if name == "after":
        return _HEAD + _after(parameters.get("DialCallStatus", ""))
    if name == "menu":
        return _HEAD + _chosen(parameters.get("Digits", ""))
    if name == "voicemail":
        return _HEAD + _left(parameters.get("RecordingUrl", ""))
    if name == "wait":
        return _HEAD + _waiting(parameters.get("QueuePosition", ""))
    to = parameters.get("To", "").removeprefix("client:")
    if to == "menu":
        return f"{_HEAD}<Response>{_MENU}<Say>Goodbye.</Say></Response>"
    if to in _FIXED:
        return f"{_HEAD}<Response>{_FIXED[to]}</Response>"
    if not to or f"client:{to}" == parameters.get("From"):
        return (
            f"{_HEAD}<Response><Say>Welcome to offhook. Dial a name, such as bob.</Say></Response>"
        )
    noun, shown = ("Number", ' callerId="anonymous"') if to[0] == "+" else ("Client", "")
    return (
        f'{_HEAD}<Response><Dial timeout="30" answerOnBridge="true" action="after"{shown}>'
        f"<{noun}>{escape(to)}</{noun}></Dial></Response>"
    )


_FIXED: Final[Mapping[str, str]] = {
    "room": (
        "<Say>You are in a conference. Others can dial room, too.</Say>"
        "<Dial><Conference>room</Conference></Dial>"
    ),
    "voicemail": (
        "<Say>Leave a message after the tone, and press any key when you are done.</Say>"
        '<Record action="voicemail" maxLength="60"/>'
    ),
    "queue": '<Enqueue waitUrl="wait">demo</Enqueue>',
    "agent": "<Dial><Queue>demo</Queue></Dial>",
}
"""What is dialled, and what happens then."""


def _left(url: str) -> str:
    return f"<Response><Say>You said:</Say><Play>{escape(url)}.wav</Play><Say>Goodbye.</Say></Response>"


def _waiting(position: str) -> str:
    said = f"You are number {escape(position)} in the queue. Dial agent on another page to take this call."
    return f'<Response><Say>{said}</Say><Pause length="8"/></Response>'


_MENU: Final = (
    '<Gather numDigits="1" action="menu">'
    "<Say>This is a menu. Press 1 to hear which key you pressed, or 2 to call bob. "
    "You need not wait for the end of this sentence: the first key stops it.</Say></Gather>"
)


def _chosen(key: str) -> str:
    if key == "2":
        return '<Response><Dial timeout="30" action="after"><Client>bob</Client></Dial></Response>'
    said = "You pressed 1." if key == "1" else f"There is nothing at the key {escape(key)}."
    return f"<Response><Say>{said}</Say>{_MENU}<Say>Goodbye.</Say></Response>"


def _after(status: str) -> str:
    if status in ("completed", "answered"):
        return "<Response><Hangup/></Response>"
    reason = "is busy" if status == "busy" else "does not answer"
    return f"<Response><Say>The person you called {reason}. Goodbye.</Say></Response>"


PLUGIN: Final = DialectPlugin(create=Twilio, tokens=TwilioTokens(), demo=demo_page)
