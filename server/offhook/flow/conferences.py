"""The conferences of this process: each is a task with an inbox, and knows calls by their legs."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from offhook.base.conference_control import (
    AnnounceText,
    AnnounceUrl,
    CoachMember,
    ConferenceAction,
    EndConference,
    HoldMember,
    MuteMember,
    RemoveMember,
)
from offhook.base.conferences import (
    ConferenceKind,
    ConferenceMessage,
    Enter,
    Finish,
    Leave,
    LeaveReason,
    Remove,
    SetCoaching,
    SetHeld,
    SetMuted,
)
from offhook.base.errors import NotFound, OffhookError, Unavailable
from offhook.base.events import ConferenceLeft, LegEvent
from offhook.base.ids import AccountId, ConferenceId, LegId
from offhook.calls.conference import Conference
from offhook.calls.membership import Membership
from offhook.flow.conference_task import (
    ConferenceTask,
    Message,
    Requested,
    no_such_member,
)
from offhook.flow.live_conferences import LiveConference, snapshot
from offhook.flow.ports import Dependencies

Spawn = Callable[[Coroutine[Any, Any, None]], object]
_CONTROL_S: Final = 30.0
"""How long a program's request may take, the loading of a sound included."""
_Key = tuple[AccountId, ConferenceKind, str]


class Conferences:
    """All conferences, as `offhook.calls.ports.Conferences`: by account, kind and name while they last."""

    def __init__(self, deps: Dependencies, post: Callable[[LegEvent], None], spawn: Spawn) -> None:
        """No conference yet.

        Args:
            deps: What they need of the world.
            post: Posts an event to the call that has its leg.
            spawn: Begins a task.
        """
        self._deps = deps
        self._post = post
        self._spawn = spawn
        self._named: dict[_Key, ConferenceTask] = {}
        self._of: dict[LegId, ConferenceTask] = {}
        self._expected: set[LegId] = set()
        """Members of before a restart whose pages are not back."""
        self._paused = False

    def __len__(self) -> int:
        """How many there are."""
        return len(self._named)

    def send(self, message: ConferenceMessage) -> None:
        """Put a message into the inbox of its conference."""
        if isinstance(message, Enter):
            self._enter(message)
        elif (task := self._of.get(message.leg)) is not None:
            task.put(message)

    def _enter(self, message: Enter) -> None:
        leg = message.member.leg
        if leg in self._expected:
            self._expected.discard(leg)
            if leg not in self._of:
                # It was removed, or the conference has ended, before its page was back.
                self._post(ConferenceLeft(leg=leg))
                return
        elif message.resumed is not None:
            self._expected.add(leg)
        task = self._task(message)
        self._of[leg] = task
        task.put(message)

    def _task(self, message: Enter) -> ConferenceTask:
        key = message.account, message.kind, message.name
        known = self._named.get(key)
        if known is not None:
            return known
        resumed = message.resumed
        id = ConferenceId(self._deps.ids.hex32()) if resumed is None else resumed.conference
        conference = Conference(id, message.account, message.name, message.kind)
        task = self._named[key] = ConferenceTask(conference, self)
        self._spawn(task.run())
        return task

    def gone(self, leg: LegId) -> None:
        """The call of a leg is over: it is no member, even if its page never came back."""
        self._expected.discard(leg)
        self.send(Leave(leg=leg, reason=LeaveReason.HUNG_UP))

    # After a restart.

    def pause(self) -> None:
        """Only members of before a restart are taken, until `go_on`: nothing else comes in between."""
        self._paused = True

    def go_on(self) -> None:
        """All of them are named."""
        self._paused = False
        for task in self._named.values():
            task.wake()

    # For programs.

    def live(self, account: AccountId) -> list[LiveConference]:
        """The account's conferences, the oldest first."""
        tasks = [task for key, task in self._named.items() if key[0] == account]
        return [snapshot(task.conference, task.age_s) for task in tasks]

    def find(self, account: AccountId, id: str) -> LiveConference:
        """One of them, by its id or its name.

        Raises:
            NotFound: there is no such conference now.
        """
        task = self._find(account, id)
        return snapshot(task.conference, task.age_s)

    async def control(self, account: AccountId, id: str, action: ConferenceAction) -> None:
        """Carry out a program's request; returns once it took effect.

        Args:
            account: Whose conference.
            id: Its id or its name.
            action: What to do.

        Raises:
            NotFound: there is no such conference or member.
            UsageError: a sound cannot be had or played.
            Unavailable: it took too long.
        """
        task = self._find(account, id)
        try:
            async with asyncio.timeout(_CONTROL_S):
                await self._carry_out(task, action)
        except TimeoutError:
            raise Unavailable("the conference did not carry out the request in time") from None

    async def _carry_out(self, task: ConferenceTask, action: ConferenceAction) -> None:
        match action:
            case AnnounceUrl(url=url):
                dialect = task.conference.members[0].member.dialect
                task.announce(url, await task.load(url, dialect))
            case AnnounceText(text=text, language=language, voice=voice, markup=markup):
                sound = await self._deps.speech.synthesize(
                    text,
                    language=language,
                    voice=voice,
                    markup=markup,
                    account=task.conference.account,
                )
                task.announce("", sound)
            case EndConference():
                await self._request(task, Finish())
            case _:
                await self._request(task, _message(task.conference, action))

    async def _request(self, task: ConferenceTask, message: ConferenceMessage | Finish) -> None:
        done: asyncio.Future[OffhookError | None] = asyncio.get_running_loop().create_future()
        task.put(Requested(message, partial(_resolve, done)))
        error = await done
        if error is not None:
            raise error

    def _find(self, account: AccountId, id: str) -> ConferenceTask:
        tasks = [task for key, task in self._named.items() if key[0] == account]
        found = next((task for task in tasks if task.conference.id == id), None)
        found = found or next((task for task in tasks if task.conference.name == id), None)
        if found is None:
            raise NotFound(f"there is no conference {id!r} now")
        return found

    # For the tasks.

    @property
    def deps(self) -> Dependencies:
        """What a conference needs of the world."""
        return self._deps

    @property
    def paused(self) -> bool:
        """Whether members of before a restart are still to be named."""
        return self._paused

    def post(self, event: LegEvent) -> None:
        """Post an event to the call of its leg."""
        self._post(event)

    def closed(self, task: ConferenceTask, waiting: list[Message]) -> None:
        """A conference is over; what waits is for the next one of that name."""
        conference = task.conference
        self._named.pop((conference.account, conference.kind, conference.name), None)
        self._of = {leg: other for leg, other in self._of.items() if other is not task}
        for message in waiting:
            if isinstance(message, Enter):
                self.send(message)
            elif isinstance(message, Requested):
                message.done(NotFound("the conference has ended"))

    def forget(self, leg: LegId, task: ConferenceTask) -> None:
        """A leg is no member any more."""
        if self._of.get(leg) is task:
            del self._of[leg]


def _message(
    conference: Conference, action: MuteMember | HoldMember | CoachMember | RemoveMember
) -> ConferenceMessage:
    """The message about a member.

    Raises:
        NotFound: there is no such member.
    """
    leg = _member(conference, action.member).member.leg
    match action:
        case MuteMember(muted=muted):
            return SetMuted(leg=leg, muted=muted)
        case HoldMember(held=held, music=music):
            return SetHeld(leg=leg, held=held, hold=music)
        case CoachMember(coaches=coached, agents=agents):
            call = None if coached is None else _member(conference, coached).member.call
            return SetCoaching(leg=leg, coaches=call, agents=agents and call is None)
        case RemoveMember():
            return Remove(leg=leg)


def _member(conference: Conference, name: str) -> Membership:
    """A member by its call, its number or its label.

    Raises:
        NotFound: there is no such member.
    """
    for member in conference.members:
        names = (member.member.call, member.member.leg, str(member.number))
        if name in names or (name and name == member.member.options.label):
            return member
    raise no_such_member(name)


def _resolve(done: asyncio.Future[OffhookError | None], error: OffhookError | None) -> None:
    # A request that timed out is cancelled.
    if not done.done():
        done.set_result(error)
