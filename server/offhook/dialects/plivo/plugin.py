"""What this dialect brings to a server: itself, its tokens, its demonstration."""

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from offhook.base.ids import Ids
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.plivo.tokens import PlivoTokens
from offhook.dialects.registry import DialectPlugin

_APPLICATION_DIGITS: Final = 17


def new_application_id(ids: Ids) -> str:
    """An `app_id` as the vendor writes them."""
    return ids.digits(_APPLICATION_DIGITS)


def demo_page(name: str, parameters: Mapping[str, str]) -> str:
    """The document at `/answer`, for the beginning of a call, or at one of the others that it leads to."""
    if name == "after":
        return _after(parameters.get("DialStatus", ""))
    if name == "menu":
        return _chosen(parameters.get("Digits", ""), parameters)
    if name == "voicemail":
        return _left(parameters.get("RecordUrl", ""))
    to = parameters.get("To", "")
    if _dialled(to) == "menu":
        return f"<Response>{_menu(parameters)}<Speak>Goodbye.</Speak></Response>"
    if _dialled(to) == "room":
        return f"<Response>{_ROOM}</Response>"
    if _dialled(to) == "voicemail":
        return f"<Response>{_voicemail(parameters)}</Response>"
    if _dialled(to) in ("queue", "agent"):
        return (
            "<Response><Speak>This dialect has no queues. Dial queue as alice.</Speak></Response>"
        )
    if not to or to == parameters.get("From"):
        return "<Response><Speak>Welcome to offhook. Dial a name, such as alice.</Speak></Response>"
    # This dialect takes absolute URLs only; a web server knows its own from the request.
    action = quoteattr(parameters.get("after_url", ""))
    is_number = to.isdecimal() and len(to) >= _SHORTEST_NUMBER
    noun, shown = ("Number", ' callerId="anonymous"') if is_number else ("User", "")
    return (
        f'<Response><Dial timeout="30" action={action}{shown}>'
        f"<{noun}>{escape(to)}</{noun}></Dial></Response>"
    )


_SHORTEST_NUMBER: Final = 7
_ROOM: Final = (
    "<Speak>You are in a conference. Others can dial room, too.</Speak>"
    '<Conference enterSound="beep:1" exitSound="beep:2">room</Conference>'
)


def _dialled(to: str) -> str:
    return to.removeprefix("sip:").partition("@")[0]


def _voicemail(parameters: Mapping[str, str]) -> str:
    action = quoteattr(parameters.get("voicemail_url", ""))
    return (
        "<Speak>Leave a message after the tone, and press the pound key when you are done.</Speak>"
        f'<Record action={action} fileFormat="wav"/>'
    )


def _left(url: str) -> str:
    played = f"<Play>{escape(url)}</Play>"
    return f"<Response><Speak>You said:</Speak>{played}<Speak>Goodbye.</Speak></Response>"


def _menu(parameters: Mapping[str, str]) -> str:
    action = quoteattr(parameters.get("menu_url", ""))
    return (
        f'<GetDigits numDigits="1" action={action}>'
        "<Speak>This is a menu. Press 1 to hear which key you pressed, or 2 to call alice. "
        "You need not wait for the end of this sentence: the first key stops it.</Speak></GetDigits>"
    )


def _chosen(key: str, parameters: Mapping[str, str]) -> str:
    if key == "2":
        action = quoteattr(parameters.get("after_url", ""))
        return f"<Response><Dial action={action}><User>alice</User></Dial></Response>"
    said = "You pressed 1." if key == "1" else f"There is nothing at the key {escape(key)}."
    menu = _menu(parameters)
    return f"<Response><Speak>{said}</Speak>{menu}<Speak>Goodbye.</Speak></Response>"


def _after(status: str) -> str:
    if status == "completed":
        return "<Response><Hangup/></Response>"
    reason = "is busy" if status == "busy" else "does not answer"
    return f"<Response><Speak>The person you called {reason}. Goodbye.</Speak></Response>"


PLUGIN: Final = DialectPlugin(
    create=Plivo,
    tokens=PlivoTokens(),
    demo=demo_page,
    new_application_id=new_application_id,
)
