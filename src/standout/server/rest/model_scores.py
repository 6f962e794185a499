"""Models' scores over HTTP: of their training, and of whole datasets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from standout.bootstrap import Services
from standout.schemas.model_scores import DatasetScores, ModelMeasures
from standout.server.rest.predict_files import PARQUET_TYPE
from standout.service.model_lookup import find_version
from standout.service.scored_pictures import picture

MAX_PARTS: Final = 2_000
NPZ_TYPE: Final = "application/octet-stream"
CSV_TYPE: Final = "text/csv; charset=utf-8"

Version = Annotated[int | None, Query(ge=1, description="The one that predicts if left out.")]
NoModel: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such model."}}
Scoring: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such model or dataset."},
    409: {"description": "The model is in training, or its file was changed."},
    422: {"description": "The dataset has not the columns of the model."},
}
Keeping: dict[int | str, dict[str, Any]] = NoModel | {
    200: {"content": {"application/octet-stream": {}}, "description": "The file."},
    409: {"description": "It is in training, or its file is gone."},
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}, PARQUET_TYPE: {}}, "description": "The file."},
    503: {"description": "There is no room to write it."},
}


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(prefix="/models/{model_id}", tags=["models"])

    @routes.get("/measures", responses=NoModel)
    async def get_measures(model_id: str, *, version: Version = None) -> ModelMeasures:
        """Tell what a training's scores say at every threshold, and which features they follow."""
        model = await services.models.find(model_id)
        found = find_version(model, version)
        kept = found.stats.get("measures") or {}
        return ModelMeasures(
            model_id=model.id,
            version=found.version,
            scores=kept.get("scores"),
            shipped=kept.get("shipped"),
            training=kept.get("training"),
            rows=kept.get("rows"),
            anomalies=kept.get("anomalies"),
            importance=kept.get("importance", {}),
        )

    @routes.get("/file", responses=Keeping, response_class=FileResponse)
    async def get_model_file(model_id: str, *, version: Version = None) -> Response:
        """Give the file that keeps a version: what `numpy.savez` writes, without any pickle.

        `standout.detectors.archive.read_archive` and `Fitted.from_state` make a model of it.
        """
        path, found = await services.models.file(model_id, version)
        headers = {"X-Model-Version": str(found.version), "X-Checksum-SHA256": found.sha256}
        return FileResponse(path, headers=headers, media_type=NPZ_TYPE, filename=path.name)

    @routes.get("/scores/{dataset_id}", responses=Scoring)
    async def score_dataset(
        model_id: str,
        dataset_id: str,
        *,
        version: Version = None,
        parts: Annotated[int, Query(ge=1, le=MAX_PARTS, description="Of the picture.")] = 240,
        highest: Annotated[int, Query(ge=0, le=100, description="Rows to tell.")] = 10,
    ) -> DatasetScores:
        """Score a whole dataset: the highest scores part by part, and the rows that stand out."""
        found = await services.scoring.score(model_id, dataset_id, version)
        path = services.datasets.path(found.dataset)
        return await asyncio.to_thread(picture, found, path, parts=parts, highest=highest)

    @routes.get("/scores/{dataset_id}/file", responses=Scoring | _FILE, response_class=FileResponse)
    async def score_dataset_to_file(
        model_id: str,
        dataset_id: str,
        *,
        version: Version = None,
        form: Annotated[
            Literal["csv", "parquet"], Query(alias="format", description="Of the file.")
        ] = "csv",
    ) -> Response:
        """Score a whole dataset: its columns, then `score`, `is_anomaly` and `severity`."""
        found = await services.scoring.score(model_id, dataset_id, version)
        draft = services.datasets.draft()
        try:
            await services.scoring.write(found, draft, form)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        name = quote(f"{Path(found.dataset.name).stem or 'dataset'}.scored.{form}", safe="")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "X-Model-Version": str(found.served.version),
            "X-Total-Records": str(len(found.score)),
            "X-Anomaly-Count": str(int(found.anomaly.sum())),
        }
        media_type = CSV_TYPE if form == "csv" else PARQUET_TYPE
        done = BackgroundTask(draft.unlink, missing_ok=True)
        return FileResponse(draft, headers=headers, media_type=media_type, background=done)

    return routes
