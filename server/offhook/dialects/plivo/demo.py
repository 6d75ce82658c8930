"""What the demonstration's own web server answers: the smallest application worth having."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr


def page(name: str, parameters: Mapping[str, str]) -> str:
    """The document at `/answer`, asked when a call begins, or `/after`, asked after its dial."""
    if name == "after":
        return _after(parameters.get("DialStatus", ""))
    to = parameters.get("To", "")
    if not to or to == parameters.get("From"):
        return "<Response><Speak>Welcome to offhook. Dial a name, such as alice.</Speak></Response>"
    # This dialect takes absolute URLs only; a web server knows its own by what it was asked as.
    action = quoteattr(parameters.get("after_url", ""))
    return (
        f'<Response><Dial timeout="30" action={action}><User>{escape(to)}</User></Dial></Response>'
    )


def _after(status: str) -> str:
    if status == "completed":
        return "<Response><Hangup/></Response>"
    said = "is busy" if status == "busy" else "does not answer"
    return f"<Response><Speak>The person you called {said}. Goodbye.</Speak></Response>"
