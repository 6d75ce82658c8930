"""Where a call is in its application's documents: read out of its journal, and written as JSON values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from offhook.base.causes import Cause
from offhook.base.control import (
    ControlAction,
    ControlKind,
    PlayInto,
    RedirectCall,
    SpeakInto,
    kind_of,
)
from offhook.base.journal import script_entries as script
from offhook.base.journal.call_entries import ControlAccepted
from offhook.base.journal.entry import Entry
from offhook.base.web import WebReply
from offhook.flow.webhook_request import WebhookRequest
from offhook.verbs.base import Continue, End, Outcome, Purpose, RequestNext
from offhook.verbs.results import DialResult

_QUESTION: Final = TypeAdapter(WebhookRequest)
_OUTCOME: Final[TypeAdapter[Outcome]] = TypeAdapter(Outcome)
_ACTIONS: Final[Mapping[str, TypeAdapter[ControlAction]]] = {
    ControlKind.REDIRECT: TypeAdapter(RedirectCall),
    ControlKind.PLAY: TypeAdapter(PlayInto),
    ControlKind.SPEAK: TypeAdapter(SpeakInto),
}
"""The requests whose effect lasts until another one, or the end of what they play."""
_KINDS: Final[Mapping[type[Outcome], str]] = {Continue: "continue", End: "end", RequestNext: "ask"}
_OUTCOMES: Final[Mapping[str, TypeAdapter[Outcome]]] = {
    name: TypeAdapter(kind) for kind, name in _KINDS.items()
}


def write_question(question: WebhookRequest) -> dict[str, object]:
    """A request as JSON values."""
    return _QUESTION.dump_python(question, mode="json", exclude_defaults=True)


def read_question(values: Mapping[str, object]) -> WebhookRequest:
    """The request that `write_question` wrote."""
    return _QUESTION.validate_python(values)


def write_outcome(outcome: Outcome) -> dict[str, object]:
    """How a verb ended, as JSON values."""
    values = _OUTCOME.dump_python(outcome, mode="json")
    return {"kind": _KINDS[type(outcome)], **values}


def read_outcome(values: Mapping[str, object]) -> Outcome:
    """The outcome that `write_outcome` wrote."""
    rest = {name: value for name, value in values.items() if name != "kind"}
    return _OUTCOMES[str(values["kind"])].validate_python(rest)


def write_document(reply: WebReply) -> dict[str, object]:
    """The reply that a document was read from, as JSON values."""
    return {
        "url": reply.url,
        "type": reply.content_type,
        "charset": reply.charset,
        "redirected": reply.redirected,
        # Latin-1 keeps every byte.
        "body": reply.body.decode("latin-1"),
    }


def read_document(entry: script.DocumentReceived | script.InnerReceived) -> WebReply:
    """The reply that `write_document` wrote."""
    values = entry.secret_document
    return WebReply(
        url=str(values["url"]),
        status=entry.status,
        content_type=str(values["type"]),
        body=str(values["body"]).encode("latin-1"),
        took_ms=entry.took_ms,
        charset=str(values["charset"]),
        redirected=bool(values["redirected"]),
    )


def write_action(action: ControlAction) -> dict[str, object] | None:
    """A control request as JSON values, if its effect lasts."""
    adapter = _ACTIONS.get(kind_of(action))
    return None if adapter is None else adapter.dump_python(action, mode="json")


def read_action(accepted: ControlAccepted) -> ControlAction | None:
    """The request that `write_action` wrote."""
    adapter = _ACTIONS.get(accepted.kind)
    if adapter is None or accepted.secret_action is None:
        return None
    return adapter.validate_python(accepted.secret_action)


@dataclass(slots=True)
class Position:
    """How far a call's run through its documents had come.

    Attributes:
        question: The request that is next, or runs; nothing while verbs run.
        nonce: Of that request, if it was sent.
        failed: Why that request has failed: its fallback is next.
        redirect: What a program wants to go on with.
        document: The document whose verbs run, and what it was requested for.
        index: Of the verb that runs or is next.
        started: Since when it runs, in seconds of the call; nothing if it does not yet.
        ended: How it ended, while what follows from that is not done.
        notified: The nonce of the notification of its end, if that was sent.
        failure: Why the last dial reached no party.
        requests: How many requests were sent.
        entries: What happened since the verb began.
    """

    question: WebhookRequest | None = None
    nonce: str | None = None
    failed: str | None = None
    redirect: RedirectCall | None = None
    document: script.DocumentReceived | None = None
    index: int = 0
    started: float | None = None
    ended: Outcome | None = None
    notified: str | None = None
    failure: Cause | None = None
    requests: int = 0
    entries: list[Entry] = field(default_factory=list[Entry])

    @property
    def purpose(self) -> Purpose:
        """What the document was requested for."""
        return Purpose.ANSWER if self.document is None else Purpose(self.document.purpose)


def position(journal: Iterable[Entry]) -> Position:
    """The position that a call's journal comes to."""
    at = Position()
    for entry in journal:
        _take(at, entry)
        if at.started is not None:
            at.entries.append(entry)
    return at


def _take(at: Position, entry: Entry) -> None:
    match entry.body:
        case script.DocumentRequested(secret_question=values, nonce=nonce, sent=sent) if values:
            at.question, at.nonce, at.failed = read_question(values), nonce, None
            at.redirect, at.document = None, None
            at.requests = sent or at.requests + 1
            _reset(at, 0)
        case script.DocumentReceived() as document:
            at.question = at.nonce = at.failed = at.redirect = None
            at.document = document
            _reset(at, 0)
        case script.DocumentFailed(code=code):
            at.failed = code
        case script.VerbStarted(index=index):
            _reset(at, index)
            at.started = entry.at
        case script.VerbEnded(index=index, secret_outcome=values):
            _end_verb(at, index, read_outcome(values))
        case script.NotificationSent(nonce=nonce, sent=sent):
            at.notified = nonce
            at.requests = sent or at.requests + 1
        case script.NotificationAnswered() | script.NotificationFailed():
            _reset(at, at.index + 1)
        case ControlAccepted() as accepted if isinstance(
            action := read_action(accepted), RedirectCall
        ):
            at.redirect = action
            at.question = at.nonce = at.failed = at.document = None
            _reset(at, 0)
        case _:
            pass


def _end_verb(at: Position, index: int, outcome: Outcome) -> None:
    at.failure = failure(outcome) or at.failure
    if isinstance(outcome, Continue):
        _reset(at, index + 1)
    else:
        _reset(at, index)
        at.ended = outcome


def _reset(at: Position, index: int) -> None:
    at.index = index
    at.started = at.ended = at.notified = None
    at.entries = []


def failure(outcome: Outcome) -> Cause | None:
    """Why no party was reached, if one was dialled."""
    match outcome:
        case Continue(failed=cause):
            return cause
        case RequestNext(result=DialResult(answered=False, cause=cause)):
            return cause
        case _:
            return None
