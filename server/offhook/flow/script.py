"""Runs the application's documents, one request after the other, until the call is over."""

import logging
from dataclasses import dataclass
from typing import Final

from offhook.base.causes import Cause
from offhook.base.ids import Ids
from offhook.base.web import WebFailure, without_login
from offhook.dialects.base import Document, DocumentError
from offhook.flow.driver import Driver
from offhook.flow.webhook_request import (
    RequestBuilder,
    WebhookRequest,
    inline_reply,
    new_nonce,
    placed,
)
from offhook.verbs.base import Continue, End, Failed, Purpose, RequestNext, verb_name
from offhook.verbs.context import CallOver, Redirected
from offhook.verbs.results import DialResult

log = logging.getLogger("offhook.flow")

_DOCUMENTS: Final = 100
"""Documents a call may ask for at once; one more for each second that it lasts."""


@dataclass(slots=True)
class _Budget:
    """Lets a long call ask for many documents, but no call ask for many in no time."""

    since: float
    requests: int = 0

    def spend(self, now: float) -> bool:
        self.requests += 1
        return self.requests <= _DOCUMENTS + (now - self.since)


class Script:
    """One call's run through its application's documents."""

    def __init__(self, driver: Driver, requests: RequestBuilder, ids: Ids) -> None:
        """No request is sent before `run`."""
        self._driver = driver
        self._control = driver.control
        self._requests = requests
        self._ids = ids
        self._budget = _Budget(self._control.now())
        self._failed: Cause | None = None

    async def run(self, first: WebhookRequest | None = None) -> Cause:
        """Run the application's documents.

        Args:
            first: What to ask first; by default the application's answer URL.

        Returns:
            Why the call ends, as far as the application is concerned.

        Raises:
            CallOver: the caller is gone.
        """
        application = self._requests.application
        question: WebhookRequest | None = first or WebhookRequest(
            url=application.answer_url,
            method=application.answer_method,
            purpose=Purpose.ANSWER,
        )
        while question is not None:
            try:
                after = await self._follow(question)
            except Redirected:
                after = self.redirected()
            if isinstance(after, Cause):
                return after
            question = after
        # A caller who was never answered gets the cause of the failed dial.
        if self._failed is not None and self._control.caller_leg.up_at is None:
            return self._failed
        return Cause.DOCUMENT_ENDED

    async def _follow(self, question: WebhookRequest) -> WebhookRequest | Cause | None:
        document = await self._document(question)
        if document is None:
            return Cause.APPLICATION_ERROR
        return await self._perform(document)

    def redirected(self) -> WebhookRequest | None:
        """What a program wants to go on with; the verb that ran has ended."""
        self._control.stop(self._control.caller_leg)
        action = self._driver.take_redirect()
        if action is None:
            return None
        application = self._requests.application
        return WebhookRequest(
            # Relative URLs in a document without a URL are those of the application.
            url=action.url or application.answer_url,
            method=action.method,
            purpose=Purpose.REDIRECT,
            document=action.document,
        )

    async def _perform(self, document: Document) -> WebhookRequest | Cause | None:
        for verb in document.verbs:
            outcome = await verb.run(self._driver)
            if isinstance(outcome, End):
                return outcome.cause
            self._failed = _failure(outcome) or self._failed
            if not isinstance(outcome, RequestNext):
                continue
            question = WebhookRequest(
                url=outcome.then.url,
                method=outcome.then.method,
                purpose=outcome.purpose,
                result=outcome.result,
            )
            if outcome.then.replaces and not self._control.call.over:
                return question
            await self._notify(question)
        return None

    async def _document(self, question: WebhookRequest) -> Document | None:
        """The document, or that of the fallback; nothing when there is none."""
        found = await self._attempt(question)
        application = self._requests.application
        if not isinstance(found, Failed):
            return found
        if not application.fallback_url or not self._requests.dialect.falls_back(question.purpose):
            return None
        fallback = WebhookRequest(
            url=application.fallback_url,
            method=application.fallback_method,
            purpose=Purpose.FALLBACK,
            failed=found,
        )
        second = await self._attempt(fallback)
        return None if isinstance(second, Failed) else second

    async def _attempt(self, question: WebhookRequest) -> Document | Failed:
        if not self._budget.spend(self._control.now()):
            self._control.note("too-many-documents", at_once=_DOCUMENTS)
            return Failed(code="", url=without_login(question.url))
        dialect = self._requests.dialect
        if question.document is not None:
            return self._inline(question, question.document)
        request = self._requests.write(self._control.call, question, self._nonce())
        self._control.note(
            "document-requested",
            purpose=question.purpose,
            method=request.method,
            pii_url=without_login(request.full_url),
        )
        try:
            reply = placed(await self._driver.fetch(request), request)
            if self._control.call.over:
                raise CallOver
            document = dialect.parse(reply, question.purpose)
        except WebFailure as failure:
            code = dialect.failure_code(failure, question.purpose)
            self._control.note(
                "document-failed", code=code, reason=str(failure), took_ms=failure.took_ms
            )
            self._log_failure(question.url, code, str(failure))
        except DocumentError as error:
            code = error.code
            self._control.note("document-failed", code=code, reason=str(error))
            self._log_failure(question.url, code, f"document: {error}")
        else:
            self._written(document, reply.status, reply.took_ms)
            return document
        if self._control.call.over:
            raise CallOver
        return Failed(code=code, url=without_login(question.url))

    def _inline(self, question: WebhookRequest, text: str) -> Document | Failed:
        """The document that a program gave us."""
        reply = inline_reply(text, without_login(question.url))
        try:
            document = self._requests.dialect.parse(reply, question.purpose)
        except DocumentError as error:
            self._control.note("document-failed", code=error.code, reason=str(error))
            self._log_failure(question.url, error.code, f"document: {error}")
            return Failed(code=error.code, url=reply.url)
        self._written(document, reply.status, reply.took_ms)
        return document

    async def _notify(self, question: WebhookRequest) -> None:
        """Ask, and take no notice of the answer."""
        if not self._budget.spend(self._control.now()):
            return
        request = self._requests.write(self._control.call, question, self._nonce())
        self._control.note(
            "notification-sent",
            purpose=question.purpose,
            method=request.method,
            pii_url=without_login(request.full_url),
        )
        try:
            await self._driver.fetch(request)
        except WebFailure as failure:
            code = self._requests.dialect.failure_code(failure, question.purpose)
            self._control.note(
                "notification-failed", code=code, reason=str(failure), took_ms=failure.took_ms
            )
            self._log_failure(question.url, code, str(failure))

    def _log_failure(self, url: str, code: str, reason: str) -> None:
        facts = {"url": url, "code": code, "reason": reason, "call": self._control.call.origin.id}
        log.warning(
            "application.failed", extra={"application": self._requests.application.name, **facts}
        )

    def _written(self, document: Document, status: int, took_ms: int) -> None:
        verbs = [verb_name(verb) for verb in document.verbs]
        self._control.note("document-received", status=status, took_ms=took_ms, verbs=verbs)
        for warning in document.warnings:
            self._control.note("document-warning", code=warning.code, message=warning.message)

    def _nonce(self) -> str:
        return new_nonce(self._ids)


def _failure(outcome: Continue | RequestNext) -> Cause | None:
    """Why no party was reached, if one was dialled."""
    if isinstance(outcome, Continue):
        return outcome.failed
    match outcome.result:
        case DialResult(answered=False, cause=cause):
            return cause
        case _:
            return None
