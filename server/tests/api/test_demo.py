"""The demonstration: made once, let in on each start, served like any user's web server."""

from typing import Any

import httpx
import pytest
from offhook.api.demo import Demo, application_name, demo_app
from offhook.auth.native_tokens import NativeTokens
from offhook.auth.tokens import Tokens
from offhook.base.hosts import Hosts
from offhook.base.web import WebReply
from offhook.dialects.registry import plugins
from offhook.verbs.base import Purpose, verb_name
from offhook.verbs.collect import Collect


class Directory:
    """As `auth.grants.Directory`, on the store."""

    def __init__(self, store: Any) -> None:
        self.application = store.application
        self.endpoint = store.endpoints.find


async def test_the_demo_is_created_once_and_gets_its_server_url(api: Any) -> None:
    store = api.deps.store
    demo = Demo(store, api.clock, ("one", "two"), api.deps.sign_in)
    assert await demo.account() is None
    made = await demo.make("http://127.0.0.1:1")
    assert await demo.account() == made
    await demo.refresh(made.id, "http://127.0.0.1:2")
    for dialect in ("one", "two"):
        application = await store.applications.named(made.id, application_name(dialect))
        assert application.answer_url == f"http://127.0.0.1:2/{dialect}/answer"


async def test_demo_users_get_valid_tokens(api: Any) -> None:
    store = api.deps.store
    demo = Demo(store, api.clock, ("one", "two"), api.deps.sign_in)
    account = (await demo.make("http://127.0.0.1:1")).id
    people = await demo.people(account)
    assert [(person.name, person.dialect) for person in people] == [
        ("alice", "one"),
        ("bob", "two"),
    ]
    tokens = Tokens(store, Directory(store), api.clock, [NativeTokens()])
    for person in people:
        for token in (person.token, api.deps.sign_in.token(person.code, "192.0.2.1")):
            party = await tokens.verify(token)
            assert (party.name, party.account) == (person.name, account)
            assert party.expires_at == api.clock.wall().timestamp() + 86_400
    await store.endpoints.delete(account, "bob")
    assert [person.name for person in await demo.people(account)] == ["alice"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("dialect", "to", "caller"),
    [("twilio", "bob", "client:alice"), ("plivo", "sip:bob@here", "sip:alice@here")],
)
async def test_the_demo_server_dials_the_called_user(
    method: str, dialect: str, to: str, caller: str
) -> None:
    app = demo_app({name: plugin.demo for name, plugin in plugins().items()})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5") as client:
        fields = {"To": to, "From": caller}
        path = f"/{dialect}/answer"
        get = method == "GET"
        reply = await (client.get(path, params=fields) if get else client.post(path, data=fields))
        assert reply.headers["content-type"].startswith("text/xml")
        assert to in reply.text
        assert "after" in reply.text
        assert (await client.get(f"/{dialect}/other")).status_code == 404
        assert (await client.get("/neither/answer")).status_code == 404


@pytest.mark.parametrize(
    ("dialect", "to", "person"),
    [("twilio", "menu", "bob"), ("plivo", "sip:menu@phone.plivo.com", "alice")],
)
async def test_the_menu_takes_a_key_and_offers_itself_again(
    dialect: str, to: str, person: str
) -> None:
    app = demo_app({name: plugin.demo for name, plugin in plugins().items()})
    plugin = plugins()[dialect].create(Hosts())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5") as client:

        async def parsed(path: str, fields: dict[str, str]) -> list[str]:
            reply = await client.post(f"/{dialect}/{path}", data=fields)
            url = f"http://127.0.0.1:5/{dialect}/{path}"
            answer = WebReply(
                url=url, status=200, content_type="text/xml", body=reply.content, took_ms=1
            )
            document = plugin.parse(answer, Purpose.ANSWER)
            assert document.warnings == ()
            menus = [verb for verb in document.verbs if isinstance(verb, Collect)]
            for menu in menus:
                assert menu.then is not None
                assert menu.then.url == f"http://127.0.0.1:5/{dialect}/menu"
            assert person in reply.text
            return [verb_name(verb) for verb in document.verbs]

        assert await parsed("answer", {"To": to, "From": "client:x"}) == ["collect", "speak"]
        assert await parsed("menu", {"Digits": "1"}) == ["speak", "collect", "speak"]
        assert await parsed("menu", {"Digits": "<"}) == ["speak", "collect", "speak"]
        assert await parsed("menu", {"Digits": "2"}) == ["dial"]


@pytest.mark.parametrize(
    ("dialect", "to"), [("twilio", "room"), ("plivo", "sip:room@phone.plivo.com")]
)
async def test_the_room_is_a_conference(dialect: str, to: str) -> None:
    app = demo_app({name: plugin.demo for name, plugin in plugins().items()})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5") as client:
        url = f"http://127.0.0.1:5/{dialect}/answer"
        reply = await client.post(url, data={"To": to, "From": "client:x"})
    answer = WebReply(url=url, status=200, content_type="text/xml", body=reply.content, took_ms=1)
    document = plugins()[dialect].create(Hosts()).parse(answer, Purpose.ANSWER)
    assert document.warnings == ()
    assert [verb_name(verb) for verb in document.verbs] == ["speak", "conference"]
    # One room for the people of both dialects.
    assert getattr(document.verbs[1], "name", "") == "room"


async def test_the_queue_says_where_callers_are_and_an_agent_takes_them() -> None:
    app = demo_app({name: plugin.demo for name, plugin in plugins().items()})
    dialect = plugins()["twilio"].create(Hosts())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5") as client:

        async def parsed(path: str, purpose: Purpose, **fields: str) -> list[str]:
            reply = await client.post(f"/twilio/{path}", data=fields)
            url = f"http://127.0.0.1:5/twilio/{path}"
            answer = WebReply(
                url=url, status=200, content_type="text/xml", body=reply.content, took_ms=1
            )
            document = dialect.parse(answer, purpose)
            assert document.warnings == ()
            return [verb_name(verb) for verb in document.verbs]

        assert await parsed("answer", Purpose.ANSWER, To="queue") == ["enqueue"]
        assert await parsed("answer", Purpose.ANSWER, To="agent") == ["dequeue"]
        assert await parsed("wait", Purpose.WAIT, QueuePosition="3") == ["speak", "wait"]
        reply = await client.post("/plivo/answer", data={"To": "sip:queue@here", "From": "x"})
        assert "no queues" in reply.text
