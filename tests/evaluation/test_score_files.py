from pathlib import Path

import numpy as np
import polars as pl
import pytest

from standout.errors import InvalidInput
from standout.evaluation.score_files import write_scores
from standout.evaluation.series import LabelledSeries


def series(*, timed: bool = True) -> LabelledSeries:
    return LabelledSeries(
        family="NAB",
        name="realTweets/Twitter_volume_AAPL.csv",
        values=np.array([1.0, 2.5, 3.0]),
        labels=np.array([False, True, False]),
        timestamps=["2015-02-26 21:42:53", "2015-02-26 21:47:53", "x"] if timed else None,
    )


def test_the_file_is_where_and_as_nabs_scorer_reads_it(tmp_path: Path) -> None:
    path = write_scores(tmp_path, "isolation_forest", series(), np.array([np.nan, 1.0, 0.25]))
    assert path == (
        tmp_path / "isolationForest" / "realTweets" / "isolationForest_Twitter_volume_AAPL.csv"
    )
    table = pl.read_csv(path)
    assert table.columns == ["timestamp", "value", "anomaly_score", "label"]
    assert table["timestamp"].to_list() == series().timestamps
    assert table["anomaly_score"].to_list() == [0.0, 1.0, 0.25]
    assert table["label"].to_list() == [0, 1, 0]


@pytest.mark.parametrize("score", [-0.1, 1.1, np.inf])
def test_scores_outside_their_range_are_not_written(tmp_path: Path, score: float) -> None:
    with pytest.raises(InvalidInput, match="outside 0 to 1"):
        write_scores(tmp_path, "vote", series(), np.array([0.0, score, 0.0]))
    assert list(tmp_path.iterdir()) == []


def test_a_series_without_times_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no times"):
        write_scores(tmp_path, "vote", series(timed=False), np.zeros(3))
