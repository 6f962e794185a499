"""A finite series played again and again, with its time always going on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from standout.demo.series import Series
from standout.domain.times import to_iso
from standout.schemas.frames import Observation


class Endless:
    """A series without end: after its last row comes its first, one span later.

    Parameters
    ----------
    series
        At least two rows.
    """

    def __init__(self, series: Series) -> None:
        self._times = series.times_us
        self._values = series.values
        step = int(np.median(np.diff(self._times)))
        self.span_us = int(self._times[-1] - self._times[0]) + step

    def after(self, last_us: int | None) -> Iterator[Observation]:
        """Give the observations later than `last_us` (all for None), without end."""
        turn, row = self._place(last_us)
        while True:
            shift = turn * self.span_us
            for number in range(row, len(self._times)):
                value = float(self._values[number])
                missing = bool(np.isnan(value))
                yield Observation(
                    to_iso(int(self._times[number]) + shift), None if missing else value
                )
            turn, row = turn + 1, 0

    def _place(self, last_us: int | None) -> tuple[int, int]:
        if last_us is None or last_us < self._times[0]:
            return 0, 0
        turn, within = divmod(last_us - int(self._times[0]), self.span_us)
        row = np.searchsorted(self._times, self._times[0] + within, side="right")
        return turn, int(row)
