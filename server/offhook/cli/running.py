"""Requests to the server that runs on the data directory, through its own API."""

from typing import Any, Final

import aiohttp

from offhook.base.errors import NotFound, OffhookError, Unavailable, UsageError
from offhook.base.ids import AccountId
from offhook.cli.common import account_of, run
from offhook.cli.settings import Shared
from offhook.runtime.store import find_store
from offhook.store import directory

_TIMEOUT_S: Final = 40.0
"""Longer than the server takes for the slowest request, the loading of a sound."""
_REFUSED: Final[dict[int, type[OffhookError]]] = {400: UsageError, 404: NotFound, 409: UsageError}


def request(
    shared: Shared, account: str | None, method: str, path: str, body: object = None
) -> Any:  # noqa: ANN401  (JSON)
    """What the running server answers, as JSON.

    Raises:
        Unavailable: no server runs on the data directory, or it does not answer.
        OffhookError: the server refuses the request.
    """
    return run(_request(shared, account, method, path, body))


def request_all(shared: Shared, account: str | None, path: str) -> list[dict[str, Any]]:
    """All items of a list of the running server, page by page.

    Raises:
        Unavailable: as `request`.
        OffhookError: as `request`.
    """
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        answer = request(shared, account, "GET", f"{path}?limit=1000&after={after}")
        found += answer["items"]
        after = answer["next"] or None
    return found


async def _request(
    shared: Shared, account: str | None, method: str, path: str, body: object
) -> Any:  # noqa: ANN401  (JSON)
    config = shared.config()
    owner, secret = await _login(shared, account)
    url = directory.serving_at(config.data_dir)
    if not url:
        raise Unavailable(
            f"no server runs on {config.data_dir}; start one with `offhook serve`",
            code="unavailable",
        )
    headers = {"Authorization": aiohttp.encode_basic_auth(owner, secret)}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
            session.request(method, url.rstrip("/") + path, json=body) as answer,
        ):
            said = await answer.json()
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:
        raise Unavailable(f"the server at {url} does not answer: {error}") from None
    if answer.status >= 400:
        kind = _REFUSED.get(answer.status, Unavailable)
        raise kind(said["message"], code=said["code"])
    return said


async def _login(shared: Shared, account: str | None) -> tuple[AccountId, str]:
    store = await find_store(shared.config())
    try:
        owner = await account_of(store, account)
        return owner, await store.secret(owner) or ""
    finally:
        await store.close()
