"""The same documents in both dialects, so that a story is written once."""

from typing import Final, Protocol

from offhook.dialects.base import Dialect
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.web import ORIGIN, ReceivedRequest


class DialectXml(Protocol):
    """How one dialect says things."""

    name: str

    def dialect(self) -> Dialect: ...
    def dial(self, *names: str, action: str = "", ring_s: int = 30, more: str = "") -> str: ...
    def conference(self, name: str, *, action: str = "", more: str = "") -> str: ...
    def say(self, text: str) -> str: ...
    def play(self, path: str, times: int = 1) -> str: ...
    def pause(self, seconds: int) -> str: ...
    def redirect(self, path: str) -> str: ...
    def reject(self, busy: bool = False) -> str: ...
    def digits(self, digits: str) -> str: ...
    def collect(self, inner: str, *, action: str, keys: int = 1) -> str: ...
    def dial_status(self, asked: ReceivedRequest) -> str: ...
    def screened(self, name: str, *, action: str, document: str) -> str: ...


class TwimlDocuments:
    """TwiML."""

    name = "twilio"

    def dialect(self) -> Dialect:
        return Twilio()

    def dial(self, *names: str, action: str = "", ring_s: int = 30, more: str = "") -> str:
        then = f'action="{action}"' if action else ""
        targets = "".join(f"<Client>{name}</Client>" for name in names)
        return f'<Dial timeout="{ring_s}" {then} {more}>{targets}</Dial>'

    def conference(self, name: str, *, action: str = "", more: str = "") -> str:
        then = f'action="{action}"' if action else ""
        return f"<Dial {then}><Conference {more}>{name}</Conference></Dial>"

    def say(self, text: str) -> str:
        return f"<Say>{text}</Say>"

    def play(self, path: str, times: int = 1) -> str:
        return f'<Play loop="{times}">{path}</Play>'

    def pause(self, seconds: int) -> str:
        return f'<Pause length="{seconds}"/>'

    def redirect(self, path: str) -> str:
        return f"<Redirect>{path}</Redirect>"

    def reject(self, busy: bool = False) -> str:
        return '<Reject reason="busy"/>' if busy else "<Reject/>"

    def digits(self, digits: str) -> str:
        return f'<Play digits="{digits}"/>'

    def collect(self, inner: str, *, action: str, keys: int = 1) -> str:
        return f'<Gather action="{action}" numDigits="{keys}">{inner}</Gather>'

    def dial_status(self, asked: ReceivedRequest) -> str:
        return asked.parameters["DialCallStatus"]

    def screened(self, name: str, *, action: str, document: str) -> str:
        return f'<Dial action="{action}"><Client url="{document}">{name}</Client></Dial>'


class PlivoDocuments:
    """Plivo XML."""

    name = "plivo"

    def dialect(self) -> Dialect:
        return Plivo()

    def dial(self, *names: str, action: str = "", ring_s: int = 30, more: str = "") -> str:
        then = f'action="{ORIGIN}{action}"' if action else ""
        targets = "".join(f"<User>sip:{name}@phone.plivo.com</User>" for name in names)
        return f'<Dial timeout="{ring_s}" {then} {more}>{targets}</Dial>'

    def conference(self, name: str, *, action: str = "", more: str = "") -> str:
        then = f'action="{ORIGIN}{action}"' if action else ""
        return f"<Conference {then} {more}>{name}</Conference>"

    def say(self, text: str) -> str:
        return f"<Speak>{text}</Speak>"

    def play(self, path: str, times: int = 1) -> str:
        return f'<Play loop="{times}">{ORIGIN}{path}</Play>'

    def pause(self, seconds: int) -> str:
        return f'<Wait length="{seconds}"/>'

    def redirect(self, path: str) -> str:
        return f"<Redirect>{ORIGIN}{path}</Redirect>"

    def reject(self, busy: bool = False) -> str:
        return f'<Hangup reason="{"busy" if busy else "rejected"}"/>'

    def digits(self, digits: str) -> str:
        return f"<DTMF>{digits}</DTMF>"

    def collect(self, inner: str, *, action: str, keys: int = 1) -> str:
        more = f'numDigits="{keys}" retries="2" timeout="4"'
        return f'<GetDigits action="{ORIGIN}{action}" {more}>{inner}</GetDigits>'

    def dial_status(self, asked: ReceivedRequest) -> str:
        return asked.parameters["DialStatus"]

    def screened(self, name: str, *, action: str, document: str) -> str:
        confirm = f'confirmSound="{ORIGIN}{document}" confirmKey="1" confirmTimeout="9"'
        target = f"<User>sip:{name}@phone.plivo.com</User>"
        return f'<Dial action="{ORIGIN}{action}" {confirm}>{target}</Dial>'


DIALECT_XML: Final[dict[str, DialectXml]] = {"twilio": TwimlDocuments(), "plivo": PlivoDocuments()}
