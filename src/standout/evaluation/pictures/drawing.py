"""Draw a moment: the values around it, what is labelled, what was flagged, and the score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from standout.evaluation.pictures.moments import Moment
from standout.evaluation.pictures.svg import Canvas
from standout.evaluation.segments import segments
from standout.evaluation.series import LabelledSeries
from standout.types import Counts, Values

WIDTH = 1000
HEIGHT = 420
LEFT = 80
RIGHT = 984
VALUES = (80, 292)
SCORES = (324, 386)
LEAST_AROUND = 150
"""Rows that are shown on each side, at least."""

_LINE, _SCORE, _FLAG = "#1d5fae", "#5b6470", "#c62f2f"
_LABEL, _FRAME, _GRID = "#fbe3b4", "#c9ced6", "#e6e9ee"


@dataclass(frozen=True, slots=True)
class _Lane:
    """Rows across, values up."""

    first: int
    last: int
    low: float
    high: float
    top: int
    bottom: int

    def x(self, rows: Values) -> Values:
        return LEFT + (rows - self.first) / max(self.last - self.first, 1) * (RIGHT - LEFT)

    def y(self, values: Values) -> Values:
        share = (values - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)


def draw(moment: Moment, detector: str, threshold: float) -> bytes:
    """Draw a moment.

    Parameters
    ----------
    moment
        What is shown; about as much again on each side of it.
    detector
        Named in the title.
    threshold
        Drawn as a line across the scores.

    Returns
    -------
    bytes
        An SVG file.
    """
    series = moment.series
    around = max(LEAST_AROUND, moment.end - moment.start)
    first = max(moment.start - around, 0)
    last = min(moment.end + around, len(series)) - 1
    title = f"{moment.kind.capitalize()} of {detector}: {series.family}, {series.name}"
    canvas = Canvas(WIDTH, HEIGHT, title)
    values = _lane(first, last, series.values[first : last + 1], VALUES)
    scores = _Lane(first, last, 0.0, 1.0, *SCORES)
    _frame(canvas, moment, title, (values, scores))
    _draw_values(canvas, moment, values, threshold)
    _draw_scores(canvas, moment, scores, threshold)
    return canvas.encode()


def _lane(first: int, last: int, values: Values, span: tuple[int, int]) -> _Lane:
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    margin = 0.06 * (high - low) or max(abs(low) * 0.1, 1.0)
    return _Lane(first, last, low - margin, high + margin, *span)


def _frame(canvas: Canvas, moment: Moment, title: str, lanes: tuple[_Lane, _Lane]) -> None:
    series, values = moment.series, lanes[0]
    canvas.text(LEFT, 26, title, size=16)
    told = f"rows {moment.start:,} to {moment.end - 1:,}, highest score {moment.peak:.2f}"
    canvas.text(
        LEFT, 48, f"{told}. Red bar: this moment. Red dots: flagged. Shaded: labelled.", size=12
    )
    shown = series.labels[values.first : values.last + 1]
    for lane in lanes:
        for start, end in (segments(shown) + values.first).tolist():
            left, right = lane.x(np.array([start - 0.5, end - 0.5])).clip(LEFT, RIGHT)
            wide = max(right - left, 1.0)
            canvas.box(left, lane.top, wide, lane.bottom - lane.top, _LABEL)
    for row in (values.first, (values.first + values.last) // 2, values.last):
        x = float(values.x(np.array(row, float)))
        canvas.rule((x, values.top), (x, SCORES[1]), _GRID)
        anchor = {values.first: "start", values.last: "end"}.get(row, "middle")
        canvas.text(x, SCORES[1] + 20, _when(series, row), anchor=anchor)


def _draw_values(canvas: Canvas, moment: Moment, lane: _Lane, threshold: float) -> None:
    for value in _round_values(lane.low, lane.high):
        y = float(lane.y(np.array(value)))
        canvas.rule((LEFT, y), (RIGHT, y), _GRID)
        canvas.text(LEFT - 8, y + 4, f"{value:.6g}", anchor="end")
    start, end = lane.x(np.array([moment.start - 0.5, moment.end - 0.5])).clip(LEFT, RIGHT)
    canvas.box(start, lane.bottom + 3, max(end - start, 2.0), 4, _FLAG)
    _line(canvas, lane, moment.series.values, _LINE)
    shown = np.arange(lane.first, lane.last + 1)
    flagged = shown[moment.scores[shown] >= threshold]
    for row in _thinned(flagged).tolist():
        y = float(lane.y(moment.series.values[row]))
        canvas.dot(float(lane.x(np.array(row, float))), y, _FLAG)
    _border(canvas, lane, "value")


def _draw_scores(canvas: Canvas, moment: Moment, lane: _Lane, threshold: float) -> None:
    y = float(lane.y(np.array(threshold)))
    canvas.rule((LEFT, y), (RIGHT, y), _FLAG, dash="4 3")
    canvas.text(LEFT - 8, y + 4, f"{threshold:g}", anchor="end")
    _line(canvas, lane, moment.scores, _SCORE)
    _border(canvas, lane, "score")


def _border(canvas: Canvas, lane: _Lane, name: str) -> None:
    canvas.rule((LEFT, lane.bottom), (RIGHT, lane.bottom), _FRAME)
    canvas.rule((LEFT, lane.top), (LEFT, lane.bottom), _FRAME)
    canvas.text(LEFT, lane.top - 6, name)


def _round_values(low: float, high: float) -> list[float]:
    """Return three to seven multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.8)
    return [step * count for count in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _line(canvas: Canvas, lane: _Lane, column: Values, colour: str) -> None:
    """Draw a column with gaps where nothing is known, thinned to what the pixels can show."""
    shown = column[lane.first : lane.last + 1]
    for start, end in (segments(~np.isnan(shown)) + lane.first).tolist():
        rows = _extremes(column, start, end)
        canvas.line(lane.x(rows.astype(float)), lane.y(column[rows]), colour)


def _extremes(column: Values, start: int, end: int) -> Counts:
    """Return the rows of the lowest and highest value of each pixel, so that no spike is lost."""
    parts = np.array_split(np.arange(start, end), min(RIGHT - LEFT, end - start))
    picked = {int(part[pick(column[part])]) for part in parts for pick in (np.argmin, np.argmax)}
    return np.array(sorted(picked))


def _thinned(rows: Counts) -> Counts:
    return rows[:: max(1, len(rows) // (RIGHT - LEFT))]


def _when(series: LabelledSeries, row: int) -> str:
    if series.times_us is None:
        return f"row {row:,}"
    time = datetime.fromtimestamp(int(series.times_us[row]) / 1e6, UTC)
    return f"{time:%Y-%m-%d %H:%M:%S}"
