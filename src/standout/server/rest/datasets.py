"""Datasets over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from standout.bootstrap import Services
from standout.domain.datasets import Dataset
from standout.domain.times import to_iso
from standout.schemas.datasets import (
    DataInfo,
    DatasetInfo,
    DatasetPage,
    DatasetSummary,
    UploadedDataset,
)
from standout.server.rest.bodies import JSON
from standout.server.rest.multipart import receive_file
from standout.server.rest.paging import After, Limit, next_of, number_of
from standout.service.repeats import fingerprint

IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key within a day gets the same answer, and nothing new is made."),
]
Problems: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such dataset."}}
Uploading: dict[int | str, dict[str, Any]] = {
    200: {"model": UploadedDataset, "description": "It is kept."},
    400: {"description": "The form cannot be read."},
    413: {"description": "The file is too large, or unpacks to too much."},
    422: {"description": "It is no table, or a broken one; says where."},
    503: {"description": "It cannot be kept now; nothing was."},
}
_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary"}},
                "required": ["file"],
            }
        }
    },
}


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(tags=["datasets"])

    @routes.post(
        "/upload-dataset",
        response_model=UploadedDataset,
        responses=Uploading,
        openapi_extra={"requestBody": _FORM},
    )
    async def upload_dataset(request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        """Keep a table: CSV, a JSON array, JSON Lines, Parquet or Arrow, told by its bytes.

        Of a CSV, the delimiter, a decimal comma, the encoding and the header are found. The field
        is called `file`; a body that is no form is taken for the file itself.
        """
        spool = services.datasets.draft()
        try:
            max_bytes = services.settings.max_upload_size
            received = await receive_file(request, spool, max_bytes=max_bytes)

            async def keep() -> tuple[int, str]:
                dataset = await services.datasets.add(spool, received.name or "upload")
                return 200, _uploaded(dataset).model_dump_json()

            told = fingerprint("/upload-dataset", received.name, received.sha256)
            status, body = await services.repeats.once(idempotency_key, told, keep)
        finally:
            spool.unlink(missing_ok=True)
        return Response(body, status, media_type=JSON)

    @routes.get("/datasets")
    async def list_datasets(*, limit: Limit = 100, after: After = None) -> DatasetPage:
        """List datasets, newest first."""
        found = await services.datasets.page(limit=limit + 1, before=number_of(after))
        return DatasetPage(
            datasets=[_summary(dataset) for dataset in found[:limit]],
            next=next_of([dataset.number for dataset in found], limit),
        )

    @routes.get("/datasets/{dataset_id}", responses=Problems)
    async def get_dataset(dataset_id: str) -> DatasetInfo:
        """Tell what is in a dataset: its profile."""
        dataset = await services.datasets.find(dataset_id)
        return DatasetInfo(**_told(dataset))

    @routes.delete("/datasets/{dataset_id}", status_code=204, responses=Problems)
    async def delete_dataset(dataset_id: str) -> None:
        """Forget a dataset; models that were trained on it stay."""
        await services.datasets.delete(dataset_id)

    return routes


def _told(dataset: Dataset) -> dict[str, Any]:
    return {
        "dataset_id": dataset.id,
        "created": to_iso(dataset.created_us),
        "sha256": dataset.sha256,
        "data_info": DataInfo(**dataset.profile),
    }


def _uploaded(dataset: Dataset) -> UploadedDataset:
    columns = len(dataset.kinds)
    size = f"{_counted(dataset.rows, 'row')} of {_counted(columns, 'column')}"
    message = f"Dataset uploaded successfully: {size}."
    return UploadedDataset(**_told(dataset), message=message)


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _summary(dataset: Dataset) -> DatasetSummary:
    return DatasetSummary(
        dataset_id=dataset.id,
        filename=dataset.name,
        format=dataset.profile["format"],
        rows=dataset.rows,
        columns=len(dataset.kinds),
        size_bytes=dataset.profile["size_bytes"],
        created=to_iso(dataset.created_us),
    )
