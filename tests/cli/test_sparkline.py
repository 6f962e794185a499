import numpy as np

from standout.cli.sparkline import sparkline


def test_a_block_is_higher_the_more_anomalies_are_in_its_part() -> None:
    anomaly = np.zeros(80)
    anomaly[0], anomaly[20:28] = 1, 1
    assert sparkline(anomaly, 8) == "▁ █     "


def test_a_short_series_has_a_block_for_each_observation() -> None:
    assert sparkline(np.array([np.nan, 1.0, 0.0]), 50) == " █ "
    assert sparkline(np.array([]), 50) == " "
