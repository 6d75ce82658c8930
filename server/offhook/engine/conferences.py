"""Which legs are in which conference, and on which workers: the engine links the workers of a conference."""

from dataclasses import dataclass, field

from offhook_engine import Legs, Source

from offhook.base.conferences import Role
from offhook.base.ids import ConferenceId, LegId


@dataclass(slots=True)
class _Conference:
    number: int
    workers: dict[LegId, int] = field(default_factory=dict[LegId, int])


class ConferenceTable:
    """Numbers conferences for the engine."""

    def __init__(self, engine: Legs, speakers: int) -> None:
        """No conference yet; so many speakers of each are mixed at once."""
        self._engine = engine
        self._speakers = speakers
        self._conferences: dict[ConferenceId, _Conference] = {}
        self._of: dict[LegId, ConferenceId] = {}
        self._last = 0

    def join(
        self,
        leg: LegId,
        number: int,
        worker: int,
        conference: ConferenceId,
        role: Role,
        coached: int | None,
    ) -> None:
        """A leg is a member, or has another role.

        Args:
            leg: The leg.
            number: Its number.
            worker: Where it is.
            conference: Its conference.
            role: What it may say and hear.
            coached: The number of the leg that it coaches.

        Raises:
            NoSuchLeg: the engine has no such leg.
        """
        if self._of.get(leg, conference) != conference:
            self.leave(leg)
        known = self._conferences.get(conference)
        if known is None:
            self._last += 1
            known = self._conferences[conference] = _Conference(self._last)
        self._engine.join(
            known.number,
            number,
            muted=role.muted,
            deaf=role.deaf,
            held=role.held,
            coaches=coached,
            coaches_agents=role.coaches_agents,
            agent=role.agent,
            speakers=self._speakers,
        )
        is_new = worker not in known.workers.values()
        known.workers[leg] = worker
        self._of[leg] = conference
        if is_new:
            self._link(known)

    def leave(self, leg: LegId) -> None:
        """A leg is a member no more."""
        conference = self._of.pop(leg, None)
        known = None if conference is None else self._conferences.get(conference)
        if conference is None or known is None:
            return
        worker = known.workers.pop(leg)
        if not known.workers:
            del self._conferences[conference]
        elif worker not in known.workers.values():
            self._link(known)

    def play(self, conference: ConferenceId, source: Source) -> None:
        """Play to all members of a conference."""
        known = self._conferences.get(conference)
        if known is None:
            return
        for worker in sorted(set(known.workers.values())):
            self._engine.play_to_members(known.number, worker, source)

    def _link(self, known: _Conference) -> None:
        workers = sorted(set(known.workers.values()))
        for worker in workers:
            others = [other for other in workers if other != worker]
            self._engine.link(known.number, worker, others)
