"""Training a baseline, and keeping it in a config."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from standout.errors import InvalidInput, UnreadableFile
from standout.service.baseline import Baseline, keep_baseline, train_baseline
from standout.service.samples import SAMPLES, make_samples


@given(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=50), st.booleans())
def test_mean_and_deviation_are_those_of_the_values(values: list[int], rolling: bool) -> None:
    window = len(values) // 2 + 1 if rolling else None
    newest = values[-window:] if window else values
    column = np.array([math.nan, *values, math.nan])
    if len(set(newest)) == 1:
        with pytest.raises(InvalidInput, match="deviation of 0"):
            train_baseline(column, window=window)
        return
    found = train_baseline(column, window=window, multiplier=2)
    assert found.mean == pytest.approx(statistics.mean(newest), abs=1e-9)
    assert found.std == pytest.approx(statistics.stdev(newest), rel=1e-9)
    lower, upper = found.bounds()
    assert (lower + upper) / 2 == pytest.approx(found.mean, abs=1e-9)
    assert found.params()["multiplier"] == 2


@pytest.mark.parametrize(
    ("values", "window"),
    [([], None), ([1.0], None), ([math.nan, 1.0], None), ([1.0, 2.0], 3), ([1e308, -1e308], None)],
)
def test_values_that_make_none(values: list[float], window: int | None) -> None:
    with pytest.raises(InvalidInput):
        train_baseline(np.array(values), window=window)


CONFIGS = [
    "",
    "port: 9000\n",
    "model:\n  normal_mean: 1\n  normal_std: 2 # of the pump\n  threshold_multiplier: 4\n",
    "# all of it\nmodel: # what is normal\n\n  # the mean\n  normal_std: 2\nport: 1\n",
    "data:\n  test_data_path: a\nmodel:\n    normal_std: 5.0\n    normal_mean: 50.0\n\nport: 7",
    "model:\n",
    "other:\n  normal_mean: 3\nmodel:\n  normal_mean: 4\n",
]


@pytest.mark.parametrize("text", CONFIGS)
def test_the_rest_of_a_config_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "new" / "config.yaml"
    if text:
        path.parent.mkdir()
        path.write_text(text)
    keep_baseline(path, Baseline(1 / 3, 2.5e-7))
    before: dict[str, Any] = yaml.safe_load(text) or {}
    after = yaml.safe_load(path.read_text())
    model = {**(before.get("model") or {}), "normal_mean": 1 / 3, "normal_std": 2.5e-7}
    assert after == {**before, "model": model}
    comments = [line for line in text.splitlines() if line.strip().startswith("#")]
    assert all(line in path.read_text() for line in comments)
    keep_baseline(path, Baseline(7.0, 8.0))
    assert yaml.safe_load(path.read_text())["model"]["normal_mean"] == 7


@pytest.mark.parametrize(
    "text", ["model: {normal_mean: 1}\n", "model: 5\n", "- a\n- b\n", "a: [\n"]
)
def test_a_config_in_another_form_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(UnreadableFile):
        keep_baseline(path, Baseline(1.0, 2.0))
    assert path.read_text() == text


def test_samples_are_made_once_and_only_where_missing(tmp_path: Path) -> None:
    make_samples(tmp_path)
    paths = [tmp_path / sample.name for sample in SAMPLES]
    contents = [path.read_text() for path in paths]
    paths[0].write_text("mine")
    paths[1].unlink()
    make_samples(tmp_path)
    assert paths[0].read_text() == "mine"
    assert paths[1].read_text() == contents[1]
    for sample, content in zip(SAMPLES, contents, strict=True):
        assert content.count("\n") == sample.rows + 1
