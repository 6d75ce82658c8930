"""Divides a limited number of places among accounts and hosts, so that none delays another."""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, TypeVar

from offhook.base.errors import Unavailable

_Key = TypeVar("_Key")
_ANY: Final = 2**31
_QUARTER: Final = 0.25


def _do_nothing() -> None:
    """A ticket that holds a place at once needs no call."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One place, held or waited for.

    Attributes:
        account: Who is charged for it.
        host: The server that is contacted, if requests are shared out by server, too.
        held: Whether it is a place already.
        admitted: Called once it is.
    """

    account: str
    host: str
    held: bool = False
    admitted: Callable[[], None] = field(repr=False, kw_only=True)


class FairShare:
    """Places with dynamic thresholds (Choudhury and Hahne, 1998).

    One more place for a host of an account is given while what the host and the account hold is
    less than some part of the free places. With a quarter, one busy host alone gets a ninth of all places, an
    account with many hosts a fifth, the next account a fifth of what is left, and so on: an account
    that holds nothing is admitted at once, however many others hold places and wait for more.
    Those that wait are admitted by the places that their account holds, then by turns.
    """

    def __init__(self, places: int, *, waiting: int = _ANY, part: float = _QUARTER) -> None:
        """All places are free.

        Args:
            places: How many there are.
            waiting: How many tickets may wait; divided among accounts in the same way.
            part: Of the free places, compared with what a host and its account hold together.
        """
        self._part = part
        self._free = places
        self._max_waiting = waiting
        self._accounts: Counter[str] = Counter()
        self._hosts: Counter[tuple[str, str]] = Counter()
        self._waiting: dict[str, OrderedDict[str, deque[Ticket]]] = {}
        self._queue_lengths: Counter[str] = Counter()
        self._served: dict[str, int] = {}
        self._turn = 0

    @property
    def free(self) -> int:
        """How many places nothing holds."""
        return self._free

    def held(self, account: str) -> int:
        """How many places the account holds."""
        return self._accounts[account]

    def full(self) -> Collection[str]:
        """Accounts that may take no more places now, whatever the host."""
        return [name for name, held in self._accounts.items() if held >= self._part * self._free]

    def admits(self, account: str, host: str = "") -> bool:
        """Whether the account may take one more place for the host now."""
        held = self._hosts[account, host] + self._accounts[account]
        return held < self._part * self._free

    def enter(
        self, account: str, host: str = "", *, admitted: Callable[[], None] = _do_nothing
    ) -> Ticket:
        """Take a place, or wait for one.

        Args:
            account: Who is charged.
            host: The server that is contacted.
            admitted: Called once there is a place; before this returns if there is one now.

        Raises:
            Unavailable: too many tickets of this account wait.
        """
        ticket = Ticket(account, host, admitted=admitted)
        hosts = self._waiting.get(account)
        if (hosts is None or host not in hosts) and self.admits(account, host):
            self._hold(ticket)
            return ticket
        if self._queue_lengths[account] >= self._max_waiting:
            raise Unavailable("too many requests of this account wait; try again in a moment")
        self._max_waiting -= 1
        self._queue_lengths[account] += 1
        self._waiting.setdefault(account, OrderedDict()).setdefault(host, deque()).append(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Give a place back, or wait no longer."""
        if not ticket.held:
            self._unqueue(ticket)
            return
        ticket.held = False
        self._free += 1
        _subtract(self._accounts, ticket.account)
        _subtract(self._hosts, (ticket.account, ticket.host))
        self._forget(ticket.account)
        while (chosen := self._next()) is not None:
            self._unqueue(chosen)
            self._hold(chosen)

    def _hold(self, ticket: Ticket) -> None:
        ticket.held = True
        self._free -= 1
        self._accounts[ticket.account] += 1
        self._hosts[ticket.account, ticket.host] += 1
        self._turn += 1
        self._served[ticket.account] = self._turn
        ticket.admitted()

    def _next(self) -> Ticket | None:
        """The ticket whose turn it is, of those that may have a place."""
        by_share = sorted(
            self._waiting,
            key=lambda account: (self._accounts[account], self._served.get(account, 0)),
        )
        for account in by_share:
            for host, tickets in self._waiting[account].items():
                if self.admits(account, host):
                    self._waiting[account].move_to_end(host)
                    return tickets[0]
        return None

    def _unqueue(self, ticket: Ticket) -> None:
        hosts = self._waiting.get(ticket.account)
        if hosts is None or ticket not in hosts.get(ticket.host, ()):
            return
        hosts[ticket.host].remove(ticket)
        self._max_waiting += 1
        _subtract(self._queue_lengths, ticket.account)
        if not hosts[ticket.host]:
            del hosts[ticket.host]
        if not hosts:
            del self._waiting[ticket.account]
            self._forget(ticket.account)

    def _forget(self, account: str) -> None:
        if account not in self._waiting and not self._accounts[account]:
            self._served.pop(account, None)


def _subtract(counts: Counter[_Key], key: _Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
