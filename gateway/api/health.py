"""For machines: whether the process is alive, and whether a message would be answered."""

from __future__ import annotations

from fastapi import APIRouter

from gateway import readiness
from gateway.api.dependencies import Parts
from gateway.api.models import Alive, Ready
from gateway.api.openapi import problems
from gateway.api.problems import RETRY_SECONDS, ProblemError

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive")
async def alive() -> Alive:
    """The process answers; nothing else is looked at."""
    return Alive()


@router.get("/readyz", summary="Ready", responses=problems(503))
async def ready(services: Parts) -> Ready:
    """Engine, actions and database answer; else a problem whose `missing` names those that do not."""
    missing = await readiness.missing(services.engine, services.database)
    if missing:
        raise ProblemError(
            503,
            f"Not ready: no answer from {', '.join(missing)}.",
            kind="not-ready",
            headers={"Retry-After": str(RETRY_SECONDS)},
            missing=missing,
        )
    return Ready()
