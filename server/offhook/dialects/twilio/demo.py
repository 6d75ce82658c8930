"""What the demonstration's own web server answers: the smallest application worth having."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def page(name: str, parameters: Mapping[str, str]) -> str:
    """The document at `/answer`, asked when a call begins, or `/after`, asked after its dial."""
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
    said = "is busy" if status == "busy" else "does not answer"
    return f"<Response><Say>The person you called {said}. Goodbye.</Say></Response>"
