"""The demonstration: two people, an application of each dialect, and a web server for those.

The web server has an address of its own, and calls fetch its documents over HTTP as they would fetch
any user's.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response

from offhook.auth import passwords
from offhook.auth.native_tokens import LONGEST_S, SHORTEST_S, Grant, mint
from offhook.auth.sign_in_links import SignInLinks
from offhook.base.clock import Clock
from offhook.base.ids import AccountId, ApplicationId
from offhook.store.accounts import Account
from offhook.store.store import Store

log = logging.getLogger("offhook.demo")

Page = Callable[[str, Mapping[str, str]], str]
PEOPLE: Final = ("alice", "bob")
ACCOUNT: Final = "demo"
_PAGES: Final = ("answer", "after", "menu", "voicemail", "wait")


def application_name(dialect: str) -> str:
    """What the demonstration's application of a dialect is called."""
    return f"demo-{dialect}"


def demo_app(pages: Mapping[str, Page]) -> FastAPI:
    """The web server: `/<dialect>/answer`, `after` and `menu`, requested by GET or POST."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)

    @app.api_route("/{dialect}/{name}", methods=["GET", "POST"])
    async def document(request: Request, dialect: str, name: str) -> Response:
        page = pages.get(dialect)
        if page is None or name not in _PAGES:
            return Response("There is no such page.\n", 404, media_type="text/plain")
        sent = await request.body() if request.method == "POST" else request.url.query.encode()
        given = dict(parse_qsl(sent.decode("utf-8", "replace"), max_num_fields=200))
        own = {
            f"{each}_url": str(request.url.replace(path=f"/{dialect}/{each}", query=""))
            for each in _PAGES
        }
        return Response(page(name, given | own), media_type="text/xml")

    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person of the demonstration.

    Attributes:
        token: Authenticates them for 24 hours.
        code: Of a short link that stands for the token.
        dialect: Whose documents decide on their calls.
    """

    name: str
    token: str
    code: str
    dialect: str


class Demo:
    """Makes the demonstration on a new server, and new tokens for its people on each start."""

    def __init__(
        self, store: Store, clock: Clock, dialects: tuple[str, ...], links: SignInLinks
    ) -> None:
        """A demonstration with an application of each of `dialects`, and short links among `links`."""
        self._store = store
        self._links = links
        self._clock = clock
        self._dialects = dialects

    async def account(self) -> Account | None:
        """The demonstration's account, if it was made and is still there."""
        after = ""
        while True:
            page = await self._store.accounts.list(after=after)
            for account in page.items:
                if account.name == ACCOUNT:
                    return account
            after = page.next
            if not after:
                return None

    async def make(self, url: str) -> Account:
        """Make the account, its applications and its people; passwords that are not shown.

        Args:
            url: Where the demonstration's web server is.
        """
        account, _ = await self._store.accounts.create(ACCOUNT)
        made: list[ApplicationId] = []
        for dialect in self._dialects:
            application = await self._store.applications.create(
                account.id,
                name=application_name(dialect),
                dialect=dialect,
                answer_url=f"{url}/{dialect}/answer",
            )
            made.append(application.id)
        for number, name in enumerate(PEOPLE):
            await self._store.endpoints.create(
                account.id,
                name=name,
                digests=passwords.digests(name, passwords.generate()),
                application=made[number % len(made)],
            )
        log.info("demo.created", extra={"account": account.id})
        return account

    async def refresh(self, account: AccountId, url: str) -> None:
        """Set the URLs of the applications: the port of the web server changes with each start."""
        for dialect in self._dialects:
            known = await self._store.applications.named(account, application_name(dialect))
            if known is not None and known.dialect == dialect:
                await self._store.applications.change(
                    account, known.id, answer_url=f"{url}/{dialect}/answer"
                )

    async def people(self, account: AccountId) -> list[Person]:
        """The people that were not deleted, with a token each."""
        secret = await self._store.accounts.secret(account)
        found: list[Person] = []
        for name in PEOPLE:
            endpoint = await self._store.endpoints.find(account, name)
            if endpoint is None or secret is None or endpoint.application is None:
                continue
            application = await self._store.applications.find(account, endpoint.application)
            if application is not None:
                grant = Grant(name=name, application=application.id, lifetime_s=LONGEST_S)
                issue = partial(self._issue, grant, account, secret)
                code = self._links.make(issue, LONGEST_S)
                token = issue(LONGEST_S)
                found.append(Person(name=name, token=token, code=code, dialect=application.dialect))
        return found

    def _issue(self, grant: Grant, account: AccountId, secret: str, lifetime_s: float) -> str:
        lasting = replace(grant, lifetime_s=max(SHORTEST_S, int(lifetime_s)))
        return mint(lasting, issuer=account, secret=secret, now=self._clock.wall().timestamp())
