"""`offhook application try`: what an application answers, and what is understood of it, without a call."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import click

from offhook.base.accounts import Application
from offhook.base.address import Address
from offhook.base.config import Config
from offhook.base.media import Tones
from offhook.base.web import Parameters, Signing, WebReply, without_login
from offhook.cli.common import (
    account_of,
    account_option,
    as_json_option,
    named_values,
    on_store,
    pass_shared,
    web_policy,
)
from offhook.cli.settings import Shared
from offhook.dialects.encoding import decode_loosely
from offhook.dialects.registry import plugins, signer
from offhook.egress.audio_cache import AudioCache
from offhook.egress.decoding import AudioDecodePool
from offhook.egress.disk_cache import DiskCache
from offhook.engine.sources import decoded
from offhook.flow.trial import Failure, Sample, Trial, attempt
from offhook.insights.sentences import HINTS
from offhook.runtime.adapters import RandomIds, SystemClock
from offhook.store.store import Store
from offhook.verbs.base import Verb, verb_name
from offhook.webhooks.client import WebhookClient


@click.command("try")
@click.argument("name")
@click.option("--to", default="", metavar="NAME", help="Whom the sample call is for.")
@click.option(
    "--from", "caller", default="alice", metavar="NAME", show_default=True, help="Who calls."
)
@click.option(
    "--parameter",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="As the caller's page adds it.",
)
@account_option
@as_json_option
@pass_shared
def try_application(
    shared: Shared,
    name: str,
    to: str,
    caller: str,
    pairs: tuple[str, ...],
    account: str | None,
    as_json: bool,
) -> None:
    """Ask an application, by name or id, what it would do with a call.

    \b
      offhook application try switchboard --to bob
      offhook application try switchboard --to bob --parameter lang=en --json

    Its answer URL gets the request that it would get of a call, signed, from this machine. No call
    begins. Ends with 1 if a call would fail.
    """
    sample = Sample(caller=caller, to=to, parameters=named_values(pairs))
    config = shared.config()
    signed: dict[str, str] = {}

    async def work(store: Store) -> Trial:
        owner = await account_of(store, account)
        application = await store.applications.lookup(owner, name)
        return await _ask(store, application, sample, config, signed)

    trial = on_store(shared, work)
    shown = _shown(trial, name, signed)
    if as_json:
        click.echo(json.dumps(shown, indent=2, default=str))
    else:
        _print(shown)
    sys.exit(0 if trial.failure is None else 1)


async def _ask(
    store: Store, application: Application, sample: Sample, config: Config, signed: dict[str, str]
) -> Trial:
    dialects, clock = plugins(), SystemClock()
    sign = signer(dialects)

    def sign_and_keep(
        signing: Signing, method: str, url: str, form: Parameters
    ) -> Mapping[str, str]:
        headers = sign(signing, method, url, form)
        for header, value in headers.items():
            signed.setdefault(header, value)
        return headers

    cache = AudioCache(clock, DiskCache(None), AudioDecodePool(decoded))
    client = WebhookClient(web_policy(config), clock, cache, sign=sign_and_keep)
    try:
        return await attempt(
            application,
            sample,
            dialect=dialects[application.dialect].create(config.hosts),
            secret=await store.secret(application.account) or "",
            web=client,
            clock=clock,
            ids=RandomIds(),
        )
    finally:
        await client.close()


def _shown(trial: Trial, name: str, signed: Mapping[str, str]) -> dict[str, Any]:
    """The trial as JSON values."""
    request, reply, document = trial.request, trial.reply, trial.document
    return {
        "request": {
            "method": request.method,
            "url": without_login(request.full_url),
            "headers": dict(signed),
            "parameters": [list(pair) for pair in request.form],
        },
        "status": trial.status,
        "answer": None if reply is None else _answer(reply),
        "verbs": [] if document is None else [_verb(verb) for verb in document.verbs],
        "warnings": [] if document is None else [dataclasses.asdict(w) for w in document.warnings],
        "error": None if trial.failure is None else _error(trial.failure, name, request.url),
    }


def _answer(reply: WebReply) -> dict[str, Any]:
    return {
        "url": without_login(reply.url),
        "content_type": reply.content_type,
        "took_ms": reply.took_ms,
        "document": decode_loosely(reply.body, reply.charset),
    }


def _verb(verb: Verb) -> dict[str, Any]:
    return {"verb": verb_name(verb), **_plain(verb)}


def _plain(value: object) -> Any:  # noqa: ANN401  (whatever a verb is made of)
    """A value of a document as JSON; what is as it is anyhow is left out."""
    match value:
        case Address():
            return str(value)
        case Tones():
            return value.name
        case tuple():
            return [_plain(each) for each in cast("tuple[object, ...]", value)]
        case _ if dataclasses.is_dataclass(value):
            named = {field.name: field for field in dataclasses.fields(value)}
            fields = {name: getattr(value, name) for name in named}
            return {
                name: _plain(each)
                for name, each in fields.items()
                if each not in (named[name].default, None, "", {})
            }
        case _:
            return value


def _error(failure: Failure, application: str, url: str) -> dict[str, str]:
    host = urlsplit(url).hostname or ""
    hint = HINTS[failure.fault].format(application=application, host=host)
    return {"code": failure.code, "message": failure.message, "hint": hint}


def _print(shown: dict[str, Any]) -> None:
    _print_request(shown["request"])
    _heading("Answer")
    answer, error = shown["answer"], shown["error"]
    if answer is None:
        _line("none" if shown["status"] is None else str(shown["status"]))
    else:
        _line(f"{shown['status']} {answer['content_type'] or '-'}, {answer['took_ms']} ms")
        _lines(answer["document"].splitlines())
    if error is None:
        _print_understood(shown["verbs"], shown["warnings"])
    else:
        _heading("A call would fail", fg="red")
        _lines([f"{error['code']}: {error['message']}", error["hint"]])


def _print_request(request: dict[str, Any]) -> None:
    _heading("Request")
    _line(f"{request['method']} {request['url']}")
    _lines(f"{name}: {value}" for name, value in request["headers"].items())
    if request["method"] == "POST":
        _lines(f"{name}={value}" for name, value in request["parameters"])


def _print_understood(verbs: list[dict[str, Any]], warnings: list[dict[str, str]]) -> None:
    _heading("Understood")
    for number, verb in enumerate(verbs, 1):
        facts = [f"{name}={value!r}" for name, value in verb.items() if name != "verb"]
        _line(" ".join([f"{number}. {verb['verb']}", *facts]))
    if not verbs:
        _line("nothing: the call would end at once")
    if warnings:
        _heading("Passed over", fg="yellow")
        _lines(f"{warning['code']}: {warning['message']}" for warning in warnings)


def _heading(text: str, fg: str | None = None) -> None:
    click.secho(text, bold=True, fg=fg)


def _lines(texts: Iterable[str]) -> None:
    for text in texts:
        _line(text)


def _line(text: str) -> None:
    # What a web server sends must not steer the terminal.
    shown = "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)
    click.echo(f"  {shown}")
