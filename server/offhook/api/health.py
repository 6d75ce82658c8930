"""`/health` and `/metrics`: whether the server works, and what it does."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from offhook.api.access import Rooms

router = APIRouter(include_in_schema=False)


@router.get("/health")
async def health(rooms: Rooms) -> JSONResponse:
    """200 when every check passes, else 503; names what fails, but no person or account."""
    checks = await rooms.health()
    failing = any(checks.values())
    body = {
        "status": "degraded" if failing else "ok",
        "checks": {name: text or "ok" for name, text in checks.items()},
    }
    return JSONResponse(body, 503 if failing else 200, headers={"Cache-Control": "no-store"})


@router.get("/health/live")
async def live() -> JSONResponse:
    """200 as long as the process answers: a restart would end calls, and fix no database."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/metrics")
async def metrics(rooms: Rooms) -> Response:
    """All figures as Prometheus reads them; no names of people."""
    text, content_type = rooms.metrics()
    return Response(text, media_type=content_type, headers={"Cache-Control": "no-store"})
