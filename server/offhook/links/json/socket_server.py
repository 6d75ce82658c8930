"""Sockets for links: reads, writes and keeps time for the sans-IO conversation."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol
from weakref import WeakValueDictionary

from offhook.base.accounts import Party
from offhook.base.clock import Clock
from offhook.base.error_catalog import error_spec
from offhook.base.errors import OffhookError, PeerError, Refused
from offhook.base.feedback import Feedback
from offhook.base.ids import AccountId, DeviceId, LegId
from offhook.base.link_state import LinkFeedback, LinkState
from offhook.base.network import source_of
from offhook.base.rate_limit import TokenBucket
from offhook.base.turns import Turns
from offhook.links.json import frames
from offhook.links.json.links import Crowded, Links
from offhook.links.json.session import Session
from offhook.links.json.socket_writer import Check, Closing, Keep, SocketWriter
from offhook.links.json.transport import Close
from offhook.links.limits import Limits

_OWN_REASONS: Final = frozenset(
    {
        *("hello-expected", "invalid-access-token", "invalid-access-token-header"),
        *("invalid-access-token-issuer", "invalid-access-token-subject"),
        *("invalid-access-token-signature", "invalid-access-token-grants"),
        *("access-token-not-valid-yet", "access-token-expired"),
        "expiration-exceeds-max-allowed-time",
    }
)
"""Refusals whose exact reason lies in what the page itself sent."""

log = logging.getLogger("offhook.links")


@dataclass(frozen=True, slots=True)
class KeyLogin:
    """Who it is, by the key of a link.

    Attributes:
        link: Its id, as the page sent it.
        party: Who opened it; nothing if the page cannot have it.
    """

    link: str
    party: Party | None


Login = frames.TokenLogin | frames.PasswordLogin | KeyLogin
Authenticate = Callable[[Login, str], Awaitable[Party]]
"""Checks a log-in from an address. Raises `Refused` with the code to deny it with."""


class Socket(Protocol):
    """A WebSocket that was accepted."""

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


@dataclass(slots=True)
class _Address:
    """What one address has open before it logged in."""

    bucket: TokenBucket
    greeting: int = 0


class _TooFast(Exception):
    """One socket more than the address may open, and its page has no good key of a link."""


@dataclass(slots=True, kw_only=True)
class SocketServer:
    """Serves the link on accepted sockets."""

    links: Links
    authenticate: Authenticate
    clock: Clock
    limits: Limits
    denied: int = 0
    _addresses: dict[str, _Address] = field(default_factory=dict[str, _Address])
    _timers: dict[DeviceId, asyncio.TimerHandle] = field(
        default_factory=dict[DeviceId, asyncio.TimerHandle]
    )
    _turns: WeakValueDictionary[AccountId, Turns] = field(
        default_factory=WeakValueDictionary[AccountId, Turns]
    )
    _forget_at: int = 1_000
    _left: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def serve(self, socket: Socket, address: str) -> None:
        """Talk with the page at `address` until the socket is closed."""
        known = self._known(address)
        try:
            if known.greeting >= self.limits.greeting_per_address:
                raise _TooFast
            known.greeting += 1
            try:
                entered = await self._greet(socket, address, known)
            finally:
                known.greeting -= 1
                self._forget_full()
        except _TooFast:
            await self._end(socket, Close.TOO_FAST, "too many sockets of this address")
            return
        if entered is None:
            return
        hello, party = entered
        writer = SocketWriter(self.limits.unacked_frames)
        try:
            link = self.links.enter(hello, party, writer)
        except Crowded as error:
            await self._deny(socket, error)
            return
        socket.signed_in()
        await self._converse(socket, link, writer, address)

    def revive(self, states: Iterable[LinkState], legs: Container[LegId]) -> None:
        """Take up links of earlier processes; see `Links.revive`."""
        found = tuple(states)
        self.links.revive(found, legs)
        for state in found:
            if state.feedback:
                work = asyncio.get_running_loop().create_task(self._keep_left(state))
                self._left.add(work)
                work.add_done_callback(self._left.discard)
        for link in self.links:
            if not link.connected:
                self._wait_for(link)

    def _known(self, address: str) -> _Address:
        source = source_of(address)
        known = self._addresses.get(source)
        if known is None:
            now = self.clock.now()
            bucket = TokenBucket(self.limits.sockets_per_s, self.limits.sockets_burst, now)
            known = self._addresses[source] = _Address(bucket)
        return known

    def _forget_full(self) -> None:
        if len(self._addresses) > self._forget_at:
            now = self.clock.now()
            for source, known in tuple(self._addresses.items()):
                if known.greeting == 0 and known.bucket.is_full(now):
                    del self._addresses[source]
            # Twice as many before the next look: looking costs a fixed share of a socket.
            self._forget_at = max(1_000, 2 * len(self._addresses))

    async def _greet(
        self, socket: Socket, address: str, known: _Address
    ) -> tuple[frames.Hello, Party] | None:
        within = known.bucket.allows(self.clock.now())
        try:
            async with asyncio.timeout(self.limits.hello_s):
                text = await socket.receive()
        except TimeoutError:
            await self._deny(socket, Refused("no `hello` came", code="hello-expected"))
            return None
        if text is None:
            return None
        try:
            hello = _hello(text, self.limits.frame_bytes)
            login = hello.auth
            if not within:
                # By good keys all pages of an office come back at once. A password costs too much for that.
                if self.links.party_of(hello) is None:
                    raise _TooFast
                login = login if isinstance(login, frames.TokenLogin) else None
            return hello, await self._authenticate(hello, login, address)
        except OffhookError as error:
            await self._deny(socket, error)
            return None

    async def _authenticate(
        self,
        hello: frames.Hello,
        login: frames.TokenLogin | frames.PasswordLogin | None,
        address: str,
    ) -> Party:
        if login is not None:
            return await self.authenticate(login, address)
        requested = hello.resume or hello.attach
        link = "" if requested is None else requested.link
        party = await self.authenticate(KeyLogin(link, self.links.party_of(hello)), address)
        if self.links.party_of(hello) is None:
            raise Refused("the link ended meanwhile", code="bad-credentials")
        return party

    async def _deny(self, socket: Socket, error: OffhookError) -> None:
        self.denied += 1
        row = error_spec(error.code)
        denied: dict[str, object] = {"type": "denied", "code": error.code}
        # Of names and passwords no reason is sent: it would help to guess.
        own = error.code in _OWN_REASONS
        what = f"{row.message} ({error})" if own else row.message
        denied |= {"message": what, "hint": row.hint}
        retry = getattr(error, "retry_after_s", None)
        if retry is not None:
            denied["retry_after_s"] = retry
        if await self._within_time(socket, socket.send(frames.write(denied)), self.limits.close_s):
            await self._end(socket, Close.DENIED, error.code)

    async def _end(self, socket: Socket, code: int, reason: str) -> None:
        await self._within_time(socket, socket.close(code, reason[:120]), self.limits.close_s)

    async def _within_time(
        self, socket: Socket, waiting: Coroutine[object, object, None], seconds: float
    ) -> bool:
        """Whether the other side read in time; if not, the socket and what it holds are freed."""
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            socket.abort()
            return False
        return True

    async def _converse(
        self, socket: Socket, link: Session, writer: SocketWriter, address: str
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            turns = self._turns_of(link.device.party.account)
            reader = tasks.create_task(_read(socket, link, writer, turns))
            await self._write(socket, link, writer, address)
            reader.cancel()
        link.detach(writer)
        self.links.sweep(link)
        if not link.over and not link.connected:
            self._wait_for(link)

    def _turns_of(self, account: AccountId) -> Turns:
        """The turns of an account; its links hold them."""
        turns = self._turns.get(account)
        if turns is None:
            turns = self._turns[account] = Turns(self.limits.frames_per_turn)
        return turns

    async def _write(
        self, socket: Socket, link: Session, writer: SocketWriter, address: str
    ) -> None:
        """Empty the queue and keep the link's time, until the socket is to be closed."""
        while True:
            out = await writer.queue.get_within(link.wake() - self.clock.now())
            match out:
                case str():
                    if not socket.write(out) and not await self._within_time(
                        socket, socket.send(out), self.limits.silence_s
                    ):
                        return
                case None:
                    link.tick()
                case Check():
                    await self._check(link, out, address)
                case Keep():
                    await self._keep(link, out)
                case Closing():
                    await self._end(socket, out.code, out.reason)
                    return

    async def _check(self, link: Session, check: Check, address: str) -> None:
        try:
            party = await self.authenticate(frames.TokenLogin(token=check.token), address)
        except OffhookError as error:
            link.fail(error, check.seq)
        else:
            link.renewed(party, check.seq)

    def _feedback(self, given: LinkFeedback | frames.Feedback) -> Feedback:
        return Feedback(
            score=given.score,
            issues=tuple(given.issues),
            note=given.note,
            log=tuple(given.log),
            at=self.clock.wall(),
        )

    async def _keep_left(self, state: LinkState) -> None:
        """Keep the feedback that an earlier process had received and may not have kept."""
        for seq, given in tuple(state.feedback.items()):
            feedback = self._feedback(given)
            try:
                await self.links.feedback_store.feedback(
                    state.party, given.leg, feedback, known=given.known
                )
            except OffhookError as error:
                log.warning("feedback.refused", extra={"leg": given.leg, "error": str(error)})
            self.links.log.feedback_kept(state.id, seq)

    async def _keep(self, link: Session, keep: Keep) -> None:
        given = keep.feedback
        feedback = self._feedback(given)
        try:
            await self.links.feedback_store.feedback(
                link.device.party, LegId(given.id), feedback, known=keep.known
            )
        except OffhookError as error:
            self.links.log.feedback_kept(link.id, given.seq)
            link.fail(error, given.seq)
        else:
            link.kept(given.seq)

    def _wait_for(self, link: Session) -> None:
        """Keep time for a link without a socket, with one timer a link."""

        def look() -> None:
            del self._timers[link.id]
            link.tick()
            self.links.sweep(link)
            # A loop's timer may fire before its time by the loop's clock: then it is set again.
            if not link.over and not link.connected:
                self._wait_for(link)

        known = self._timers.get(link.id)
        if known is not None:
            known.cancel()
        due_in_s = max(0.0, link.wake() - self.clock.now())
        self._timers[link.id] = asyncio.get_running_loop().call_later(due_in_s, look)


async def _read(socket: Socket, link: Session, writer: SocketWriter, turns: Turns) -> None:
    while (text := await socket.receive()) is not None:
        # Frames of one account, on however many sockets, delay those of another by a few at most.
        await turns.take()
        due = link.wake()
        link.receive(text)
        if link.wake() < due:
            writer.sooner()
    writer.close(Close.NORMAL, "")


def _hello(text: str, max_bytes: int) -> frames.Hello:
    if len(text.encode("utf-8", "replace")) > max_bytes:
        raise Refused(f"more than {max_bytes} bytes", code="hello-expected")
    try:
        frame = frames.read(text)
    except PeerError as error:
        raise Refused(str(error), code="hello-expected") from None
    if not isinstance(frame, frames.Hello):
        raise Refused("the first frame must be `hello`", code="hello-expected")
    if frame.version != 1:
        raise Refused("version 1 is spoken here", code="version-not-supported")
    return frame
