"""What the API depends on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from offhook.auth.api import ApiAuth
from offhook.auth.sign_in_links import SignInLinks
from offhook.base.accounts import Application
from offhook.base.clock import Clock
from offhook.base.conference_control import ConferenceAction
from offhook.base.config import Config
from offhook.base.control import ControlAction
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.flow.live import LiveCall
from offhook.flow.live_conferences import LiveConference
from offhook.flow.outbound import OutboundCall
from offhook.store.store import Store


class Socket(Protocol):
    """An accepted WebSocket, as the link sees it."""

    async def receive(self) -> str | None:
        """The next text; nothing when it is closed."""
        ...

    def write(self, text: str) -> bool:
        """Send, if the other side reads. Returns whether it does."""
        ...

    async def send(self, text: str) -> None:
        """Send, waiting as long as the other side does not read."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close it, if it is not closed already, waiting like `send`."""
        ...

    def signed_in(self) -> None:
        """Its page has signed in: it no longer counts as unauthenticated."""
        ...

    def abort(self) -> None:
        """End it at once; what was not sent is lost."""
        ...


class LinkServer(Protocol):
    """Serves the link on accepted sockets."""

    async def serve(self, socket: Socket, address: str) -> None:
        """Serve the link until the socket is closed."""
        ...


class RecordingFiles(Protocol):
    """The sound of recordings."""

    async def find(self, key: str) -> Path:
        """An existing file.

        Raises:
            NotFound: there is none.
        """
        ...

    async def mp3(self, key: str) -> Path:
        """The same sound as an MP3.

        Raises:
            NotFound: there is no such file.
            Unavailable: it cannot be made.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove a file; it has no effect if there is none.

        Raises:
            Unavailable: the system refuses.
        """
        ...


class LiveCalls(Protocol):
    """The calls that run, as `flow.call_dispatcher.CallDispatcher` has them."""

    def live(self, account: AccountId) -> Sequence[LiveCall]:
        """The account's running calls, oldest first."""
        ...

    async def begin(self, outbound: OutboundCall) -> LiveCall:
        """Begin a call.

        Raises:
            NotFound: there is no such account.
            UsageError: the call's own document is invalid.
            Unavailable: there are as many calls as are allowed, or the server stops.
        """
        ...

    async def control(self, account: AccountId, call: CallId, action: ControlAction) -> str:
        """Carry out a request on a running call; returns the request's id, once it took effect.

        Raises:
            NotFound: the account has no such call that runs.
            PeerError: the call's state does not allow it.
            UsageError: what it names cannot be had or used.
            Unavailable: too many requests wait, or it took too long.
        """
        ...


class Conferences(Protocol):
    """The conferences that run, as `flow.conferences.Conferences` has them."""

    def live(self, account: AccountId) -> Sequence[LiveConference]:
        """The account's conferences."""
        ...

    def find(self, account: AccountId, id: str) -> LiveConference:
        """One of them, by its id or its name.

        Raises:
            NotFound: there is no such conference now.
        """
        ...

    async def control(self, account: AccountId, id: str, action: ConferenceAction) -> None:
        """Carry out a request; returns once it took effect.

        Raises:
            NotFound: there is no such conference or member.
            UsageError: a sound cannot be had or played.
            Unavailable: it took too long.
        """
        ...


class SimulatedCalls(Protocol):
    """The simulated carrier, as `runtime.carrier.SimulatedCalls` has it."""

    def numbers(self) -> Sequence[tuple[str, str]]:
        """Each number that can be called, and what it does."""
        ...

    def call(
        self,
        account: AccountId,
        application: ApplicationId,
        caller: str,
        to: str,
        steps: Sequence[Mapping[str, Any]],
    ) -> LegId:
        """Let a number call one of the account's. Returns the id of the call.

        Raises:
            UsageError: a step makes no sense, or there are too many calls.
            Unavailable: the call was refused.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """Everything the API needs.

    Attributes:
        health: The health checks by name; empty text for one that passes, else what is wrong.
        metrics: All figures as Prometheus reads them, with their content type.
        sign_in: What short links stand for.
        simulated: Telephones without a carrier; nothing if this server has none.
        url_warnings: Why URLs of an application will be refused, and what helps; empty when none will.
    """

    store: Store
    auth: ApiAuth
    link_server: LinkServer
    live_calls: LiveCalls
    conferences: Conferences
    simulated: SimulatedCalls | None
    files: RecordingFiles
    clock: Clock
    config: Config
    health: Callable[[], Awaitable[Mapping[str, str]]]
    metrics: Callable[[], tuple[bytes, str]]
    sign_in: SignInLinks
    url_warnings: Callable[[Application], list[str]]
