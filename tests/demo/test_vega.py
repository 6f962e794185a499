import subprocess
import sys

import numpy as np
import pytest

from standout.demo import vega


def test_temperatures_are_hourly() -> None:
    series = vega.temperatures()
    assert len(series.values) == 8_759
    assert series.values[0] == 39.4
    assert np.median(np.diff(series.times_us)) == 3_600_000_000
    assert (np.diff(series.times_us) > 0).all()


def test_weather_is_daily() -> None:
    series = vega.weather("wind")
    assert len(series.values) == 1_461
    assert (np.diff(series.times_us) == 86_400_000_000).all()
    assert (vega.weather("precipitation").values != series.values).any()


@pytest.mark.parametrize("symbol", vega.SYMBOLS)
def test_stocks_are_of_one_symbol(symbol: str) -> None:
    series = vega.stock(symbol)
    assert len(series.values) == (68 if symbol == "GOOG" else 123)
    assert (np.diff(series.times_us) > 0).all()
    assert (series.values > 0).all()


def test_neither_pandas_nor_the_package_itself_is_imported() -> None:
    code = (
        "import sys; from standout.demo import vega; vega.stock('AAPL');"
        "sys.exit('pandas' in sys.modules or 'vega_datasets.core' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
