"""The seeded demo behind the pictures: a server at a frozen time, with streams and models."""

from __future__ import annotations

import io
import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import polars as pl
import uvicorn
from demo_streams import NOW, NOW_US, STREAMS, values_of

from standout.bootstrap import Services, build
from standout.domain.times import to_iso
from standout.server import logs
from standout.server.app import create_app
from standout.server.run import listen, uvicorn_config
from standout.service.heads import HeadReader
from standout.service.overview import OverviewService
from standout.settings import load_settings

SETTLED_H = (1.0, 26.0)
"""Between these hours before now anomalies were labelled; what is newer waits for it."""
WAITING = {"orders", "login-failures"}
"""Streams whose events nobody has labelled yet."""
FALSE_ALARM_H = (0.75, 0.9)
"""The spike of the first pump, in hours before now: its sensor was unplugged."""
DAYS = 60
SEEN = ["temperature", "vibration", "current", "load"]
BATCH = 10_000
SINGLE = 30
"""Observations of each stream that come one by one, as they do in life."""


@contextmanager
def demo() -> Iterator[str]:
    """Serve the seeded demo at its frozen time; give its address."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        settings = load_settings(data_dir=Path("data"))
        logs.configure("INFO")
        logging.getLogger().handlers[0].setLevel("ERROR")  # the page shows them
        logging.getLogger("httpx2").setLevel("WARNING")  # the demo's own, not the server's
        services = _frozen(build(settings))
        listener = listen("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn_config(create_app(services), settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx2.Client(base_url=url, timeout=300) as http:
                seed_streams(http)
                seed_models(http)
            yield url
        finally:
            server.should_exit = True
            thread.join()
            listener.close()


def _frozen(services: Services) -> Services:
    heads = HeadReader(services.store, services.loader)
    parts = services.store, services.windows, services.labels, heads
    return replace(services, overview=OverviewService(*parts, clock=lambda: NOW_US))


def seed_streams(http: httpx2.Client) -> None:
    """Send the demo's streams, then say of some anomalies what they were."""
    for number, made in enumerate(STREAMS):
        settings: dict[str, Any] = {"detector": made.detector, "time_unit": "us"}
        settings |= {"unit": made.unit, "tags": [made.what]}
        assert http.put(f"/streams/{made.id}", json=settings).is_success
        times, values = values_of(made, number)
        many = len(times) - SINGLE
        parts = [slice(begin, min(begin + BATCH, many)) for begin in range(0, many, BATCH)]
        for part in parts + [slice(at, at + 1) for at in range(many, len(times))]:
            columns = {"timestamp": times[part].tolist(), "value": values[part].tolist()}
            reply = http.post(f"/streams/{made.id}/observations", json=columns)
            assert reply.status_code == 200, reply.text
    _say(http)


def _say(http: httpx2.Client) -> None:
    """Label what was put in as real and the rest as a false alarm, except the newest."""
    for made in STREAMS:
        window = http.get(f"/streams/{made.id}/window", params={"px": 10, "limit": 1_000}).json()
        for one in window["anomalies"]:
            before_h = (NOW_US - one["peak_us"]) / 3.6e9
            real = any(b + 0.1 > before_h > b - length - 0.1 for b, length, _ in made.events)
            low, high = FALSE_ALARM_H
            unplugged = made.failing and low < before_h < high
            settled = unplugged or SETTLED_H[0] < before_h < SETTLED_H[1]
            if not settled or (real and made.id in WAITING):
                continue
            word = "real" if real and not unplugged else "false_alarm"
            note = "Sensor unplugged" if unplugged else ""
            said = {"label": word, "who": "mk", "note": note}
            body = {"from": one["from"], "to": one["to"], **said}
            assert http.post(f"/streams/{made.id}/labels", json=body).is_success
        for before_h, length_h in made.hurried:
            _say_real(http, made.id, before_h, length_h)
        if made.hurried:
            for before_h, length_h, _ in made.events:
                _say_real(http, made.id, before_h, length_h)


def _say_real(http: httpx2.Client, stream_id: str, before_h: float, length_h: float) -> None:
    """Mark a stretch that was real, whether anything was flagged in it or not."""
    begin, end = (to_iso(NOW_US - round(h * 3.6e9)) for h in (before_h, before_h - length_h))
    body = {"from": begin, "to": end, "label": "real", "who": "mk"}
    assert http.post(f"/streams/{stream_id}/labels", json=body).is_success


def seed_models(http: httpx2.Client) -> None:
    """Upload two months of the pump's hours, and train models on them."""
    hours = pump_hours()
    early = hours.head(len(hours) // 2)
    first = _upload(http, "pump-7-january.csv", early)
    both = _upload(http, "pump-7-hours.csv", hours)
    _upload(http, "checkout.parquet", checkout_minutes())
    forest = _train(
        http, first, algorithm="isolation_forest", contamination=0.03, feature_columns=SEEN
    )
    http.post(f"/models/{forest}/retrain/{both}", params={"wait": 60})
    _train(http, both, algorithm="local_outlier_factor", contamination=0.03, feature_columns=SEEN)
    _train(http, both, algorithm="random_forest", label_column="fault")
    _train(http, both, algorithm="logistic_regression", label_column="fault")


def pump_hours() -> pl.DataFrame:
    """Return two months of a pump, an hour a row, with the hours in which it failed."""
    random = np.random.default_rng(5)
    n = DAYS * 24
    hour = np.arange(n)
    load = 60 + 22 * np.sin(hour / 24 * 2 * np.pi) + random.normal(0, 4, n)
    temperature = 41 + 0.32 * load + random.normal(0, 0.9, n)
    vibration = 1.1 + 0.012 * load + random.gamma(2, 0.16, n)
    current = 12 + 0.19 * load + random.normal(0, 0.5, n)
    fault = np.zeros(n, np.int64)
    for begin in random.choice(np.arange(60, n - 12), 14, replace=False):
        at = slice(begin, begin + int(random.integers(2, 5)))
        fault[at] = 1
        temperature[at] += random.normal(4, 2)
        vibration[at] *= 1 + random.gamma(4, 0.09)
    start = NOW.replace(hour=0, minute=0) - timedelta(days=DAYS)
    times = [(start + timedelta(hours=int(h))).isoformat() for h in hour]
    temperature[random.choice(n, 9, replace=False)] = np.nan
    return pl.DataFrame(
        {
            "time": times,
            "temperature": temperature.round(2),
            "vibration": vibration.round(3),
            "current": current.round(2),
            "load": load.round(1),
            "shift": np.where((hour % 24 >= 6) & (hour % 24 < 18), "day", "night"),
            "fault": fault,
        }
    ).with_columns(pl.col("temperature").fill_nan(None))


def checkout_minutes() -> pl.DataFrame:
    """Return a day of a shop's checkout, as it was seen by its streams."""
    made = next(one for one in STREAMS if one.id == "checkout")
    times, values = values_of(made, 1)
    return pl.DataFrame({"time": times, "latency_ms": values}).with_columns(
        pl.col("time").cast(pl.Datetime("us", "UTC"))
    )


def _upload(http: httpx2.Client, name: str, table: pl.DataFrame) -> str:
    buffer = io.BytesIO()
    table.write_parquet(buffer) if name.endswith(".parquet") else table.write_csv(buffer)
    reply = http.post("/upload-dataset", files={"file": (name, buffer.getvalue())})
    assert reply.is_success, reply.text
    return str(reply.json()["dataset_id"])


def _train(http: httpx2.Client, dataset_id: str, **body: Any) -> str:
    body = {"target_column": "temperature", **body}
    reply = http.post(f"/train/{dataset_id}", json=body, params={"wait": 60})
    assert reply.is_success, reply.text
    model_id = str(reply.json()["model_id"])
    while http.get(f"/models/{model_id}").json()["state"] == "training":
        time.sleep(0.2)
    return model_id
