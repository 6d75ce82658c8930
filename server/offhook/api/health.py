"""`/health` and `/metrics`: whether the server works, and what it does."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from offhook.api.access import Rooms

router = APIRouter(include_in_schema=False)


@router.get("/health")
async def health(rooms: Rooms) -> JSONResponse:
    """200 when all is well, else 503; says what is amiss, but nothing of whom it concerns."""
    parts = await rooms.health()
    amiss = {name: text for name, text in parts.items() if text}
    body = {
        "status": "amiss" if amiss else "well",
        "parts": {n: t or "well" for n, t in parts.items()},
    }
    return JSONResponse(body, 503 if amiss else 200, headers={"Cache-Control": "no-store"})


@router.get("/health/live")
async def live() -> JSONResponse:
    """200 as long as the process answers: a restart would end calls, and mend no database."""
    return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


@router.get("/metrics")
async def metrics(rooms: Rooms) -> Response:
    """All figures as Prometheus reads them; no names of anybody."""
    text, content_type = rooms.metrics()
    return Response(text, media_type=content_type, headers={"Cache-Control": "no-store"})
