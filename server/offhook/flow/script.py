"""Asks the application what to do, does it, and asks again, until the call is over."""

import logging
from dataclasses import dataclass
from typing import Final

from offhook.base.causes import Cause
from offhook.base.ids import Ids
from offhook.base.web import WebFailure, without_login
from offhook.dialects.base import Document, DocumentError
from offhook.flow.asking import Asker, Question, new_nonce, placed
from offhook.flow.driver import Driver
from offhook.verbs.base import Continue, End, Failed, Purpose, RequestNext, verb_name
from offhook.verbs.context import CallOver

log = logging.getLogger("offhook.flow")

_DOCUMENTS: Final = 100
"""Documents a call may ask for at once; one more for each second that it lasts."""


@dataclass(slots=True)
class _Budget:
    """Lets a long call ask for many documents, but no call ask for many in no time."""

    since: float
    asked: int = 0

    def spend(self, now: float) -> bool:
        self.asked += 1
        return self.asked <= _DOCUMENTS + (now - self.since)


class Script:
    """One call's way through its application's documents."""

    def __init__(self, driver: Driver, asker: Asker, ids: Ids) -> None:
        """Nothing is asked before `run`."""
        self._driver = driver
        self._control = driver.control
        self._asker = asker
        self._ids = ids
        self._budget = _Budget(self._control.now())
        self._failed: Cause | None = None

    async def run(self) -> Cause:
        """Do all that the application says.

        Returns:
            Why the call ends, as far as the application is concerned.

        Raises:
            CallOver: the caller is gone.
        """
        application = self._asker.application
        question: Question | None = Question(
            url=application.answer_url,
            method=application.answer_method,
            purpose=Purpose.ANSWER,
        )
        while question is not None:
            document = await self._document(question)
            if document is None:
                return Cause.APPLICATION_ERROR
            after = await self._perform(document)
            if isinstance(after, Cause):
                return after
            question = after
        # Whoever was never answered learns why nobody else was reached either.
        if self._failed is not None and self._control.caller_leg.up_at is None:
            return self._failed
        return Cause.DOCUMENT_ENDED

    async def _perform(self, document: Document) -> Question | Cause | None:
        for verb in document.verbs:
            outcome = await verb.run(self._driver)
            if isinstance(outcome, End):
                return outcome.cause
            self._failed = _failure(outcome) or self._failed
            if not isinstance(outcome, RequestNext):
                continue
            question = Question(
                url=outcome.then.url,
                method=outcome.then.method,
                purpose=outcome.purpose,
                dial=outcome.dial,
            )
            if outcome.then.replaces and not self._control.call.over:
                return question
            await self._tell(question)
        return None

    async def _document(self, question: Question) -> Document | None:
        """The document, or that of the fallback; nothing when there is none."""
        found = await self._attempt(question)
        application = self._asker.application
        if not isinstance(found, Failed):
            return found
        if not application.fallback_url or not self._asker.dialect.falls_back(question.purpose):
            return None
        fallback = Question(
            url=application.fallback_url,
            method=application.fallback_method,
            purpose=Purpose.FALLBACK,
            failed=found,
        )
        second = await self._attempt(fallback)
        return None if isinstance(second, Failed) else second

    async def _attempt(self, question: Question) -> Document | Failed:
        if not self._budget.spend(self._control.now()):
            self._control.note("too-many-documents", at_once=_DOCUMENTS)
            return Failed(code="", url=without_login(question.url))
        dialect = self._asker.dialect
        request = self._asker.write(self._control.call, question, self._nonce())
        self._control.note(
            "document-requested",
            purpose=question.purpose,
            method=request.method,
            pii_url=without_login(request.full_url),
        )
        try:
            reply = await self._driver.fetch(request)
            if self._control.call.over:
                raise CallOver
            document = dialect.parse(placed(reply, request), question.purpose)
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

    async def _tell(self, question: Question) -> None:
        """Ask, and take no notice of the answer."""
        if not self._budget.spend(self._control.now()):
            return
        request = self._asker.write(self._control.call, question, self._nonce())
        self._control.note(
            "notification-sent",
            purpose=question.purpose,
            method=request.method,
            pii_url=without_login(request.full_url),
        )
        try:
            await self._driver.fetch(request)
        except WebFailure as failure:
            code = self._asker.dialect.failure_code(failure, question.purpose)
            self._control.note(
                "notification-failed", code=code, reason=str(failure), took_ms=failure.took_ms
            )
            self._log_failure(question.url, code, str(failure))

    def _log_failure(self, url: str, code: str, reason: str) -> None:
        facts = {"url": url, "code": code, "reason": reason, "call": self._control.call.origin.id}
        log.warning(
            "application.failed", extra={"application": self._asker.application.name, **facts}
        )

    def _written(self, document: Document, status: int, took_ms: int) -> None:
        verbs = [verb_name(verb) for verb in document.verbs]
        self._control.note("document-received", status=status, took_ms=took_ms, verbs=verbs)
        for warning in document.warnings:
            self._control.note("document-warning", code=warning.code, message=warning.message)

    def _nonce(self) -> str:
        return new_nonce(self._ids)


def _failure(outcome: Continue | RequestNext) -> Cause | None:
    """Why nobody was reached, if somebody was dialled."""
    if isinstance(outcome, Continue):
        return outcome.failed
    dial = outcome.dial
    return None if dial is None or dial.answered else dial.cause
