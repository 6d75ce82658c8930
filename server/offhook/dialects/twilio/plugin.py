"""What this dialect brings to a server: itself, its tokens, its demonstration."""

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from offhook.dialects.registry import DialectPlugin
from offhook.dialects.twilio.dialect import Twilio
from offhook.dialects.twilio.tokens import TwilioTokens

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def demo_page(name: str, parameters: Mapping[str, str]) -> str:
    """The document at `/answer`, for the beginning of a call, or `/after`, for the end of its dial."""
    if name == "after":
        return _HEAD + _after(parameters.get("DialCallStatus", ""))
    to = parameters.get("To", "").removeprefix("client:")
    if not to or f"client:{to}" == parameters.get("From"):
        return (
            f"{_HEAD}<Response><Say>Welcome to offhook. Dial a name, such as bob.</Say></Response>"
        )
    return (
        f"{_HEAD}<Response>"
        f'<Dial timeout="30" answerOnBridge="true" action="after"><Client>{escape(to)}</Client></Dial>'
        "</Response>"
    )


def _after(status: str) -> str:
    if status in ("completed", "answered"):
        return "<Response><Hangup/></Response>"
    reason = "is busy" if status == "busy" else "does not answer"
    return f"<Response><Say>The person you called {reason}. Goodbye.</Say></Response>"


PLUGIN: Final = DialectPlugin(create=Twilio, tokens=TwilioTokens(), demo=demo_page)
