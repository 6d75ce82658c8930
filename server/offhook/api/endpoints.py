"""`/v1/endpoints`: who can log in."""

from typing import Any

from fastapi import APIRouter

from offhook.api.auth import Caller, Deps, application_of
from offhook.api.schemas import (
    After,
    EndpointChange,
    EndpointIn,
    EndpointOut,
    EndpointWithPassword,
    Limit,
    ListOf,
)
from offhook.auth import passwords
from offhook.base.accounts import Endpoint
from offhook.store.pagination import Page

router = APIRouter(prefix="/endpoints", tags=["endpoints"])


@router.get("", response_model=ListOf[EndpointOut])
async def list_endpoints(
    caller: Caller, deps: Deps, after: After = "", limit: Limit = 50
) -> Page[Endpoint]:
    """The account's endpoints by name."""
    return await deps.store.endpoints.list(caller, after=after, limit=limit)


@router.post("", status_code=201)
async def create_endpoint(caller: Caller, deps: Deps, wanted: EndpointIn) -> EndpointWithPassword:
    """Create an endpoint. Only this response contains its password."""
    password = wanted.password or passwords.generate()
    decides = await application_of(deps, caller, wanted.application)
    made = await deps.store.endpoints.create(
        caller,
        name=wanted.name,
        digests=passwords.digests(wanted.name, password),
        alias=wanted.alias,
        application=decides,
    )
    return EndpointWithPassword(
        id=made.id,
        name=made.name,
        alias=made.alias,
        application=made.application,
        password=password,
    )


@router.get("/{name}", response_model=EndpointOut)
async def get_endpoint(caller: Caller, deps: Deps, name: str) -> Endpoint:
    """One endpoint, by name or id."""
    return await deps.store.endpoints.get(caller, name)


@router.patch("/{name}", response_model=EndpointOut)
async def change_endpoint(
    caller: Caller, deps: Deps, name: str, wanted: EndpointChange
) -> Endpoint:
    """Change an endpoint: its alias, its application, its password."""
    changes: dict[str, Any] = {"alias": wanted.alias}
    if wanted.password is not None:
        known = await deps.store.endpoints.get(caller, name)
        changes["digests"] = passwords.digests(known.name, wanted.password)
    if wanted.application is not None:
        changes["application"] = await application_of(deps, caller, wanted.application)
    return await deps.store.endpoints.change(caller, name, **changes)


@router.delete("/{name}", status_code=204)
async def delete_endpoint(caller: Caller, deps: Deps, name: str) -> None:
    """Delete an endpoint. Its open links stay until they end."""
    await deps.store.endpoints.delete(caller, name)
