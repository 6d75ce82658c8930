"""Calls somebody else and joins the two."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.base.address import Address
from offhook.base.media import Tones
from offhook.calls.bridge import Terms
from offhook.calls.dialing import DialPolicy
from offhook.calls.live import Guest
from offhook.calls.outcome import dialled
from offhook.verbs.attempt import Attempt, Wishes
from offhook.verbs.base import Continuation, Fetch, Next, Outcome
from offhook.verbs.context import CallOver, Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One party to ring.

    Attributes:
        to: Who.
        parameters: What its page is to know.
        headers: Custom headers of its invitation.
        digits: Keys to press for it once it has answered, before the two are joined.
    """

    to: Address
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    digits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Ring somebody, and join the caller with whoever answers first.

    Attributes:
        targets: Whom to ring.
        ring_s: Seconds before giving up.
        limit_s: Seconds the two may talk.
        caller_id: Who calls, as shown to the targets; nothing for the caller itself.
        caller_name: A name to show with it.
        answer_on_bridge: The caller goes on ringing until somebody answers.
        star_ends: The caller's `*` ends the other leg.
        one_by_one: Ring the next target only when the one before failed.
        ringback: What the caller hears while a target rings.
        then: Whom to ask when it is over; nothing to go on with the next verb.
    """

    targets: tuple[Target, ...]
    ring_s: float
    limit_s: float
    ringback: Tones
    caller_id: str | None = None
    caller_name: str = ""
    answer_on_bridge: bool = False
    star_ends: bool = False
    one_by_one: bool = False
    then: Continuation | None = None

    async def run(self, call: Context) -> Outcome:
        """Ring, join, and wait until one of the two is gone."""
        if not self.answer_on_bridge:
            call.live.answer()
        attempt = Attempt(call, self._guests(call), self._wishes())
        try:
            await attempt.ring()
            await attempt.talk([target.digits for target in self.targets])
        except CallOver:
            attempt.give_up()
            _note(call, attempt)
            if self.then is None:
                raise
        else:
            _note(call, attempt)
        result = attempt.result()
        if self.then is not None:
            return Fetch(self.then, dial=result)
        return Next(failed=None if result.answered else result.cause)

    def _guests(self, call: Context) -> list[Guest]:
        caller = self.caller_id or call.live.first.peer
        return [
            Guest(
                to=target.to,
                caller=caller,
                caller_name=self.caller_name,
                parameters=target.parameters,
                headers=target.headers,
            )
            for target in self.targets
        ]

    def _wishes(self) -> Wishes:
        return Wishes(
            ringing=DialPolicy(ring_s=self.ring_s, one_by_one=self.one_by_one),
            terms=Terms(limit_s=self.limit_s, star_ends=self.star_ends),
            ringback=self.ringback,
        )


def _note(call: Context, attempt: Attempt) -> None:
    result = attempt.result()
    callee = None if result.callee is None else call.live.call.leg(result.callee)
    dialled(call.live, callee, result.cause, answered=result.answered)
