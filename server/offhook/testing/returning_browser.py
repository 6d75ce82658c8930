"""A simulated browser whose page comes back to a server that was restarted."""

from collections.abc import Mapping
from typing import Any, Final

from offhook_engine import SimEngine

from offhook.base.accounts import Party
from offhook.links.json.links import Links
from offhook.testing.simulated_browser import (
    BrowserCall,
    BrowserOptions,
    CallState,
    SimulatedBrowser,
)

_STATES: Final[Mapping[str, CallState]] = {
    "dialing": CallState.TRYING,
    "ringing": CallState.RINGING,
    "up": CallState.UP,
}


class ReturningBrowser(SimulatedBrowser):
    """Keeps its calls while there is no server, and attaches them to the next one, as the SDK does."""

    def __init__(
        self, links: Links, party: Party, engine: SimEngine, options: BrowserOptions
    ) -> None:
        """Not connected yet."""
        super().__init__(links, party, engine, options)
        self._returning = False
        self._answered: set[str] = set()
        self._hung_up: set[str] = set()
        self._held: set[str] = set()
        self._muted: set[str] = set()
        self._without_offer: set[str] = set()
        self._asked: dict[str, str] = {}
        self._attaching_calls: set[str] = set()

    @property
    def live(self) -> list[BrowserCall]:
        """Its calls that have not ended."""
        return [call for call in self.calls.values() if call.state is not CallState.ENDED]

    @property
    def waiting(self) -> int:
        """How many incoming calls it has had that no test has taken."""
        return len(self._incoming)

    def lose_server(self) -> None:
        """The server's process has died: what was under way is lost, and its socket sends no more."""
        if self._page.transport is not None:
            self._page.transport.close(1006, "")
        self._page.server_restarted(self._links)
        for call in self.live:
            call.connected = False

    def come_back(self, links: Links) -> None:
        """Resume the link at the next process."""
        self._links = links
        self._page.server_restarted(links)
        self._page.calls = [self._listed(c) for c in self.live if c.name not in self._hung_up]
        self._returning = True
        self.connect()

    def send(self, kind: str, **fields: object) -> None:
        """Send a frame, and keep in mind what a restarted server has to know of the call."""
        name = str(fields.get("call", ""))
        match kind:
            case "answer":
                self._answered.add(name)
                if name in self._without_offer:
                    # The SDP is for the offer of a process that has died.
                    return
            case "hangup" | "reject" | "ignore":
                self._hung_up.add(name)
            case "offer" if fields["reason"] in ("hold", "resume"):
                self._asked[name] = str(fields["reason"])
                _set(self._held, name, member=fields["reason"] == "hold")
            case "mute":
                _set(self._muted, name, member=bool(fields["muted"]))
            case _:
                pass
        super().send(kind, **fields)

    def _listed(self, call: BrowserCall) -> Mapping[str, Any]:
        return {
            "call": call.name,
            "id": call.id or call.invitation.get("id", ""),
            "state": self._state_of(call),
            "muted": call.name in self._muted,
            "held": call.name in self._held,
        }

    def _state_of(self, call: BrowserCall) -> str:
        if call.invitation and call.state is not CallState.UP:
            return "answering" if call.name in self._answered else "incoming"
        return {CallState.TRYING: "dialing", CallState.RINGING: "ringing"}.get(call.state, "up")

    def _deliver_to_page(self) -> None:
        super()._deliver_to_page()
        if self._returning and self._page.welcome_came:
            self._returning = False
            welcome = self._page.welcome
            attached = welcome.get("calls", ()) if welcome.get("attached") else ()
            self._take_up({call["call"]: call for call in attached})

    def _take_up(self, of_server: Mapping[str, Mapping[str, Any]]) -> None:
        """Compare the calls with those of the server, whose state counts."""
        invited = {frame["call"] for frame in self._page.restated if frame["type"] == "invite"}
        for call in self.live:
            listed = of_server.get(call.name)
            if listed is not None:
                call.id = call.id or listed["id"]
                self._attach(call, listed.get("state", "up"))
            elif call.name not in invited:
                known = call.name in self._hung_up
                call.cause, call.ended_by = (
                    ("normal", "you") if known else ("server-restarted", "server")
                )
                call.set_state(CallState.ENDED)
                self.engine.close(call.leg)

    def _attach(self, call: BrowserCall, state: str) -> None:
        if state == "incoming":
            call.state = CallState.TRYING
            self._without_offer.add(call.name)
            return
        call.set_state(_STATES[state])
        self._renew_leg(call)
        self._attaching_calls.add(call.name)
        call.offer("attach", "inactive" if call.name in self._held else "sendrecv")

    def _renew_leg(self, call: BrowserCall) -> None:
        """New media; both sides count offers from 1 again."""
        self.engine.close(call.leg)
        del self._legs[call.leg]
        call.leg, call.connected, call.offers = self.engine.open(), False, 0
        call.frames[:] = [f for f in call.frames if f["type"] not in ("accept", "refuse")]
        self._legs[call.leg] = call

    def _handle_frame(self, frame: Mapping[str, Any]) -> None:
        call = self.calls.get(frame.get("call", ""))
        ended = call is not None and call.state is CallState.ENDED
        if ended and frame["type"] != "incoming":
            # The page ended it by itself and has forgotten it.
            return
        super()._handle_frame(frame)
        call = self.calls.get(frame.get("call", ""))
        if call is None or frame["type"] not in ("accept", "refuse"):
            return
        asked = self._asked.pop(call.name, "")
        if asked and frame["number"] == 1 and call.name in self._attaching_calls:
            # Hold or resume waited for an answer when the server died.
            call.offer(asked, "inactive" if asked == "hold" else "sendrecv")
        self._attaching_calls.discard(call.name)

    def _handle_incoming(self, frame: Mapping[str, Any]) -> None:
        call = self.calls.get(frame["call"])
        if call is None or call.state is CallState.ENDED:
            super()._handle_incoming(frame)
            return
        # It rings on without a second event.
        self._without_offer.discard(call.name)
        self._renew_leg(call)
        call.invitation = frame
        if call.name in self._answered:
            call.answer()


def _set(names: set[str], name: str, *, member: bool) -> None:
    (names.add if member else names.discard)(name)
