"""Writes the requests that ask an application what to do."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from offhook.base.accounts import Application
from offhook.base.errors import UsageError
from offhook.base.ids import CallId, Ids, LegId
from offhook.base.url_options import apply_url_options
from offhook.base.web import Signing, WebReply, WebRequest, without_login
from offhook.calls.call import Call
from offhook.calls.leg import Leg, State
from offhook.dialects.base import Dialect, DocumentError
from offhook.verbs.base import CallState, Failed, Purpose, WebhookContext
from offhook.verbs.results import Result

_STATES = {
    State.NEW: CallState.RINGING,
    State.RINGING: CallState.RINGING,
    State.UP: CallState.UP,
    State.ENDED: CallState.ENDED,
}


def new_nonce(ids: Ids) -> str:
    """20 decimal digits, never used before: what one dialect's signature needs."""
    return f"{int(ids.hex32(), 16) % 10**20:020d}"


def token_of(call: CallId, number: int) -> str:
    """20 decimal digits by which a receiver recognises a request that is sent again.

    They follow from the journal entry of that number, so that a server that takes the call up sends the same.
    """
    digest = hashlib.sha256(f"{call}:{number}".encode()).digest()
    return f"{int.from_bytes(digest[:16]) % 10**20:020d}"


def placed(reply: WebReply, request: WebRequest) -> WebReply:
    """The reply, as if from the URL that the application wrote.

    A GET carries our parameters in its URL; relative URLs must not inherit them.
    """
    if reply.redirected:
        return reply
    return replace(reply, url=without_login(request.url))


def inline_reply(document: str, url: str = "") -> WebReply:
    """A document that a program gave us, as if it came from `url`."""
    return WebReply(
        url=url, status=200, content_type="application/xml", body=document.encode(), took_ms=0
    )


def check_document(dialect: Dialect, document: str | None, purpose: Purpose) -> None:
    """Check a document that a program gave us, if it gave one.

    Raises:
        UsageError: it is invalid.
    """
    if document is None:
        return
    try:
        dialect.parse(inline_reply(document), purpose)
    except DocumentError as error:
        raise UsageError(f"the document is invalid: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """What to ask, and where.

    Attributes:
        url: As the application wrote it; a fragment may change the limits.
        method: `GET` or `POST`.
        purpose: Why.
        result: How the verb ended that is the reason.
        failed: What failed before.
        document: The document itself, if it is known already: then there is no request.
        leg: Whose party it is about; nothing for the caller.
    """

    url: str
    method: str
    purpose: Purpose
    result: Result | None = None
    failed: Failed | None = None
    document: str | None = field(default=None, repr=False)
    leg: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBuilder:
    """What all questions of one call have in common.

    Attributes:
        secret: What the account's requests are signed with.
        base_url: Returns where people reach the server: links in requests begin with it.
    """

    application: Application
    dialect: Dialect
    secret: str = field(repr=False)
    base_url: Callable[[], str] = str

    def write(self, call: Call, request: WebhookRequest, nonce: str) -> WebRequest:
        """The request, encoded; it is signed when it is sent.

        Args:
            call: As it is now.
            request: What to ask.
            nonce: 20 decimal digits, never used before.
        """
        url, limits = apply_url_options(request.url, self.dialect.limits, self.dialect.widest)
        return WebRequest(
            method=request.method,
            url=url,
            form=self.dialect.parameters(self._ask(call, request)),
            signing=Signing(dialect=self.dialect.name, secret=self.secret, nonce=nonce),
            limits=limits,
            account=call.origin.account,
            call=call.origin.id,
        )

    def _ask(self, call: Call, request: WebhookRequest) -> WebhookContext:
        about = None if request.leg is None else call.leg(request.leg)
        if about is not None:
            return self._ask_about(call, about, request)
        return WebhookContext(
            purpose=request.purpose,
            account=call.origin.account,
            application=call.origin.application,
            call=call.origin.id,
            direction=str(call.origin.direction),
            caller=call.origin.caller,
            callee=call.origin.callee,
            state=_STATES[call.caller_leg.state],
            answered=call.caller_leg.up_at is not None,
            cause=call.caller_leg.cause,
            parameters=call.origin.parameters,
            headers=call.origin.headers,
            result=request.result,
            failed=request.failed,
            base_url=self.base_url(),
        )

    def _ask_about(self, call: Call, leg: Leg, request: WebhookRequest) -> WebhookContext:
        """The call of a party that was dialled, which is one of its own to applications."""
        return WebhookContext(
            purpose=request.purpose,
            account=call.origin.account,
            application=call.origin.application,
            call=CallId(leg.id),
            parent=call.origin.id,
            direction="outbound",
            caller=call.origin.caller,
            callee=leg.peer,
            state=_STATES[leg.state],
            answered=leg.up_at is not None,
            cause=leg.cause,
            parameters=call.origin.parameters,
            headers=call.origin.headers,
            result=request.result,
            failed=request.failed,
            base_url=self.base_url(),
        )
