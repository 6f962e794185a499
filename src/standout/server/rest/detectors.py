"""Detectors over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from standout.schemas.detectors import DetectorList, Task
from standout.service.detectors import detectors


def router() -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["detectors"])

    @routes.get("/detectors")
    def list_detectors(
        task: Annotated[Task | None, Query(description="Only those for this.")] = None,
    ) -> DetectorList:
        """List the detectors: what they are good and bad at, their cost and parameters."""
        return detectors(task)

    return routes
