"""All links of this server: begins them, gives them back to pages that return, counts them."""

import logging
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.errors import Unavailable
from offhook.base.fair_share import FairShare, Ticket
from offhook.base.ids import DeviceId, Ids, LegId
from offhook.base.link_state import LinkState
from offhook.links.json import frames
from offhook.links.json.device import LinkParts
from offhook.links.json.session import Session, hash_of
from offhook.links.json.transport import Transport
from offhook.links.limits import Limits
from offhook.links.ports import FeedbackStore, LinkLog, Router

log = logging.getLogger("offhook.links")

_AGAIN_S: Final = 30.0


class Crowded(Unavailable):
    """The account has its share of the links.

    Attributes:
        retry_after_s: Seconds after which trying again makes sense.
    """

    code = "too-many-links"
    retry_after_s = _AGAIN_S


@dataclass(slots=True, kw_only=True)
class Links:
    """The links there are, each under its id."""

    router: Router
    clock: Clock
    ids: Ids
    limits: Limits
    feedback_store: FeedbackStore
    ice_servers: Callable[[Party], Sequence[Mapping[str, object]]] = lambda _party: ()
    log: LinkLog
    instance: str = ""
    """Id of this server process, sent to pages: one that meets another process knows of the restart."""
    _links: dict[DeviceId, Session] = field(default_factory=dict[DeviceId, Session])
    _places: dict[DeviceId, Ticket] = field(default_factory=dict[DeviceId, Ticket])
    _shares: FairShare = field(init=False)

    def __post_init__(self) -> None:
        """Divide the links there may be among accounts."""
        self._shares = FairShare(self.limits.links, part=self.limits.links_part)

    def enter(self, hello: frames.Hello, party: Party, transport: Transport) -> Session:
        """A page whose log-in is good gets its old link back, or a new one.

        Raises:
            Crowded: it needs a new one, and its account has its share of them.
        """
        given_up: list[Session] = []
        resume = hello.resume
        link = None if resume is None else self._links.get(DeviceId(resume.link))
        if resume is not None and link is not None:
            if link.reattaches(resume, party):
                link.reattach(transport, party, resume)
                return link
            if link.fits(resume, party):
                link.attach(transport, party, resume)
                return link
            if link.is_key(resume.key):
                # It is the page's own, but too old to go on with: do not let it linger.
                link.end(Cause.ENDPOINT_LOST)
                given_up.append(link)
        before = self._before(hello, party)
        if before is not None:
            given_up.append(before)
        place = self._place_of(given_up, party)
        id, key = DeviceId(self.ids.hex32()), self.ids.hex32()
        link = self._make(id, hash_of(key), party, place)
        link.begin(transport, key, before)
        return link

    def _make(self, id: DeviceId, key_hash: str, party: Party, place: Ticket) -> Session:
        parts = LinkParts(
            id=id,
            key_hash=key_hash,
            party=party,
            router=self.router,
            clock=self.clock,
            limits=self.limits,
            feedback=self.feedback_store,
            ice_servers=self.ice_servers,
            instance=self.instance,
            log=self.log,
        )
        self._places[id] = place
        link = self._links[id] = Session(parts)
        return link

    def revive(self, states: Iterable[LinkState], legs: Container[LegId]) -> None:
        """Take up links of earlier processes; each waits for its page as one that has lost its socket.

        Args:
            states: The links as they were written down.
            legs: Legs of calls that go on. What the links have of others is dropped.
        """
        for state in states:
            account = state.party.account
            if not self._shares.admits(account):
                self.log.closed(state.id)
                continue
            link = self._make(state.id, state.key_hash, state.party, self._shares.enter(account))
            link.revive(state, legs)

    def party_of(self, hello: frames.Hello) -> Party | None:
        """The party of the link that the page requests; nothing if it cannot have that link."""
        requested = hello.resume or hello.attach
        link = None if requested is None else self._links.get(DeviceId(requested.link))
        if requested is None or link is None:
            return None
        party = link.device.party
        if isinstance(requested, frames.Resume):
            had = link.fits(requested, party) or link.reattaches(requested, party)
            return party if had else None
        return party if link.passes_on_to(requested.key, party) else None

    def _before(self, hello: frames.Hello, party: Party) -> Session | None:
        """The link whose calls a reloaded page takes over."""
        if hello.attach is None:
            return None
        before = self._links.get(DeviceId(hello.attach.link))
        if before is None or not before.passes_on_to(hello.attach.key, party):
            return None
        return before

    def _place_of(self, given_up: Sequence[Session], party: Party) -> Ticket:
        """A place for a link of `party`; a page that was here keeps the one it had."""
        kept: Ticket | None = None
        for link in given_up:
            place = self._remove(link.id)
            if place is not None and kept is None and place.account == party.account:
                kept = place
            elif place is not None:
                self._shares.leave(place)
        if kept is not None:
            return kept
        if not self._shares.admits(party.account):
            held = self._shares.held(party.account)
            log.warning("links.refused", extra={"account": party.account, "held": held})
            raise Crowded("this account has as many links as its share allows")
        return self._shares.enter(party.account)

    def _remove(self, id: DeviceId) -> Ticket | None:
        """Forget the link; its place is for the caller to give back, or on."""
        self._links.pop(id, None)
        return self._places.pop(id, None)

    def sweep(self, link: Session) -> None:
        """Forget the link if it is over."""
        if link.over and (place := self._remove(link.id)) is not None:
            self._shares.leave(place)

    def __iter__(self) -> Iterator[Session]:
        """All links."""
        return iter(tuple(self._links.values()))

    def __len__(self) -> int:
        """How many links there are."""
        return len(self._links)

    @property
    def connected(self) -> int:
        """How many of them have a socket."""
        return sum(link.connected for link in self._links.values())

    def end_all(self, cause: Cause) -> None:
        """End every link."""
        for link in tuple(self._links.values()):
            link.end(cause)
            self.sweep(link)
