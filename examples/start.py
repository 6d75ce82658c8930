#!/usr/bin/env python3
"""Starts an example: the server, if none runs, an application that asks the example, and the example itself.

examples/start.py softphone [PORT]
"""

import asyncio
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from offhook.base.config import Config, merged
from offhook.runtime.store import find_store
from offhook.store import directory

FOLDER = Path(__file__).resolve().parent
DIALECTS = {
    "softphone": "twilio",
    "click-to-call": "twilio",
    "walkie-talkie": "plivo",
    "conference": "plivo",
}


def serving(config: Config) -> str:
    """Where the server is; it is started, and stopped with this program, if none runs."""
    if not answers(directory.serving_at(config.data_dir)):
        program = str(Path(sys.executable).with_name("offhook"))
        subprocess.Popen([program, "serve"], stdout=subprocess.DEVNULL)  # noqa: S603  (our own program)
    while not answers(url := directory.serving_at(config.data_dir)):
        time.sleep(0.2)
    return url.rstrip("/")


def answers(url: str) -> bool:
    """Whether a server is there."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=2):  # noqa: S310  (http, ours)
            return True
    except (OSError, ValueError):
        return False


async def register(config: Config, name: str, url: str) -> dict[str, str]:
    """Let the account's application of that name ask the example. Returns what the example needs."""
    store = await find_store(config)
    try:
        account = (await store.accounts.list(limit=1)).items[0].id
        known = await store.applications.named(account, name)
        if known is None:
            known = await store.applications.create(
                account, name=name, dialect=DIALECTS[name], answer_url=f"{url}/answer"
            )
        else:
            await store.applications.change(account, known.id, answer_url=f"{url}/answer")
        secret = await store.accounts.secret(account) or ""
    finally:
        await store.close()
    return {"VOICE_ACCOUNT": account, "VOICE_SECRET": secret, "VOICE_APPLICATION": known.id}


def main() -> int:
    """Start the example that the command line names, and wait until it is stopped."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in DIALECTS:
        sys.stderr.write(f"usage: examples/start.py {'|'.join(DIALECTS)} [PORT]\n")
        return 2
    port = sys.argv[2] if len(sys.argv) > 2 else "9000"
    url, config = f"http://127.0.0.1:{port}", merged({}, os.environ, {})
    server = serving(config)
    needs = asyncio.run(register(config, name, url))
    env = os.environ | needs | {"VOICE_URL": server, "PORT": port}
    sys.stdout.write(f"{name}: open {url}/ (Ctrl-C stops it)\n")
    sys.stdout.flush()
    program = [sys.executable, "app.py"]
    return subprocess.run(program, cwd=FOLDER / name, env=env, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
