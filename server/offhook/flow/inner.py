"""Requests documents that run within a verb, and writes down what came."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from offhook.base.journal import script_entries as entries
from offhook.base.web import WebFailure, WebReply, WebRequest
from offhook.calls.call_control import CallControl
from offhook.dialects.base import Document, DocumentError
from offhook.flow.position import read_document, read_question, write_document, write_question
from offhook.flow.webhook_request import RequestBuilder, WebhookRequest, placed, token_of
from offhook.verbs.base import InnerRequest, Purpose, Verb, Watch, verb_name

log = logging.getLogger("offhook.flow")

SendRequest = Callable[[WebRequest, Watch | None], Awaitable[WebReply]]


class InnerDocuments:
    """The documents within the verbs of one call."""

    def __init__(self, control: CallControl, requests: RequestBuilder, send: SendRequest) -> None:
        """No document yet; `send` sends a request while the call goes on."""
        self._control = control
        self._requests = requests
        self._send = send

    async def verbs(
        self, ask: InnerRequest, again: entries.InnerRequested | None, watch: Watch | None
    ) -> Sequence[Verb] | None:
        """The verbs of a document; nothing if there is none that can be used."""
        question = WebhookRequest(
            url=ask.url, method=ask.method, purpose=ask.purpose, result=ask.result, leg=ask.leg
        )
        call = self._control.call
        nonce = token_of(call.origin.id, call.journal.next_number)
        if again is not None:
            question, nonce = read_question(again.secret_question), again.nonce
        request = self._requests.write(call, question, nonce)
        if again is None:
            requested = entries.InnerRequested(
                purpose=str(question.purpose),
                method=request.method,
                pii_url=request.full_url,
                nonce=nonce,
                secret_question=write_question(question),
            )
            self._control.note(requested, ask.leg)
        dialect = self._requests.dialect
        if question.purpose is Purpose.WAIT:
            # It may be a sound file, which is much larger than any document.
            most_bytes = dialect.sound_limits.body_bytes
            request = replace(request, limits=replace(request.limits, body_bytes=most_bytes))
        try:
            reply = placed(await self._send(request, watch), request)
            document = dialect.parse(reply, question.purpose)
        except WebFailure as error:
            self._failed(question, dialect.failure_code(error, question.purpose), str(error))
            return None
        except DocumentError as error:
            self._failed(question, error.code, str(error))
            return None
        self._received(question, document, reply)
        return document.verbs

    def reread(self, received: entries.InnerReceived) -> Sequence[Verb]:
        """The verbs of a document that came before a restart."""
        reply = read_document(received)
        return self._requests.dialect.parse(reply, Purpose(received.purpose)).verbs

    def _received(self, question: WebhookRequest, document: Document, reply: WebReply) -> None:
        if reply.content_type.startswith("audio/"):
            # It is played from its URL; the journal is no place for it.
            reply = replace(reply, body=b"")
        received = entries.InnerReceived(
            status=reply.status,
            took_ms=reply.took_ms,
            verbs=[verb_name(verb) for verb in document.verbs],
            purpose=str(question.purpose),
            secret_document=write_document(reply),
        )
        self._control.note(received, question.leg)
        for warning in document.warnings:
            warned = entries.DocumentWarning(code=warning.code, message=warning.message)
            self._control.note(warned, question.leg)

    def _failed(self, question: WebhookRequest, code: str, reason: str) -> None:
        self._control.note(entries.InnerFailed(code=code, reason=reason), question.leg)
        facts = {"url": question.url, "code": code, "reason": reason}
        log.warning(
            "application.failed",
            extra={
                "application": self._requests.application.name,
                "call": self._control.call.origin.id,
                **facts,
            },
        )
