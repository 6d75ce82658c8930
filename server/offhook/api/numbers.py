"""`/v1/numbers`: which application decides on calls to a telephone number."""

from typing import Any

from fastapi import APIRouter

from offhook.api.auth import Caller, Deps, application_of
from offhook.api.schemas import After, Limit, ListOf, NumberChange, NumberIn, NumberOut
from offhook.store.numbers import Number
from offhook.store.pagination import Page

router = APIRouter(prefix="/numbers", tags=["numbers"])


@router.get("", response_model=ListOf[NumberOut])
async def list_numbers(
    caller: Caller, deps: Deps, after: After = "", limit: Limit = 50
) -> Page[Number]:
    """The account's numbers."""
    return await deps.store.numbers.list(caller, after=after, limit=limit)


@router.post("", status_code=201, response_model=NumberOut)
async def add_number(caller: Caller, deps: Deps, wanted: NumberIn) -> Number:
    """Add a number."""
    decides = await application_of(deps, caller, wanted.application)
    return await deps.store.numbers.create(
        caller, wanted.digits, alias=wanted.alias, application=decides
    )


@router.get("/{digits}", response_model=NumberOut)
async def get_number(caller: Caller, deps: Deps, digits: str) -> Number:
    """One number, with or without `+`."""
    return await deps.store.numbers.get(caller, digits)


@router.patch("/{digits}", response_model=NumberOut)
async def change_number(caller: Caller, deps: Deps, digits: str, wanted: NumberChange) -> Number:
    """Change a number."""
    changes: dict[str, Any] = {"alias": wanted.alias}
    if wanted.application is not None:
        changes["application"] = await application_of(deps, caller, wanted.application)
    return await deps.store.numbers.change(caller, digits, **changes)


@router.delete("/{digits}", status_code=204)
async def delete_number(caller: Caller, deps: Deps, digits: str) -> None:
    """Remove the number from the account."""
    await deps.store.numbers.delete(caller, digits)
