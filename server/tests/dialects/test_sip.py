"""A name that is written into a SIP URI reads back as that name, and never as another person's."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base import claims
from offhook.base.address import client
from offhook.base.errors import Refused
from offhook.base.hosts import Hosts
from offhook.base.ids import AccountId, ApplicationId, CallId
from offhook.base.web import WebReply
from offhook.dialects import sip
from offhook.dialects.base import Dialect
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.verbs.base import CallState, Purpose, WebhookContext
from offhook.verbs.dial import Dial

DIALECTS: Mapping[str, Dialect] = {"plivo": Plivo(), "twilio": Twilio()}
NOUNS = {"plivo": "User", "twilio": "Client"}
# RFC 3261 section 25.1: user = 1*( unreserved / escaped / user-unreserved ).
_USER = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})+\Z")


def _allowed(text: str) -> str | None:
    try:
        return claims.name(text)
    except Refused:
        return None


_ODD = st.text(st.sampled_from("ab1@;?:&=+$,/%20F#<>\"{}|\\^[]` '()sip:éж😀"), max_size=24)
NAMES = st.one_of(_ODD, st.text(max_size=24)).map(_allowed).filter(bool)


def _dialled(dialect: str, text: str) -> str:
    """Whom a document rings that has `text` as its only target."""
    noun = NOUNS[dialect]
    xml = f"<Response><Dial><{noun}>{escape(text)}</{noun}></Dial></Response>"
    reply = WebReply(
        url="http://a.example/", status=200, content_type="text/xml", body=xml.encode(), took_ms=1
    )
    (verb,) = DIALECTS[dialect].parse(reply, Purpose.ANSWER).verbs
    assert isinstance(verb, Dial)
    return " ".join(str(target.to) for target in verb.targets)


def _asked(dialect: str, caller: str, callee: str) -> Mapping[str, str]:
    ask = WebhookContext(
        purpose=Purpose.ANSWER,
        account=AccountId("MA"),
        application=ApplicationId("a"),
        call=CallId("0" * 32),
        direction="inbound",
        caller=caller,
        callee=callee,
        state=CallState.RINGING,
    )
    return dict(DIALECTS[dialect].parameters(ask))


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@given(name=NAMES)
def test_the_caller_uri_can_be_dialed_back(dialect: str, name: str) -> None:
    shown = _asked(dialect, str(client(name)), "x")["From"]
    assert _dialled(dialect, shown.removeprefix("client:")) == f"client:{name}"


@given(name=NAMES)
def test_a_name_stands_in_a_uri_as_the_grammar_has_it(name: str) -> None:
    written = _asked("plivo", str(client(name)), "x")["From"]
    assert written.isascii()
    user, _, host = written.removeprefix("sip:").rpartition("@")
    assert host == "phone.plivo.com"
    assert _USER.match(user)
    assert "@" not in user


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@given(name=NAMES)
def test_a_dialed_uri_reaches_the_named_client(dialect: str, name: str) -> None:
    to = _asked(dialect, "client:x", name)["To"]
    rung = _dialled(dialect, to)
    if dialect == "twilio":
        assert rung == f"client:{name}"
        return
    # What a page dials may be an address as well: a number, or a SIP URI.
    uri = sip.has_scheme(name)
    digits = name.removeprefix("+")
    number = digits.isascii() and digits.isdigit()
    assert uri or rung in (f"client:{name}", f"client:{digits if number else name}")


@given(name=NAMES, other=NAMES)
def test_two_names_are_never_written_alike(name: str, other: str) -> None:
    written = [sip.uri(each, "h.example") for each in (name, other)]
    assert (written[0] == written[1]) is (name == other)


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:bob@ours.example", "bob"),
        ("sips:bob@OURS.example:5061;transport=tls?X-A=b", "bob"),
        ("bob@ours.example", "bob"),
        ("sip:bob;x=1@ours.example", "bob;x=1"),
        ("sip:bob?x@ours.example", "bob?x"),
        ("sip:bob:pw@ours.example", "bob:pw"),
        ("sip:a@b@ours.example", "a@b"),
        ("sip:bob%40x@ours.example", "bob@x"),
        ("sip:bob@[::1]:5060", "bob"),
        ("sip:bob", "bob"),
        ("sip:bob;x=1", "bob;x=1"),
        ("sip:bob@elsewhere.example", None),
        ("sip:bob@ours.example.evil.example", None),
        ("sip:bob@evil.example;x=@ours.example", "bob@evil.example;x="),
        ("sip:bob@ours.example@evil.example", None),
        ("sip:@ours.example", None),
        ("sip:bob@", None),
        ("sip:bob@ours.example:port", None),
        ("sip:bob@[::1", None),
    ],
)
def test_a_uri_names_a_user_of_ours_or_none(uri: str, user: str | None) -> None:
    assert sip.user_at(uri, Hosts.of(["ours.example"])) == user
