"""All models give the same bits from plain Python, without a warning."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """
import hashlib, sys
import numpy as np
from standout.detectors.batch import registry
from standout.detectors.batch.model import fit_model

random = np.random.default_rng(0)
table = {
    "price": random.normal(size=40),
    "volume": random.integers(0, 5, 40).astype(float),
    "when": 1_700_000_000_000_000 + 3_600_000_000 * np.arange(40),
    "city": np.array(["a", "b"] * 20, object),
    "odd": (np.arange(40) % 8 == 0).astype(float),
}
table["price"][table["odd"] == 1] += 9
table["price"][5], table["volume"][7], table["volume"][9] = np.nan, np.inf, np.nan
for name in registry.names():
    few = {"trees": 3} if "trees" in registry.describe(name).params["properties"] else {}
    label = "odd" if registry.describe(name).supervised else None
    model = fit_model(table, algorithm=name, target="price", feature_columns=["volume", "city"],
                      label_column=label, params=few)
    found = model.score(table)
    parts = model.explain(found.features)
    print(name, found.score.tobytes().hex(), parts.tobytes().hex())
"""


def test_it_runs_without_a_compiler() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", CODE],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
            capture_output=True,
            text=True,
            check=False,
        )
        for disabled in ("0", "1")
    ]
    for done in outputs:
        assert done.returncode == 0, done.stderr[-2_000:]
    compiled, plain = (done.stdout.splitlines() for done in outputs)
    assert [line.split()[0] for line in compiled] == [line.split()[0] for line in plain]
    for a, b in zip(compiled, plain, strict=True):
        assert a == b, a.split()[0]
