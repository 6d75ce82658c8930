"""What `offhook serve` prints when it has started: where it is, who can sign in, and what to do next."""

import shlex
from collections.abc import Iterator, Mapping

from offhook.base.config import PREFIX, Config, default_directory
from offhook.runtime.lifecycle import Ready


def program(config: Config, environment: Mapping[str, str], config_file: str) -> str:
    """How other commands are called so that they find this server's data.

    Args:
        config: The server's settings.
        environment: The variables of this process; another terminal may have no settings among them.
        config_file: The file that was named, if any.
    """
    words = ["offhook"]
    bare = {
        name: value
        for name, value in environment.items()
        if name != "STATE_DIRECTORY" and not name.startswith(PREFIX)
    }
    if config_file:
        words += ["--config", config_file]
    elif config.data_dir.resolve() != default_directory(bare).resolve():
        words += ["--data-dir", str(config.data_dir.resolve())]
    return shlex.join(words)


def greeting(ready: Ready, config: Config, command: str) -> Iterator[str]:
    """The lines.

    Args:
        ready: What the server knows of itself.
        config: Its settings.
        command: How other commands are called.
    """
    yield f"offhook serves at {' and '.join(ready.urls)}"
    for person in ready.people:
        other = next((p.name for p in ready.people if p.name != person.name), "")
        yield ""
        yield f"{person.name}, who can call {other} through a {person.dialect} document:"
        yield f"  {ready.url}/s/{person.code}"
    if ready.people:
        yield ""
        yield "Open each link in a tab of its own. They hold for 24 hours, or until the server stops."
    if ready.standing.made:
        yield ""
        yield f"An account was made: {ready.standing.account}"
    if ready.standing.bare:
        yield from _next(ready, config, command)
    if config.insecure_http and not config.loopback and not config.public_url:
        yield ""
        yield "Browsers give no microphone to pages of plain HTTP: people need an https address"
        yield "in front of this server (then say which one with --public-url), or --tls-cert and --tls-key."


def _next(ready: Ready, config: Config, command: str) -> Iterator[str]:
    # A server that others can reach asks no web server on its own machine unless it is allowed to.
    asked = "http://127.0.0.1:9000/" if config.loopback else "https://voice.example/answer"
    yield ""
    yield "Next, in a second terminal, an application of your own and an endpoint that calls through it:"
    if config.database_url:
        yield "(with OFFHOOK_DATABASE_URL set as here)"
    yield f"  {command} application create hello --dialect twilio --answer-url {asked}"
    yield f"  {command} endpoint create carol --application hello"
    if not ready.people:
        yield f"carol signs in at {ready.url} with the password that this prints."
    yield f"A key for the API at {ready.url}/v1:"
    yield f"  {command} key create my-program"
