"""Requests the instructions of an application without a call: for those who write applications."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from offhook.base.accounts import Application
from offhook.base.address import client
from offhook.base.clock import Clock
from offhook.base.ids import CallId, Ids
from offhook.base.web import WebFailure, WebReply, WebRequest
from offhook.calls.call import Call, Origin
from offhook.calls.leg import Direction
from offhook.dialects.base import Dialect, Document, DocumentError
from offhook.flow.webhook_request import RequestBuilder, WebhookRequest, new_nonce, placed
from offhook.verbs.base import Purpose


class HttpClient(Protocol):
    """What sends a request, as `flow.ports.Web`."""

    async def fetch(self, request: WebRequest) -> WebReply:
        """Send a request."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a call would have no document.

    Attributes:
        code: The vendor's, as sent to the fallback URL.
        fault: Ours, in one word: that of `WebFault`, or `document`.
        message: What is wrong.
    """

    code: str
    fault: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Request, response and parsed document.

    Attributes:
        request: As it was sent.
        status: The HTTP status; nothing if no answer came.
        reply: The answer; nothing if it cannot be used.
        document: The parsed document; nothing in case of `failure`.
    """

    request: WebRequest
    status: int | None
    reply: WebReply | None = None
    document: Document | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A call that could be made.

    Attributes:
        caller: The name of the endpoint that calls.
        to: Whom it calls, as its page writes it.
        parameters: What its page wants the application to know.
    """

    caller: str
    to: str
    parameters: Mapping[str, str]


async def attempt(
    application: Application,
    sample: Sample,
    *,
    dialect: Dialect,
    secret: str,
    web: HttpClient,
    clock: Clock,
    ids: Ids,
) -> Trial:
    """Ask the application's answer URL as a call would. No call begins, and nothing is kept.

    Args:
        application: Its answer URL is requested.
        sample: The call that is not made.
        dialect: The application's.
        secret: The account's; the request is signed with it.
        web: Sends the request.
        clock: The clock.
        ids: Where the id comes from that the call would have.
    """
    call = _call(application, sample, clock, ids)
    requests = RequestBuilder(application=application, dialect=dialect, secret=secret)
    question = WebhookRequest(
        url=application.answer_url, method=application.answer_method, purpose=Purpose.ANSWER
    )
    request = requests.write(call, question, new_nonce(ids))
    try:
        reply = await web.fetch(request)
    except WebFailure as error:
        code = dialect.failure_code(error, Purpose.ANSWER)
        failure = Failure(code=code, fault=error.fault.value, message=str(error))
        return Trial(request=request, status=error.status, failure=failure)
    try:
        document = dialect.parse(placed(reply, request), Purpose.ANSWER)
    except DocumentError as error:
        failure = Failure(code=error.code, fault="document", message=str(error))
        return Trial(request=request, status=reply.status, reply=reply, failure=failure)
    return Trial(request=request, status=reply.status, reply=reply, document=document)


def _call(application: Application, sample: Sample, clock: Clock, ids: Ids) -> Call:
    id = ids.hex32()
    origin = Origin(
        id=CallId(id),
        account=application.account,
        application=application.id,
        dialect=application.dialect,
        direction=Direction.INBOUND,
        caller=str(client(sample.caller)),
        callee=sample.to,
        wall=clock.wall().isoformat(),
        parameters=sample.parameters,
    )
    return Call(origin, clock.now())
