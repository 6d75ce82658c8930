"""What events mean to people: a sentence for each event that needs somebody to act, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Sentence:
    """How an event is put.

    Attributes:
        text: With `{fact}` for each fact that it names.
        hint: What to do; the same. Empty if there is nothing to do, or if it depends on a fact.
        by: The fact on whose value the hint depends.
    """

    text: str
    hint: str = ""
    by: str = ""


SENTENCES: Final[Mapping[str, Sentence]] = {
    "login.refused": Sentence("{pii_name} from {pii_address} may not log in: {reason}", by="code"),
    "api.refused": Sentence(
        "The API refused {pii_name} from {pii_address}: {reason}",
        "Make a key for the program with `offhook key create NAME`.",
    ),
    "application.failed": Sentence(
        "Application {application} could not be used ({code}): {url}: {reason}", by="reason"
    ),
    "call.refused": Sentence("A call of {pii_caller} was refused: {cause}", by="cause"),
    "callback.failed": Sentence(
        "A callback was not taken: {reason}; it is sent again in {again_in_s} s"
    ),
    "callback.died": Sentence(
        "A callback was given up after {tries} tries: {reason}",
        "When its web server is well again: `offhook callbacks list`, `offhook callbacks retry`.",
    ),
    "connections.limited": Sentence(
        "`max_connections` is {wanted}, but descriptors are there for {most} only",
        "Raise the limit on open files, as `LimitNOFILE=` in the unit does, or lower the setting.",
    ),
    "data-dir.open": Sentence("Other users can read {path}", "Run: {hint}"),
    "data-dir.closed": Sentence("{path} could be read by other users (mode {mode}); now {now}"),
    "data-dir.not-locked": Sentence(
        "{path} cannot be locked: {error}", "See to it that no second server uses it."
    ),
    "database.unwritable": Sentence(
        "Calls cannot be written into the database: {error}; they wait in a file beside it",
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
    "database.back": Sentence("The database takes calls again; written down meanwhile: {waiting}"),
    "journal.unwritable": Sentence(
        "Calls cannot be written down at all: {error}",
        "Make room on the disk of the data directory, or mend its modes: calls could be lost.",
    ),
    "journal.writable": Sentence("Calls are written down again; left out meanwhile: {dropped}"),
    "journal.torn": Sentence("The end of a file of calls could not be read: {unreadable} bytes"),
    "calls.recovered": Sentence(
        "Found after a crash: calls that were open: {open}, calls still to be written: {ended}"
    ),
    "call.closed": Sentence("Call {call} was open when the server was gone: {cause}"),
    "outbox.unreadable": Sentence("Callbacks wait, for the database does not answer: {error}"),
    "server.draining": Sentence(
        "Stopping; calls in progress, which may end first: {calls}",
        "Press Ctrl-C again to end them now.",
    ),
    "server.stopped": Sentence("Stopped"),
}

HINTS: Final[Mapping[str, str]] = {
    # Why an application could not be used.
    "connect": "Nothing listens there: start your web server, and look at the port in its URL.",
    "connect-timeout": "Nothing answers there: look at the address, and at firewalls in between.",
    "dns": "Its name is unknown to this machine: look for a slip in the URL, or at the DNS.",
    "forbidden-address": "It is a private address: allow it with `offhook serve --allow-webhook {host}`.",
    "read-timeout": "Your web server took too long to answer.",
    "total-timeout": "Your web server took too long to answer.",
    "tls": "Its certificate is not trusted here: look at its chain, name and date.",
    "bad-url": "Correct it: `offhook application update {application} --answer-url URL`.",
    "protocol": "What answers there does not speak HTTP; is it http or https?",
    "status": "Your web server answered, but not with 200: look at its own log.",
    "too-large": "The answer is too long for a document.",
    "redirects": "It redirects too often.",
    "document": "Try it: the answer must be an XML document that begins with <Response>.",
    # Why a log-in was refused.
    "bad-credentials": "A new password: `offhook endpoint update {pii_name} --new-password`.",
    "blocked": "There were ten wrong passwords; it ends by itself ten minutes after the last.",
    "access-token-expired": "Make a new token or link; `offhook serve` prints new links at its start.",
    "invalid-access-token-signature": "Sign it with the account's secret of today, or an API key's.",
    # Why a call was refused.
    "forbidden": "Give the endpoint an application: `offhook endpoint update NAME --application NAME`.",
    "congestion": "There are as many calls as `max_calls` allows, or as one account may have.",
}

SAID_BEFORE: Final = frozenset({"server.started", "demo.made"})
"""What `offhook serve` prints in full when it has started."""


def sentence(event: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """What an event means, and what to do about it.

    Args:
        event: Its name.
        facts: What is known of it, as texts that are safe to show.

    Returns:
        The sentence, and the hint or nothing. An event without a sentence of its own is told by its facts.
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
