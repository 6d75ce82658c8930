"""Runs the application's documents, one request after the other, until the call is over."""

import logging
from dataclasses import dataclass
from typing import Final

from offhook.base.causes import Cause
from offhook.base.control import RedirectCall
from offhook.base.journal import script_entries as entries
from offhook.base.web import WebFailure, WebReply, without_login
from offhook.dialects.base import Document, DocumentError
from offhook.flow.driver import Driver
from offhook.flow.position import (
    Position,
    failure,
    read_document,
    write_document,
    write_outcome,
    write_question,
)
from offhook.flow.webhook_request import (
    RequestBuilder,
    WebhookRequest,
    inline_reply,
    placed,
    token_of,
)
from offhook.verbs.base import (
    End,
    Failed,
    Outcome,
    Progress,
    Purpose,
    RequestNext,
    Resumable,
    Verb,
    verb_name,
)
from offhook.verbs.context import CallOver, Redirected

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

    def __init__(self, driver: Driver, requests: RequestBuilder) -> None:
        """No request is sent before `run`."""
        self._driver = driver
        self._control = driver.control
        self._requests = requests
        self._budget = _Budget(self._control.now() - self._control.at())
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
        return await self._run(first or self._first())

    async def resume(self, at: Position, first: WebhookRequest | None = None) -> Cause:
        """Go on where a call's journal ends.

        Args:
            at: Where that is.
            first: What to ask first, if nothing was asked yet.

        Returns:
            Why the call ends, as far as the application is concerned.

        Raises:
            CallOver: the caller is gone.
        """
        self._failed = at.failure
        self._budget.requests = at.requests
        try:
            question = await self._resume(at, first)
        except Redirected:
            question = self.redirected()
        return question if isinstance(question, Cause) else await self._run(question)

    async def _run(self, question: WebhookRequest | None) -> Cause:
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

    def _first(self) -> WebhookRequest:
        application = self._requests.application
        return WebhookRequest(
            url=application.answer_url,
            method=application.answer_method,
            purpose=Purpose.ANSWER,
        )

    async def _resume(
        self, at: Position, first: WebhookRequest | None
    ) -> WebhookRequest | Cause | None:
        """What to ask next."""
        if at.redirect is not None:
            return self._redirect(at.redirect)
        if at.question is not None:
            return await self._follow(at.question, at)
        if at.document is None:
            return first or self._first()
        # It was a document before: that a newer version of ours reads it otherwise is all that can fail.
        document = self._requests.dialect.parse(read_document(at.document), at.purpose)
        return await self._perform(document, at)

    async def _follow(
        self, question: WebhookRequest, at: Position | None = None
    ) -> WebhookRequest | Cause | None:
        document = await self._document(question, at)
        if document is None:
            return Cause.APPLICATION_ERROR
        return await self._perform(document)

    def redirected(self) -> WebhookRequest | None:
        """What a program wants to go on with; the verb that ran has ended."""
        self._control.stop(self._control.caller_leg)
        action = self._driver.take_redirect()
        return None if action is None else self._redirect(action)

    def _redirect(self, action: RedirectCall) -> WebhookRequest:
        application = self._requests.application
        return WebhookRequest(
            # Relative URLs in a document without a URL are those of the application.
            url=action.url or application.answer_url,
            method=action.method,
            purpose=Purpose.REDIRECT,
            document=action.document,
        )

    async def _perform(
        self, document: Document, at: Position | None = None
    ) -> WebhookRequest | Cause | None:
        """Run the verbs of a document; from `at` on, if its server was restarted meanwhile."""
        first = 0 if at is None else at.index
        for index, verb in enumerate(document.verbs[first:], first):
            outcome = at.ended if at is not None and index == first else None
            nonce = None if at is None or outcome is None else at.notified
            if outcome is None:
                progress = self._progress(at) if at is not None and index == first else None
                outcome = await self._run_verb(index, verb, progress)
            if isinstance(outcome, End):
                return outcome.cause
            self._failed = failure(outcome) or self._failed
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
            await self._notify(question, nonce)
        return None

    def _progress(self, at: Position) -> Progress | None:
        if at.started is None:
            return None
        # What happened while its caller's page was awaited belongs to it as well.
        began = at.entries[0].position
        entries = [entry for entry in self._control.call.journal if entry.position >= began]
        return Progress(entries=entries, now=self._control.at())

    async def _run_verb(self, index: int, verb: Verb, progress: Progress | None) -> Outcome:
        if progress is None and self._control.call.over:
            raise CallOver
        if progress is None:
            self._control.note(entries.VerbStarted(index=index, verb=verb_name(verb)))
        if progress is not None and isinstance(verb, Resumable):
            outcome = await verb.resume(self._driver, progress)
        else:
            outcome = await verb.run(self._driver)
        self._control.note(entries.VerbEnded(index=index, secret_outcome=write_outcome(outcome)))
        return outcome

    async def _document(
        self, question: WebhookRequest, at: Position | None = None
    ) -> Document | None:
        """The document, or that of the fallback; nothing when there is none."""
        application = self._requests.application
        fallback_next = at is not None and at.failed is not None
        if fallback_next and question.purpose is Purpose.FALLBACK:
            return None
        if at is not None and at.failed is not None:
            found = Failed(code=at.failed, url=without_login(question.url))
        else:
            found = await self._attempt(question, None if at is None else at.nonce)
        if not isinstance(found, Failed):
            return found
        if question.purpose is Purpose.FALLBACK or not application.fallback_url:
            return None
        if not self._requests.dialect.falls_back(question.purpose):
            return None
        fallback = WebhookRequest(
            url=application.fallback_url,
            method=application.fallback_method,
            purpose=Purpose.FALLBACK,
            failed=found,
        )
        second = await self._attempt(fallback)
        return None if isinstance(second, Failed) else second

    async def _attempt(
        self, question: WebhookRequest, nonce: str | None = None
    ) -> Document | Failed:
        """Request a document; with the nonce of before, if it was requested before a restart."""
        if nonce is None and not self._budget.spend(self._control.now()):
            self._control.note(entries.TooManyDocuments(at_once=_DOCUMENTS))
            return Failed(code="", url=without_login(question.url))
        dialect = self._requests.dialect
        if question.document is not None:
            return self._inline(question, question.document)
        nonce = nonce or self._nonce()
        request = self._requests.write(self._control.call, question, nonce)
        self._control.note(
            entries.DocumentRequested(
                purpose=str(question.purpose),
                method=request.method,
                pii_url=request.full_url,
                nonce=nonce,
                secret_question=write_question(question),
                sent=self._budget.requests,
            )
        )
        try:
            reply = placed(await self._driver.fetch(request), request)
            if self._control.call.over:
                raise CallOver
            document = dialect.parse(reply, question.purpose)
        except WebFailure as error:
            code = dialect.failure_code(error, question.purpose)
            self._fail(question, code, str(error), str(error), error.took_ms)
        except DocumentError as error:
            code = error.code
            self._fail(question, code, str(error), f"document: {error}")
        else:
            self._written(document, reply, question.purpose)
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
            self._fail(question, error.code, str(error), f"document: {error}")
            return Failed(code=error.code, url=reply.url)
        self._written(document, reply, question.purpose)
        return document

    async def _notify(self, question: WebhookRequest, nonce: str | None = None) -> None:
        """Ask, and take no notice of the answer."""
        if nonce is None and not self._budget.spend(self._control.now()):
            return
        nonce = nonce or self._nonce()
        request = self._requests.write(self._control.call, question, nonce)
        self._control.note(
            entries.NotificationSent(
                purpose=str(question.purpose),
                method=request.method,
                pii_url=request.full_url,
                nonce=nonce,
                secret_question=write_question(question),
                sent=self._budget.requests,
            )
        )
        try:
            await self._driver.fetch(request)
        except WebFailure as error:
            code = self._requests.dialect.failure_code(error, question.purpose)
            failed = entries.NotificationFailed(code=code, reason=str(error), took_ms=error.took_ms)
            self._control.note(failed)
            self._log_failure(question.url, code, str(error))
        else:
            self._control.note(entries.NotificationAnswered())

    def _fail(
        self,
        question: WebhookRequest,
        code: str,
        reason: str,
        logged: str,
        took_ms: int | None = None,
    ) -> None:
        self._control.note(entries.DocumentFailed(code=code, reason=reason, took_ms=took_ms))
        self._log_failure(question.url, code, logged)

    def _log_failure(self, url: str, code: str, reason: str) -> None:
        facts = {"url": url, "code": code, "reason": reason, "call": self._control.call.origin.id}
        log.warning(
            "application.failed", extra={"application": self._requests.application.name, **facts}
        )

    def _written(self, document: Document, reply: WebReply, purpose: Purpose) -> None:
        self._control.note(
            entries.DocumentReceived(
                status=reply.status,
                took_ms=reply.took_ms,
                verbs=[verb_name(verb) for verb in document.verbs],
                purpose=str(purpose),
                secret_document=write_document(reply),
            )
        )
        for warning in document.warnings:
            warned = entries.DocumentWarning(code=warning.code, message=warning.message)
            self._control.note(warned)

    def _nonce(self) -> str:
        return token_of(self._control.call.origin.id, self._control.call.journal.next_number)
