"""`<Enqueue>` and `<Queue>` with every attribute, and what is not supported in them."""

from offhook.base.web import WebReply
from offhook.dialects.twilio.dialect import Twilio
from offhook.dialects.twilio.queue import leave
from offhook.testing.documents import URL
from offhook.verbs.base import Purpose
from offhook.verbs.dequeue import Dequeue
from offhook.verbs.enqueue import Enqueue
from offhook.verbs.leave import Leave


def _parsed(inner: str, purpose: Purpose = Purpose.ANSWER) -> tuple[list[object], list[str]]:
    body = f"<Response>{inner}</Response>".encode()
    reply = WebReply(url=URL, status=200, content_type="text/xml", body=body, took_ms=1)
    document = Twilio().parse(reply, purpose)
    return list(document.verbs), [warning.code for warning in document.warnings]


def test_a_queue_without_attributes() -> None:
    (verb,), warned = _parsed("<Enqueue>sales</Enqueue>")
    assert (verb, warned) == (Enqueue(queue="sales"), [])
    (verb,), warned = _parsed('<Enqueue waitUrl="">sales</Enqueue>')
    assert isinstance(verb, Enqueue)
    assert verb.url == ""


def test_all_attributes() -> None:
    (verb,), warned = _parsed(
        '<Enqueue action="done" method="GET" waitUrl="music" waitUrlMethod="GET" maxQueueSize="7">q</Enqueue>'
    )
    assert warned == []
    assert isinstance(verb, Enqueue)
    assert (verb.url, verb.method, verb.most) == (
        "https://app.example.com/voice/music",
        "GET",
        7,
    )
    assert verb.then is not None
    assert (verb.then.url, verb.then.method) == ("https://app.example.com/voice/done", "GET")


def test_tasks_are_not_routed() -> None:
    found, warned = _parsed('<Enqueue workflowSid="WW1"><Task>{}</Task></Enqueue>')
    assert (found, warned) == ([], ["unsupported", "unsupported", "12200"])


def test_a_name_that_is_too_long_is_none() -> None:
    assert _parsed(f"<Enqueue>{'q' * 65}</Enqueue>") == ([], ["12200"])
    assert _parsed(f"<Dial><Queue>{'q' * 65}</Queue></Dial>") == ([], ["12200"])


def test_a_queue_is_dialled_alone() -> None:
    (verb,), warned = _parsed(
        '<Dial timeout="9" timeLimit="8" hangupOnStar="true" action="/a">'
        '<Queue url="/u" method="GET" reservationSid="WR1">q</Queue></Dial>'
    )
    assert warned == []
    assert isinstance(verb, Dequeue)
    assert (verb.ring_s, verb.limit_s, verb.star_ends, verb.method) == (9, 8, True, "GET")
    assert verb.url == "https://app.example.com/u"
    (_,), warned = _parsed("<Dial><Queue>q</Queue><Client>bob</Client></Dial>")
    assert warned == ["13000"]


def test_only_some_verbs_stand_in_documents_for_those_who_wait() -> None:
    for purpose, allowed in ((Purpose.WAIT, 3), (Purpose.DEQUEUED, 1)):
        found, warned = _parsed("<Leave/><Gather/><Say>a</Say><Dial>1</Dial>", purpose)
        assert len(found) == allowed
        assert len(warned) == 4 - allowed


def test_sound_may_stand_for_a_document_of_those_who_wait() -> None:
    reply = WebReply(url=URL, status=200, content_type="audio/wav", body=b"", took_ms=1)
    assert len(Twilio().parse(reply, Purpose.WAIT).verbs) == 1
    assert len(Twilio().parse(reply, Purpose.ANSWER).verbs) == 2
    assert leave.__name__ == Leave.__name__.lower()
