"""A router with links and pages, on a clock that only a test moves."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from offhook.base.accounts import Party
from offhook.base.address import client
from offhook.base.commands import Invite
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import AccountId, ApplicationId, LegId, Sdp
from offhook.links.json.links import Links
from offhook.links.limits import Limits
from offhook.links.router import Router
from offhook.store.durable_links import DurableLinks
from offhook.testing.deterministic import ManualClock
from offhook.testing.link_journal import LinkJournal
from offhook.testing.memory import InMemoryFeedback
from offhook.testing.page import FakeTransport, Page

ACCOUNT = AccountId("MA000000000000000000")
SCHEMA = json.loads((Path(__file__).parents[3] / "spec/link/frames.schema.json").read_text())


@dataclass
class CountedIds:
    """Ids that are easy to read."""

    count: int = 0

    def hex32(self) -> str:
        self.count += 1
        return f"{self.count:032x}"

    def digits(self, count: int) -> str:
        self.count += 1
        return f"1{self.count:0{count - 1}d}"


def party(name: str, **changes: Any) -> Party:
    settled: dict[str, Any] = {"application": ApplicationId("app"), "account": ACCOUNT, **changes}
    return Party(name=name, **settled)


@dataclass
class LinkHarness:
    """Everything from the sockets up to the router."""

    limits: Limits = field(default_factory=Limits)
    clock: ManualClock = field(default_factory=ManualClock)
    ids: CountedIds = field(default_factory=CountedIds)
    deliver: list[LegEvent] = field(default_factory=list)
    arrivals: list[Invited] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.feedback_store = InMemoryFeedback()
        self.journal = LinkJournal(self.clock)
        self.begin("")

    def begin(self, instance: str) -> DurableLinks:
        """A process begins."""
        log = self.journal.process()
        self.router = Router(self._happen, self._arrive, self.ids, self.limits.devices_per_name)
        self.links = Links(
            router=self.router,
            clock=self.clock,
            ids=self.ids,
            limits=self.limits,
            feedback_store=self.feedback_store,
            log=log,
            instance=instance,
        )
        return log

    def _happen(self, event: LegEvent) -> None:
        # Its call writes it down at once, and with it what links have held.
        self.journal.retry()
        self.deliver.append(event)

    def _arrive(self, invited: Invited) -> None:
        self.journal.retry()
        self.arrivals.append(invited)

    def page(self, name: str, *, register: bool = False, **changes: Any) -> Page:
        page = Page(self.links, party(name, **changes))
        page.connect()
        page.deliver_all()
        if register:
            page.send("register")
            page.deliver_all()
        return page

    def invite(self, name: str, leg: str = "b" * 32, **changes: Any) -> LegId:
        fields: dict[str, Any] = {"caller": "client:alice", "sdp": Sdp("v=0 ours"), **changes}
        self.router.send(LegId(leg), Invite(account=ACCOUNT, to=client(name), **fields))
        return LegId(leg)

    def pass_time(self, seconds: float, *pages: Page) -> None:
        """Let time pass, waking links when they want to be woken."""
        until = self.clock.at + seconds
        while True:
            due = [link.wake() for link in self.links if link.wake() <= until]
            self.clock.at = max(self.clock.at, min(due, default=until))
            for link in self.links:
                link.tick()
                self.links.sweep(link)
            for page in pages:
                page.deliver_all()
            if not due:
                return


@pytest.fixture
def harness() -> LinkHarness:
    return LinkHarness()


@pytest.fixture(scope="session")
def make_harness() -> type[LinkHarness]:
    return LinkHarness


@pytest.fixture
def make_party() -> Callable[..., Party]:
    return party


@pytest.fixture(autouse=True)
def _every_frame_of_ours_fits_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every frame of the server in a test is validated by the schema."""
    schema = {"$defs": SCHEMA["$defs"], **SCHEMA["server"]}
    valid = jsonschema.Draft202012Validator(schema)
    send = FakeTransport.send

    def checked(wire: FakeTransport, text: str) -> None:
        valid.validate(json.loads(text))
        send(wire, text)

    monkeypatch.setattr(FakeTransport, "send", checked)
