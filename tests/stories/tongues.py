"""The same documents in both dialects, so that a story is told once."""

from typing import Final, Protocol

from offhook.dialects.base import Dialect
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.web import HOME, Asked


class Tongue(Protocol):
    """How one dialect says things."""

    name: str

    def dialect(self) -> Dialect: ...
    def dial(self, *names: str, action: str = "", ring_s: int = 30, more: str = "") -> str: ...
    def say(self, text: str) -> str: ...
    def play(self, path: str, times: int = 1) -> str: ...
    def pause(self, seconds: int) -> str: ...
    def go(self, path: str) -> str: ...
    def refuse(self, busy: bool = False) -> str: ...
    def how_dial_ended(self, asked: Asked) -> str: ...


class TwilioTongue:
    """TwiML."""

    name = "twilio"

    def dialect(self) -> Dialect:
        return Twilio()

    def dial(self, *names: str, action: str = "", ring_s: int = 30, more: str = "") -> str:
        then = f'action="{action}"' if action else ""
        targets = "".join(f"<Client>{name}</Client>" for name in names)
        return f'<Dial timeout="{ring_s}" {then} {more}>{targets}</Dial>'

    def say(self, text: str) -> str:
        return f"<Say>{text}</Say>"

    def play(self, path: str, times: int = 1) -> str:
        return f'<Play loop="{times}">{path}</Play>'

    def pause(self, seconds: int) -> str:
        return f'<Pause length="{seconds}"/>'

    def go(self, path: str) -> str:
        return f"<Redirect>{path}</Redirect>"

    def refuse(self, busy: bool = False) -> str:
        return '<Reject reason="busy"/>' if busy else "<Reject/>"

    def how_dial_ended(self, asked: Asked) -> str:
        return asked.said["DialCallStatus"]


class PlivoTongue:
    """Plivo XML."""

    name = "plivo"

    def dialect(self) -> Dialect:
        return Plivo()

    def dial(self, *names: str, action: str = "", ring_s: int = 30, more: str = "") -> str:
        then = f'action="{HOME}{action}"' if action else ""
        targets = "".join(f"<User>sip:{name}@phone.plivo.com</User>" for name in names)
        return f'<Dial timeout="{ring_s}" {then} {more}>{targets}</Dial>'

    def say(self, text: str) -> str:
        return f"<Speak>{text}</Speak>"

    def play(self, path: str, times: int = 1) -> str:
        return f'<Play loop="{times}">{HOME}{path}</Play>'

    def pause(self, seconds: int) -> str:
        return f'<Wait length="{seconds}"/>'

    def go(self, path: str) -> str:
        return f"<Redirect>{HOME}{path}</Redirect>"

    def refuse(self, busy: bool = False) -> str:
        return f'<Hangup reason="{"busy" if busy else "rejected"}"/>'

    def how_dial_ended(self, asked: Asked) -> str:
        return asked.said["DialStatus"]


TONGUES: Final[dict[str, Tongue]] = {"twilio": TwilioTongue(), "plivo": PlivoTongue()}
