"""Files over HTTP: what was found in one, and simulations."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FileAnswer(BaseModel):
    """What was found in a file."""

    total_anomalies: int
    anomalies: list[dict[str, Any]] = Field(
        description="Its anomalous rows by time: `timestamp`, `value`, other columns, `reason`."
    )


class SimulationStatus(BaseModel):
    """How a simulation stands."""

    simulation: str = Field(description="Its id, and that of its job.")
    stream: str = Field(description="The stream that it is played into.")
    page: str = Field(description="Where it can be watched.")
    state: str = Field(description="queued, running, done, failed or cancelled.")
    rate: float = Field(description="Records a second.")
    records: int
    played: int
    anomalies: int


class SimulationList(BaseModel):
    """Simulations that have not ended."""

    simulations: list[SimulationStatus]


class SimulationStarted(SimulationStatus):
    """A simulation that was started."""

    message: str


class SimulationRate(BaseModel):
    """Another rate for a simulation."""

    model_config = ConfigDict(extra="forbid")

    rate: float = Field(
        ge=0.01,
        le=100_000,
        strict=True,
        allow_inf_nan=False,
        description="Records a second.",
        examples=[50],
    )


class SimulationResult(BaseModel):
    """What was said of one record."""

    timestamp: str
    value: float | None
    status: str = Field(description="OK or ANOMALY.")


class SimulationEnded(SimulationStarted):
    """A simulation that was waited for."""

    results: list[SimulationResult]
