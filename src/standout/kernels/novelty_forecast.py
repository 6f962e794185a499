"""What was expected: the value after the nearest past window, or a smooth mean.

Whichever of the two has erred less of late is told. It decides nothing: a verdict is about how new
a value is, and what repeats with a delay is badly forecast but not new.
"""

from __future__ import annotations

import math

from standout.kernels.jit import part
from standout.kernels.novelty_layout import (
    CORE,
    COUNT,
    DISTANCE,
    ERROR,
    FILLED,
    K64,
    LEVEL,
    NEAR_ERROR,
    NEAR_ERRORS,
    NEAR_FORECAST,
    NEAREST,
    PAIRS,
    PLACES,
    PLAIN_FORECAST,
    POINTS_AT,
    SMOOTH,
    SMOOTH_ERROR,
    TOTAL,
)
from standout.kernels.novelty_rank import distance_over
from standout.types import Values

SMOOTHING = 0.3
GAIN = 1.0 / 500.0


@part
def forecast(row: Values, bench: Values) -> float:
    """Return the value that is expected next; both forecasts are left on the workbench."""
    bench[PLAIN_FORECAST] = row[SMOOTH]
    bench[NEAR_FORECAST] = math.nan
    if bench[CORE] == 0.0:
        places = int(row[NEAREST + K64])
        if places > 0:
            last = POINTS_AT[PAIRS] + int(row[FILLED + PAIRS])
            means = POINTS_AT[K64] + PLACES[K64] + int(row[FILLED + K64])
            bench[NEAR_FORECAST] = row[last - places] - row[means - places - 1] + row[means - 1]
    near = math.isfinite(bench[NEAR_FORECAST]) and row[NEAR_ERRORS] > 0.0
    if near and row[NEAR_ERROR] < row[SMOOTH_ERROR]:
        return bench[NEAR_FORECAST]
    return bench[PLAIN_FORECAST]


@part
def half_width(row: Values, bench: Values) -> float:
    """Half the expected range: an error over it ranks, by itself, as an alarm does."""
    total = row[TOTAL + ERROR]
    rank = math.sqrt(total + 1.0) * 10.0 ** -bench[LEVEL] - 1.0
    return distance_over(row, ERROR, max(rank, 0.0))


@part
def learn_forecast(row: Values, bench: Values, x: float) -> None:
    """Move both mean errors, and the smooth mean, towards `x`."""
    count = row[COUNT]
    if count == 0.0:
        row[SMOOTH] = x
        return
    gain = max(GAIN, 1.0 / count)
    row[SMOOTH_ERROR] = moved(row[SMOOTH_ERROR], abs(x - bench[PLAIN_FORECAST]), gain)
    error = abs(x - bench[NEAR_FORECAST])
    if math.isfinite(error):
        entered = row[NEAR_ERRORS]
        # Both means begin alike, so that the one which began later is not the better for it.
        before = row[NEAR_ERROR] if entered > 0.0 else row[SMOOTH_ERROR]
        row[NEAR_ERROR] = moved(before, error, gain)
        row[NEAR_ERRORS] = entered + 1.0
    smooth = row[SMOOTH] + SMOOTHING * (x - row[SMOOTH])
    row[SMOOTH] = smooth if math.isfinite(smooth) else x


@part
def moved(mean: float, value: float, gain: float) -> float:
    """Move a mean towards a value; one that overflows is left out."""
    after = mean + gain * (value - mean)
    return after if math.isfinite(after) else mean


@part
def forecast_error(bench: Values, expected: float, x: float) -> None:
    """Write the distance from what was expected."""
    bench[DISTANCE + ERROR] = abs(x - expected)
