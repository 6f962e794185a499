"""Residuals of a series against the neighbours of its windows."""

from __future__ import annotations

from standout.kernels.jit import kernel
from standout.types import Counts, Values


@kernel
def residuals(
    x: Values,
    width: int,
    starts: Counts,
    levels: Values,
    neighbour: Counts,
    first: int,
    squares: Values,
    expected: Values,
) -> None:
    """Add what each window's neighbour leaves unexplained to the rows that the window covers.

    Parameters
    ----------
    x
        Shape ``(n,)``.
    width
        Rows of a window.
    starts, levels
        First row and mean of each of the bank's windows; shape ``(m,)``.
    neighbour
        Place in the bank of the neighbour of the windows from `first` on; -1 adds nothing.
    first
        Start of the first window.
    squares, expected
        Sums over the windows that cover a row: of squared residuals, and of what the neighbour,
        lifted to the window's own mean, has in its place; shape ``(n,)``.
    """
    for i in range(len(neighbour)):
        j = neighbour[i]
        if j < 0:
            continue
        window = x[first + i : first + i + width]
        mean = 0.0
        for t in range(width):
            mean += window[t]
        lift = mean / width - levels[j]
        like = x[starts[j] : starts[j] + width]
        square = squares[first + i : first + i + width]
        level = expected[first + i : first + i + width]
        for t in range(width):
            wanted = like[t] + lift
            residual = window[t] - wanted
            square[t] += residual * residual
            level[t] += wanted
