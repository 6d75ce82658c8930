"""The callback about the end of a call, in the parts that all dialects share."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from offhook.base.accounts import Application
from offhook.base.records import Callback, CallRecord
from offhook.base.url_options import apply_url_options
from offhook.base.web import Signing, WebRequest

if TYPE_CHECKING:
    from offhook.dialects.base import Dialect


def callback(
    dialect: "Dialect",
    record: CallRecord,
    application: Application,
    parameters: Mapping[str, str],
    *,
    event: str,
    secret: str,
    nonce: str,
) -> Sequence[Callback]:
    """The request to the application's hangup URL, if it has one.

    Args:
        dialect: How it is signed, and how long it may take.
        record: The call that ended.
        application: Its hangup URL is requested.
        parameters: The parameters of the request.
        event: The dialect's name of the event; identifies the callback within the call.
        secret: What it is signed with.
        nonce: A text that was never used before.
    """
    if not application.hangup_url:
        return ()
    url, limits = apply_url_options(application.hangup_url, dialect.limits, dialect.widest)
    fields = tuple(parameters.items())
    method = application.hangup_method
    request = WebRequest(
        method=method,
        url=url,
        form=fields,
        signing=Signing(dialect=dialect.name, secret=secret, nonce=nonce),
        limits=limits,
        account=record.account,
    )
    return (Callback(key=f"{record.id}-{event}", call=record.id, order=0, request=request),)
