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
    """The document at `/answer`, for the beginning of a call, or `/after`, for the end of its dial."""
    if name == "after":
        return _after(parameters.get("DialStatus", ""))
    to = parameters.get("To", "")
    if not to or to == parameters.get("From"):
        return "<Response><Speak>Welcome to offhook. Dial a name, such as alice.</Speak></Response>"
    # This dialect takes absolute URLs only; a web server knows its own from the request.
    action = quoteattr(parameters.get("after_url", ""))
    return (
        f'<Response><Dial timeout="30" action={action}><User>{escape(to)}</User></Dial></Response>'
    )


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
