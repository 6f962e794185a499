"""Centred means and seasonal medians of a series."""

from __future__ import annotations

import numpy as np

from standout.kernels.jit import kernel
from standout.types import Values


@kernel
def moving_average(x: Values, width: int, out: Values) -> None:
    """Fill in the centred mean of `width` rows, the ends going on with their first and last value.

    Notes
    -----
    Summed anew for each block of 512 rows, so that rounding does not grow with the length.
    """
    n = len(x)
    before = width // 2
    total = 0.0
    for i in range(n):
        if i % 512 == 0:
            total = 0.0
            for t in range(i - before, i - before + width):
                total += x[min(max(t, 0), n - 1)]
        else:
            total += x[min(i - before + width - 1, n - 1)] - x[max(i - before - 1, 0)]
        out[i] = total / width


@kernel
def seasonal_median(x: Values, period: int, reach: int, expected: Values) -> None:
    """Fill in the median of the values up to `reach` periods before and after each row.

    Parameters
    ----------
    x, expected
        Shape ``(n,)``; a row without any such value expects itself.
    """
    n = len(x)
    values = np.empty(2 * reach)
    for i in range(n):
        count = 0
        for k in range(-reach, reach + 1):
            at = i + k * period
            if k == 0 or at < 0 or at >= n:
                continue
            value = x[at]
            place = count
            while place > 0 and values[place - 1] > value:
                values[place] = values[place - 1]
                place -= 1
            values[place] = value
            count += 1
        if count == 0:
            expected[i] = x[i]
        elif count % 2 == 1:
            expected[i] = values[count // 2]
        else:
            expected[i] = (values[count // 2 - 1] + values[count // 2]) / 2.0
