"""Learn from labels: ``python supervised_example.py``. A server must run; see example_usage.py."""

from __future__ import annotations

import random

import httpx2
from example_usage import BASE_URL, TO_ITS_END, checked, run, upload


def machines(rows: int, seed: int) -> str:
    """Return a CSV of machines; those that run hot and slow are labelled."""
    draw = random.Random(seed)
    lines = ["price,volume,amount,is_anomaly"]
    for _ in range(rows):
        odd = draw.random() < 0.08
        price = draw.gauss(135 if odd else 120, 4)
        volume = draw.gauss(850 if odd else 1_000, 60)
        lines.append(f"{price:.2f},{volume:.0f},{10 * volume:.0f},{int(odd)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Train both supervised algorithms, and ask the one that did better."""
    best = ("", -1.0)
    with httpx2.Client(base_url=BASE_URL, timeout=330) as client:
        dataset_id = upload(client, "labelled.csv", machines(800, seed=3))
        for algorithm in ("random_forest", "logistic_regression"):
            training = {
                "algorithm": algorithm,
                "contamination": 0.1,
                "target_column": "price",
                "feature_columns": ["volume", "amount"],
                "label_column": "is_anomaly",
            }
            model = checked(client.post(f"/train/{dataset_id}", params=TO_ITS_END, json=training))
            stats = model["training_stats"]
            figures = ("precision", "recall", "f1", "average_precision", "auroc")
            told = ", ".join(f"{name} {stats[name]:.2f}" for name in figures)
            print(f"{algorithm}: {told} on {stats['measured_rows']} rows held out")
            best = max(best, (model["model_id"], stats["average_precision"]), key=lambda m: m[1])

        for row in (
            {"price": 119.0, "volume": 1_010, "amount": 10_100},
            {"price": 141.0, "volume": 800, "amount": 8_000},
        ):
            answer = checked(client.post("/predict", json={"model_id": best[0], "data": row}))
            found = answer["prediction"]
            print(f"{row}: anomaly {found['is_anomaly']}, score {found['score']:.2f}")


if __name__ == "__main__":
    run(main)
