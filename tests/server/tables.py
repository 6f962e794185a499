"""Tables for the tests, and a client that uploads them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import numpy as np
import polars as pl

from tests.serving import Served

TRAINING = {
    "algorithm": "isolation_forest",
    "contamination": 0.1,
    "target_column": "price",
    "feature_columns": ["volume", "amount"],
}
GOOD = {"price": 100.0, "volume": 1_000, "amount": 10_000}
BAD = {"price": 180.0, "volume": 1_000, "amount": 10_000}


def prices(rows: int = 300, seed: int = 0) -> pl.DataFrame:
    """Return prices, of which every tenth is labelled and far off."""
    draw = np.random.default_rng(seed)
    odd = np.arange(rows) % 10 == 9
    return pl.DataFrame(
        {
            "price": 100 + draw.standard_normal(rows) + 60 * odd,
            "volume": 1_000 + 50 * draw.standard_normal(rows),
            "amount": 10_000 + 100 * draw.standard_normal(rows),
            "is_anomaly": odd.astype(np.int64),
        }
    )


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


@contextmanager
def client(server: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=120) as found:
        yield found


def upload(asking: httpx2.Client, content: bytes | pl.DataFrame, name: str = "t.csv") -> str:
    """Upload a table; return its id."""
    data = content.write_csv().encode() if isinstance(content, pl.DataFrame) else content
    answer = asking.post("/upload-dataset", files={"file": (name, data)})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["dataset_id"])


def train(asking: httpx2.Client, dataset_id: str, **asked: Any) -> dict[str, Any]:
    """Train a model to its end; return the answer."""
    answer = asking.post(f"/train/{dataset_id}", json={**TRAINING, **asked}, params={"wait": 100})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
