"""`/v1/simulated`: telephones without a carrier, for development."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from offhook.api.auth import Caller, Deps
from offhook.api.dependencies import SimulatedCalls
from offhook.api.schemas import Schema
from offhook.base.errors import NotFound
from offhook.store import validation

router = APIRouter(prefix="/simulated", tags=["simulated carrier"])

Number = Annotated[str, Field(min_length=3, max_length=16)]


class SimulatedNumberOut(Schema):
    """A number of the simulated carrier."""

    number: str = Field(examples=["+12025550103"])
    about: str = Field(examples=["is busy"])


class SimulatedCallIn(Schema):
    """A call from a simulated telephone."""

    caller: Number = Field(
        alias="from", examples=["+12025550123"], description="Who calls: any number."
    )
    to: Number = Field(
        examples=["+15551230000"], description="A number of the account that has an application."
    )
    steps: Annotated[list[dict[str, Any]], Field(max_length=100)] = Field(
        default_factory=list[dict[str, Any]],
        examples=[[{"wait_s": 2}, {"digits": "1"}, {"say": "Hello."}, {"hang_up": True}]],
        description="What the caller does once the call is answered; afterwards it stays silent.",
    )


class SimulatedCallOut(Schema):
    """A call that begins."""

    id: str


@router.get("/numbers")
async def list_simulated_numbers(caller: Caller, deps: Deps) -> list[SimulatedNumberOut]:
    """The numbers that calls can dial although there is no carrier, and what each does."""
    del caller
    listed = _of(deps).numbers()
    return [SimulatedNumberOut(number=number, about=about) for number, about in listed]


@router.post("/calls", status_code=201)
async def begin_simulated_call(
    caller: Caller, deps: Deps, wanted: SimulatedCallIn
) -> SimulatedCallOut:
    """Let a simulated telephone call a number of the account, as a carrier would."""
    simulated = _of(deps)
    number = await deps.store.numbers.get(caller, validation.digits(wanted.to))
    if number.application is None:
        raise NotFound(f"calls to +{number.digits} are refused: it has no application")
    from_ = validation.digits(wanted.caller)
    call = simulated.call(caller, number.application, from_, number.digits, wanted.steps)
    return SimulatedCallOut(id=call)


def _of(deps: Deps) -> SimulatedCalls:
    if deps.simulated is None:
        message = "this server has no simulated carrier; set `simulated_carrier` to `built-in`"
        raise NotFound(message)
    return deps.simulated
