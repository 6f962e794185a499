"""Upload a table, train a model on it, ask it, and train it anew: ``python example_usage.py``.

A server must run: ``uvicorn main:app`` or ``standout serve``. BASE_URL names another than
http://localhost:8000.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import httpx2

BASE_URL = os.environ.get("BASE_URL", "http://localhost:8000")
TO_ITS_END = {"wait": 300}
"""Seconds to wait for a training; without it a long one is answered at once, and goes on."""


def prices(days: int, seed: int) -> str:
    """Return a CSV of daily prices, in which a few days stand out."""
    draw = random.Random(seed)
    rows = ["date,price,volume,amount"]
    price = 120.0
    for day in range(days):
        price += 0.1 * (120 - price) + draw.gauss(0, 1)
        shown = price * 1.5 if day % 97 == 96 else price
        volume = round(draw.gauss(1_000, 50))
        month, date = divmod(day % 336, 28)
        year = 2024 + day // 336
        rows.append(f"{year}-{month + 1:02}-{date + 1:02},{shown:.2f},{volume},{10 * volume}")
    return "\n".join(rows) + "\n"


def upload(client: httpx2.Client, name: str, text: str) -> str:
    """Upload a table and return its id."""
    answer = checked(client.post("/upload-dataset", files={"file": (name, text, "text/csv")}))
    info = answer["data_info"]
    print(f"Uploaded {name}: {info['rows']} rows, dated by {info['date_column']!r}")
    return str(answer["dataset_id"])


def checked(response: httpx2.Response) -> dict[str, Any]:
    """Return an answer, or end with what the server said."""
    if response.is_error:
        raise SystemExit(f"{response.request.url}: {response.json()['detail']}")
    return dict(response.json())


def main() -> None:
    """Go through all of it."""
    training = {
        "algorithm": "isolation_forest",
        "contamination": 0.05,
        "target_column": "price",
        "feature_columns": ["volume", "amount"],
    }
    with httpx2.Client(base_url=BASE_URL, timeout=330) as client:
        print(f"Server: {checked(client.get('/health'))['status']}")
        dataset_id = upload(client, "prices.csv", prices(400, seed=1))

        model = checked(client.post(f"/train/{dataset_id}", params=TO_ITS_END, json=training))
        model_id = model["model_id"]
        print(f"Trained {model_id}: anomaly rate {model['training_stats']['anomaly_rate']:.2%}")

        day = {"price": 120.5, "volume": 950, "amount": 9_500}
        for row in (day, day | {"price": 200.0}):
            answer = checked(client.post("/predict", json={"model_id": model_id, "data": row}))
            found = answer["prediction"]
            why = max(found["contributions"], key=found["contributions"].get)
            print(
                f"Price {row['price']}: anomaly {found['is_anomaly']}, score {found['score']:.2f}"
                f" ({found['severity']}), most of it by {why}"
            )

        rows = [day, day | {"price": 200.0}, day | {"price": 118.2, "volume": 1_100}]
        batch = checked(client.post("/predict-batch", json={"model_id": model_id, "data": rows}))
        print(f"Batch: {batch['predictions']['anomaly_count']} of {len(rows)} are anomalies")

        new_id = upload(client, "new_prices.csv", prices(200, seed=2))
        again = checked(
            client.post(f"/models/{model_id}/retrain/{new_id}", params=TO_ITS_END, json=training)
        )
        print(f"Retrained: version {again['version']} on {again['total_records']} rows")
        both = checked(client.post(f"/models/{model_id}/combine/{dataset_id}"))
        print(f"Combined: {both['total_records']} rows as {both['combined_dataset_id']}")
        checked(client.post(f"/models/{model_id}/load", params={"version": 1}))
        info = checked(client.get(f"/models/{model_id}"))
        print(f"Rolled back to version {info['version']} of {len(info['versions'])}")


def run(example: Callable[[], None]) -> None:
    """Run an example, or end with a sentence where no server answers."""
    try:
        example()
    except httpx2.TransportError as error:
        raise SystemExit(f"There is no answer from {BASE_URL}: {error}") from None


if __name__ == "__main__":
    run(main)
