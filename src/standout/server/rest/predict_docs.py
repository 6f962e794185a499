"""What the documentation says of predictions; their routes are bare and cannot say it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from standout.schemas import predictions
from standout.server.rest.bodies import ARROW, JSON
from standout.server.rest.predict_files import ARROW_FILE_TYPE, PARQUET_TYPE

TEMPLATE: Final = "#/components/schemas/{name}"
_TYPES: Final = (
    predictions.PredictRequest,
    predictions.PredictAnswer,
    predictions.PredictBatchRequest,
    predictions.PredictBatchAnswer,
)
_PROBLEMS: Final = {
    "400": "The body cannot be read.",
    "404": "There is no such model.",
    "409": "The model is in training, or its file was changed.",
    "413": "The body is too large.",
    "422": "The rows are not what the model knows; says which row and column.",
}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}


def components() -> dict[str, Any]:
    """Return the schemas of all bodies, by name."""
    return msgspec.json.schema_components(_TYPES, ref_template=TEMPLATE)[1]


def paths() -> dict[str, Any]:
    """Return the two routes as OpenAPI describes them."""
    files = dict.fromkeys((PARQUET_TYPE, ARROW), _BINARY)
    return {
        "/predict": {"post": _predict()},
        "/predict-batch": {
            "post": {
                "tags": ["models"],
                "operationId": "predict_batch",
                "summary": "Judge many rows by a model.",
                "description": _BATCH,
                "parameters": [
                    _query("model_id", "The model, where the body is a file.", {"type": "string"}),
                    _query("contributions", "Say why, of a file's rows.", {"type": "boolean"}),
                ],
                "requestBody": _body(
                    "PredictBatchRequest",
                    predictions.PREDICT_BATCH_EXAMPLE,
                    {**files, ARROW_FILE_TYPE: _BINARY},
                ),
                "responses": _responses("PredictBatchAnswer", files),
            }
        },
    }


def _predict() -> dict[str, Any]:
    return {
        "tags": ["models"],
        "operationId": "predict",
        "summary": "Judge one row by a model, and say why.",
        "description": _ONE,
        "requestBody": _body("PredictRequest", predictions.PREDICT_EXAMPLE, {}),
        "responses": _responses("PredictAnswer", {}),
    }


_ONE: Final = """
The same row has the same answer: nothing is learnt, and nothing is remembered. Lags and rolling
statistics come from the end of the training rows, or from `history`; a row without the date is
taken as the next step after them.
"""
_BATCH: Final = """
Rows follow each other. As JSON, `data` is a list of objects or an object of columns, with at most
16 MiB. As Parquet or Arrow, the model is named in the query, and the answer is a file of the same
kind with the columns `is_anomaly`, `score` and `severity`, a row a row; the headers
`X-Total-Records` and `X-Anomaly-Count` count them. An Arrow file is answered as a stream.
"""


def _body(name: str, example: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    schema = {"$ref": TEMPLATE.format(name=name)}
    return {"required": True, "content": {JSON: {"schema": schema, "example": example}, **more}}


def _responses(name: str, more: dict[str, Any]) -> dict[str, Any]:
    schema = {"schema": {"$ref": TEMPLATE.format(name=name)}}
    return {
        "200": {"description": "The verdict, or verdicts.", "content": {JSON: schema, **more}},
        **{status: {"description": words} for status, words in _PROBLEMS.items()},
    }


def _query(name: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
