"""Slow twins of the kernels behind detectors of whole series, from the definitions, row by row."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from standout.types import Batch, Counts, Values

AXES = 24
LEAST_SPREAD = 0.1


def principal_axes(rows: Batch, most: int = AXES) -> Batch:
    """The directions in which rows are most spread out, as columns; all where there are few."""
    if rows.shape[1] <= most:
        return np.eye(rows.shape[1])
    axes: Batch = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)[2][:most].T
    return axes


def bank_distance(
    x: Values, width: int, starts: Counts, *, normalised: bool = False
) -> tuple[Values, Counts, float]:
    """Distance and place of each window's nearest bank window, and the closest call among them.

    The last is the least difference between the nearest and the second nearest of any window:
    where it is within rounding, either may be found.
    """
    windows = np.array([_shown(x[i : i + width], normalised) for i in range(len(x) - width + 1)])
    points = windows @ principal_axes(windows[starts])
    distance, neighbour, closest = [], [], math.inf
    for i, point in enumerate(points):
        far = np.sqrt(np.square(points[starts] - point).sum(axis=1))
        far[np.abs(starts - i) < width] = math.inf
        place = int(far.argmin())
        distance.append(far[place])
        neighbour.append(place if far[place] < math.inf else -1)
        others = np.delete(far, place)
        if others.size and others.min() < math.inf:
            closest = min(closest, float(others.min() - far[place]))
    return np.array(distance), np.array(neighbour), closest


def _shown(window: Values, normalised: bool) -> Values:
    centred: Values = window - window.mean()
    if normalised:
        centred /= max(float(centred.std()), LEAST_SPREAD)
    return centred


def reconstruction(
    x: Values, width: int, starts: Counts, neighbour: Counts
) -> tuple[Values, Values]:
    """Root mean squared residual of each row against its windows' neighbours, and their mean.

    A window without a neighbour counts, with a residual and an expected value of 0.
    """
    residuals: list[list[float]] = [[] for _ in x]
    levels: list[list[float]] = [[] for _ in x]
    for i, j in enumerate(neighbour):
        window = x[i : i + width]
        like = x[starts[j] : starts[j] + width]
        lifted = like - like.mean() + window.mean() if j >= 0 else np.zeros(width)
        for t in range(width):
            residuals[i + t].append((window[t] - lifted[t]) ** 2 if j >= 0 else 0.0)
            levels[i + t].append(lifted[t])
    root = [math.sqrt(math.fsum(found) / len(found)) for found in residuals]
    return np.array(root), np.array([math.fsum(found) / len(found) for found in levels])


def moving_average(x: Values, width: int) -> Values:
    """The mean of `width` rows around each; the series goes on with its first and last value."""
    around = np.arange(len(x))[:, None] + np.arange(width) - width // 2
    means: Values = x[np.clip(around, 0, len(x) - 1)].mean(axis=1)
    return means


def seasonal_median(x: Values, period: int, reach: int) -> Values:
    """The median of the values up to `reach` periods away; a value's own where there are none."""
    found = []
    for i in range(len(x)):
        places = [i + k * period for k in range(-reach, reach + 1) if k]
        others = [x[at] for at in places if 0 <= at < len(x)]
        found.append(np.median(others) if others else x[i])
    return np.array(found)


def autoregression(x: Values, order: int) -> Values:
    """Residuals of a ridge regression on the last values, the second time less led by outliers.

    The ridge is told as rows of its own, and a weight as the root of it on both sides.
    """
    past = np.array([x[i - order : i][::-1] for i in range(order, len(x))])
    wanted = x[order:]
    weights, found = np.ones(len(wanted)), wanted
    for _ in range(2):
        root = np.sqrt(weights)
        scaled = past * root[:, None]
        ridge = 1e-3 * np.square(scaled).sum() / order + 1e-6
        rows = np.vstack([scaled, math.sqrt(ridge) * np.eye(order)])
        targets = np.concatenate([wanted * root, np.zeros(order)])
        found = wanted - past @ np.linalg.lstsq(rows, targets)[0]
        size = np.abs(found)
        limit = 2 * (1.5 * np.median(size) + 0.01 * size.mean())
        weights = np.array([min(1.0, limit / s) if s > 0 else 1.0 for s in size])
    return np.concatenate([[np.abs(found[:order]).mean()] * order, found])


def convolution(x: Values, heavy: Counts, dilation: int) -> Values:
    """Nine taps, three of them 2 and the others -1, over a series that goes on as it ended."""
    weights = [2.0 if tap in heavy else -1.0 for tap in range(9)]
    around = np.arange(len(x))[:, None] + (np.arange(9) - 4) * dilation
    sums: Values = (x[np.clip(around, 0, len(x) - 1)] * weights).sum(axis=1)
    return sums


def kernel_features(
    x: Values, heavy: NDArray[np.int64], dilations: Counts, biases: Values, width: int
) -> Batch:
    """Share of the rows around each where a convolution is over its bias, and the mean excess."""
    features = []
    for taps, dilation, bias in zip(heavy, dilations, biases, strict=True):
        over = convolution(x, taps, int(dilation)) - bias
        features.append(moving_average((over > 0).astype(np.float64), width))
        features.append(moving_average(np.maximum(over, 0.0), width))
    return np.array(features)


def mean_of_three(features: Batch, starts: Counts, width: int) -> Values:
    """Mean distance of each row's features, in units of their spread, to the nearest three."""
    spread = features.std(axis=1, keepdims=True)
    rows = (features / np.where(spread > 0, spread, 1.0)).T
    points = rows @ principal_axes(rows[starts])
    found = []
    for i, point in enumerate(points):
        others = points[starts[np.abs(starts - i) >= width]]
        far = np.sort(np.sqrt(np.square(others - point).sum(axis=1)))[:3]
        found.append(far.mean() if len(far) else math.inf)
    return np.array(found)


def joint_windows(Z: Batch, width: int, *, centred: bool, parts: int = 16) -> Batch:
    """Each window of several channels as means of its parts, weighed by the root of their length.

    Of more than eight channels it is those of the eight leading principal scores.
    """
    if Z.shape[1] > 8:
        Z = Z @ np.linalg.svd(Z, full_matrices=False)[2][:8].T
    edges = [int(edge) for edge in np.linspace(0, width, min(parts, width) + 1)]
    told = []
    for i in range(len(Z) - width + 1):
        window = Z[i : i + width]
        shown = window - window.mean(axis=0) if centred else window
        means = [shown[a:b].mean(axis=0) * math.sqrt(b - a) for a, b in pairwise(edges)]
        told.append(np.concatenate(means))
    return np.array(told)


def nearest_others(points: Batch, apart: int) -> tuple[Values, Counts]:
    """Distance and place of the nearest point at least so many places away."""
    distance, neighbour = [], []
    for i, point in enumerate(points):
        far = np.sqrt(np.square(points - point).sum(axis=1))
        far[np.abs(np.arange(len(points)) - i) < apart] = math.inf
        distance.append(far.min())
        neighbour.append(int(far.argmin()))
    return np.array(distance), np.array(neighbour)


def over_the_rows(windows: Values, n: int, width: int) -> Values:
    """The mean of the windows that cover each row."""
    return np.array([windows[max(0, row - width + 1) : row + 1].mean() for row in range(n)])


def principal_residual(Z: Batch, share: float = 0.7) -> Values:
    """Distance of each row from the fewest principal axes that explain a share of the variance."""
    centred: Batch = Z - Z.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    explained = np.cumsum(sizes**2) / np.sum(sizes**2)
    kept = directions[: 1 + sum(part < share for part in explained)]
    left = centred - centred @ kept.T @ kept
    return np.asarray(np.sqrt(np.square(left).sum(axis=1)))
