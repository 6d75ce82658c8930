"""`/v1/applications`: where to ask what happens with a call."""

from typing import Final

from fastapi import APIRouter

from offhook.api.auth import Caller, Deps
from offhook.api.schemas import (
    After,
    ApplicationChange,
    ApplicationIn,
    ApplicationOut,
    ApplicationWithWarnings,
    Limit,
    ListOf,
)
from offhook.base.accounts import Application
from offhook.base.web import with_kept_password
from offhook.store.pagination import Page

_URLS: Final = frozenset({"answer_url", "fallback_url", "hangup_url"})

router = APIRouter(prefix="/applications", tags=["applications"])


@router.get("", response_model=ListOf[ApplicationOut])
async def list_applications(
    caller: Caller, deps: Deps, after: After = "", limit: Limit = 50
) -> Page[Application]:
    """The account's applications by name."""
    return await deps.store.applications.list(caller, after=after, limit=limit)


@router.post("", status_code=201, response_model=ApplicationWithWarnings)
async def create_application(
    caller: Caller, deps: Deps, wanted: ApplicationIn
) -> ApplicationWithWarnings:
    """Create an application; `warnings` names the URLs that this server will refuse to request."""
    made = await deps.store.applications.create(caller, **wanted.model_dump())
    return ApplicationWithWarnings.of(made, deps.url_warnings(made))


@router.get("/{id}", response_model=ApplicationOut)
async def get_application(caller: Caller, deps: Deps, id: str) -> Application:
    """One application, by id or name."""
    return await deps.store.applications.lookup(caller, id)


@router.patch("/{id}", response_model=ApplicationWithWarnings)
async def change_application(
    caller: Caller, deps: Deps, id: str, wanted: ApplicationChange
) -> ApplicationWithWarnings:
    """Change an application; calls in progress continue with the former settings."""
    changes = wanted.model_dump(exclude_none=True)
    known = await deps.store.applications.lookup(caller, id)
    for name in _URLS & changes.keys():
        changes[name] = with_kept_password(changes[name], getattr(known, name))
    changed = await deps.store.applications.change(caller, known.id, **changes)
    return ApplicationWithWarnings.of(changed, deps.url_warnings(changed))


@router.delete("/{id}", status_code=204)
async def delete_application(caller: Caller, deps: Deps, id: str) -> None:
    """Delete an application; its endpoints and numbers then have none."""
    known = await deps.store.applications.lookup(caller, id)
    await deps.store.applications.delete(caller, known.id)
