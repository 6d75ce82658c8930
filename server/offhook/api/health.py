"""`/health` and `/metrics`: whether the server works, and what it does."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from offhook.api.auth import Deps

router = APIRouter(include_in_schema=False)


@router.get("/health")
async def health(deps: Deps) -> JSONResponse:
    """200 when every check passes, else 503; names what fails, but no person or account."""
    checks = await deps.health()
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
async def metrics(deps: Deps) -> Response:
    """All figures as Prometheus reads them; no names of people."""
    text, content_type = deps.metrics()
    return Response(text, media_type=content_type, headers={"Cache-Control": "no-store"})
