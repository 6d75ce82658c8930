"""`/v1/keys`: API keys, further secrets of an account, each of which can be deleted by itself."""

from fastapi import APIRouter

from offhook.api.auth import Caller, Deps
from offhook.api.schemas import After, KeyIn, KeyOut, KeyWithSecret, Limit, ListOf
from offhook.store.keys import Key
from offhook.store.pagination import Page

router = APIRouter(prefix="/keys", tags=["keys"])


@router.get("", response_model=ListOf[KeyOut])
async def list_keys(caller: Caller, deps: Deps, after: After = "", limit: Limit = 50) -> Page[Key]:
    """The account's API keys by id, without their secrets."""
    return await deps.store.keys.list(caller, after=after, limit=limit)


@router.post("", status_code=201)
async def create_key(caller: Caller, deps: Deps, wanted: KeyIn) -> KeyWithSecret:
    """Create an API key. Only this response contains its secret.

    A program uses the key's id and secret in place of the account's, for the API and to sign access
    tokens, and can be shut out by itself.
    """
    made, secret = await deps.store.keys.create(caller, wanted.name)
    return KeyWithSecret(id=made.id, name=made.name, created_at=made.created_at, secret=secret)


@router.delete("/{id}", status_code=204)
async def delete_key(caller: Caller, deps: Deps, id: str) -> None:
    """Delete an API key: requests with it, and new log-ins by tokens it signed, are refused."""
    await deps.store.keys.delete(caller, id)
