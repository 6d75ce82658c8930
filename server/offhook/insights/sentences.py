"""A sentence for each event that an operator has to act on, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Sentence:
    """The message for an event.

    Attributes:
        text: With `{fact}` for each fact that it names.
        hint: What to do; the same. Empty if there is nothing to do, or if it depends on a fact.
        by: The fact on whose value the hint depends.
    """

    text: str
    hint: str = ""
    by: str = ""


SENTENCES: Final[Mapping[str, Sentence]] = {
    "login.refused": Sentence(
        "Login of {pii_name} from {pii_address} refused: {reason}", by="code"
    ),
    "api.refused": Sentence(
        "API request of {pii_name} from {pii_address} refused: {reason}",
        "Create a key for the program with `offhook key create NAME`.",
    ),
    "application.failed": Sentence(
        "Request to application {application} failed ({code}): {url}: {reason}", by="reason"
    ),
    "call.refused": Sentence("A call of {pii_caller} was refused: {cause}", by="cause"),
    "callback.failed": Sentence("A callback failed: {reason}; next attempt in {again_in_s} s"),
    "callback.abandoned": Sentence(
        "A callback failed for good after {tries} attempts: {reason}",
        "When its web server works again: `offhook callbacks list`, `offhook callbacks retry`.",
    ),
    "connections.limited": Sentence(
        "`max_connections` is {wanted}, but there are file descriptors for {most} only",
        "Raise the limit on open files, as `LimitNOFILE=` in the unit does, or lower the setting.",
    ),
    "data-dir.open": Sentence("Other users can read {path}", "Run: {hint}"),
    "data-dir.closed": Sentence("{path} could be read by other users (mode {mode}); now {now}"),
    "data-dir.not-locked": Sentence(
        "{path} cannot be locked: {error}", "Make sure that no other server uses it."
    ),
    "database.unwritable": Sentence(
        "Calls cannot be written to the database: {error}; they wait in the journal",
        "Run `offhook doctor` with the same settings; nothing is lost meanwhile.",
    ),
    "links.refused": Sentence(
        "Account {account} has its share of the links: {held}; one more page was refused",
        "Raise `max_connections` and the limit on open files, if these are pages that should be there.",
    ),
    "outcomes.unsettled": Sentence(
        "What came of callbacks cannot be written into the database: {error}; it waits in a file beside it",
        "Run `offhook doctor` with the same settings; none is sent again meanwhile.",
    ),
    "database.recovered": Sentence(
        "The database accepts calls again; calls in the journal: {waiting}"
    ),
    "journal.unwritable": Sentence(
        "The journal cannot be written: {error}",
        "Free disk space in the data directory, or fix its permissions: calls could be lost.",
    ),
    "journal.writable": Sentence("The journal is written again; lost entries: {dropped}"),
    "journal.damaged": Sentence("The end of a journal file is damaged: {unreadable} bytes"),
    "calls.recovered": Sentence(
        "Recovered after a crash: calls in progress: {open}, calls to write: {ended}"
    ),
    "call.closed": Sentence("Call {call} was in progress when the server stopped: {cause}"),
    "outbox.unreadable": Sentence("Callbacks wait: the database does not answer: {error}"),
    "server.draining": Sentence(
        "Stopping after the calls in progress: {calls}",
        "Press Ctrl-C again to end them now.",
    ),
    "server.stopped": Sentence("Stopped"),
}

HINTS: Final[Mapping[str, str]] = {
    # Why an application could not be used.
    "connect": "Nothing listens there: start your web server, and check the port in the URL.",
    "connect-timeout": "Nothing answers there: check the address and firewalls.",
    "dns": "Its name does not resolve: check the URL and the DNS.",
    "forbidden-address": "It is a private address: allow it with `offhook serve --allow-webhook {host}`.",
    "read-timeout": "Your web server took too long to answer.",
    "total-timeout": "Your web server took too long to answer.",
    "tls": "Its certificate is not trusted: check its chain, name and date.",
    "bad-url": "Correct it: `offhook application update {application} --answer-url URL`.",
    "protocol": "The response is not HTTP: check whether the URL needs http or https.",
    "status": "Your web server did not answer with 200: check its log.",
    "too-large": "The response is too large for a document: shorten it.",
    "redirects": "Too many redirects: check the URL.",
    "document": "Return an XML document whose root element is <Response>.",
    # Why a log-in was refused.
    "bad-credentials": "Set a new password: `offhook endpoint update {pii_name} --new-password`.",
    "blocked": "There were ten wrong passwords; wait ten minutes after the last one.",
    "access-token-expired": "Create a new token or link; `offhook serve` prints new links at its start.",
    "invalid-access-token-signature": "Sign it with the account's current secret, or an API key's.",
    # Why a call was refused.
    "forbidden": "Assign an application: `offhook endpoint update NAME --application NAME`.",
    "congestion": "The limit `max_calls`, or that of the account, is reached.",
}

SAID_BEFORE: Final = frozenset({"server.started", "demo.created"})
"""What `offhook serve` prints in full when it has started."""


def sentence(event: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """What an event means, and what to do about it.

    Args:
        event: Its name.
        facts: Its fields, as texts that are safe to print.

    Returns:
        The sentence, and the hint or nothing. An event without a sentence of its own is shown as its facts.
    """
    known = SENTENCES.get(event)
    if known is None:
        return " ".join(f"{name.removeprefix('pii_')}={fact}" for name, fact in facts.items()), ""
    hint = known.hint
    if known.by:
        words = str(facts.get(known.by, "")).split()
        hint = HINTS.get(words[0].rstrip(":"), "") if words else ""
    shown = _Facts(facts)
    if isinstance(url := facts.get("url"), str):
        shown["host"] = urlsplit(url).hostname or ""
    return known.text.format_map(shown), hint.format_map(shown)


class _Facts(dict[str, object]):
    """Facts, of which some may be missing."""

    def __missing__(self, name: str) -> str:
        return "?"
