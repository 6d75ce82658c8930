"""All links of this server: begins them, gives them back to pages that return, counts them."""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.ids import DeviceId, Ids
from offhook.links.json import frames
from offhook.links.json.link import Carrier, Link, LinkParts
from offhook.links.limits import Limits
from offhook.links.ports import Notes, Switch


@dataclass(slots=True, kw_only=True)
class Links:
    """The links there are, each under its id."""

    switch: Switch
    clock: Clock
    ids: Ids
    limits: Limits
    notes: Notes
    ice_servers: Callable[[Party], Sequence[Mapping[str, object]]] = lambda _party: ()
    instance: str = ""
    """Id of this server process, sent to pages: one that meets another process knows of the restart."""
    _links: dict[DeviceId, Link] = field(default_factory=dict[DeviceId, Link])

    def enter(self, hello: frames.Hello, party: Party, carrier: Carrier) -> Link:
        """A page whose log-in is good gets its old link back, or a new one."""
        if hello.resume is not None:
            link = self._links.get(DeviceId(hello.resume.link))
            if link is not None and link.fits(hello.resume, party):
                link.attach(carrier, party, hello.resume.received)
                return link
            if link is not None and hmac.compare_digest(
                link.key.encode(), hello.resume.key.encode()
            ):
                # It is the page's own, but too old to go on with: do not let it linger.
                link.end(Cause.ENDPOINT_LOST)
                self._links.pop(link.id, None)
        link = Link(
            LinkParts(
                id=DeviceId(self.ids.hex32()),
                key=self.ids.hex32(),
                party=party,
                switch=self.switch,
                clock=self.clock,
                limits=self.limits,
                notes=self.notes,
                ice_servers=self.ice_servers,
                instance=self.instance,
            )
        )
        self._links[link.id] = link
        link.begin(carrier, self._before(hello, party))
        return link

    def whose(self, hello: frames.Hello) -> Party | None:
        """Who opened the link that the page asks for; nothing if it cannot have that link."""
        wish = hello.resume or hello.attach
        link = None if wish is None else self._links.get(DeviceId(wish.link))
        if wish is None or link is None:
            return None
        party = link.talk.party
        if isinstance(wish, frames.Resume):
            return party if link.fits(wish, party) else None
        return party if link.passes_on_to(wish.key, party) else None

    def _before(self, hello: frames.Hello, party: Party) -> Link | None:
        """The link whose calls a page that was loaded anew takes over."""
        if hello.attach is None:
            return None
        before = self._links.get(DeviceId(hello.attach.link))
        if before is None or not before.passes_on_to(hello.attach.key, party):
            return None
        del self._links[before.id]
        return before

    def sweep(self, link: Link) -> None:
        """Forget the link if it is over."""
        if link.over:
            self._links.pop(link.id, None)

    def __iter__(self) -> Iterator[Link]:
        """All links."""
        return iter(tuple(self._links.values()))

    def __len__(self) -> int:
        """How many links there are."""
        return len(self._links)

    @property
    def here(self) -> int:
        """How many of them have a socket."""
        return sum(link.here for link in self._links.values())

    def end_all(self, cause: Cause) -> None:
        """End every link."""
        for link in tuple(self._links.values()):
            link.end(cause)
        self._links.clear()
