"""Random convolution kernels of nine taps, and two features of each over a window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.kernels.jit import kernel, part
from standout.types import Batch, Counts, Values

TAPS = 9


@kernel
def convolve(x: Values, heavy: Counts, dilation: int, rows: Counts, out: Values) -> None:
    """Fill in the convolution at some rows; beyond its ends x goes on as it ended.

    Parameters
    ----------
    x
        Shape ``(n,)``.
    heavy
        The three taps of weight 2, 0 to 8; the others weigh -1, so that a level gives 0.
    dilation
        Rows from one tap to the next.
    rows, out
        Where, and what it is; shape ``(rows,)``.
    """
    n = len(x)
    half = TAPS // 2
    for i in range(len(out)):
        out[i] = 0.0
        for t in range(TAPS):
            weight = 2.0 if t == heavy[0] or t == heavy[1] or t == heavy[2] else -1.0
            out[i] += weight * x[min(max(rows[i] + (t - half) * dilation, 0), n - 1)]


@part
def _convolve_all(padded: Values, heavy: Counts, dilation: int, pad: int, out: Values) -> None:
    half = TAPS // 2
    out[:] = 0.0
    for t in range(TAPS):
        weight = 2.0 if t == heavy[0] or t == heavy[1] or t == heavy[2] else -1.0
        begin = pad + (t - half) * dilation
        shifted = padded[begin : begin + len(out)]
        for i in range(len(out)):
            out[i] += weight * shifted[i]


@kernel
def kernel_features(
    x: Values,
    heavy: NDArray[np.int64],
    dilations: Counts,
    biases: Values,
    width: int,
    first: int,
    features: Batch,
) -> None:
    """Fill in two features a kernel: share of rows over the bias, and mean excess over it.

    Parameters
    ----------
    x
        Shape ``(n,)``.
    heavy, dilations, biases
        Of each of k kernels; shapes ``(k, 3)``, ``(k,)``, ``(k,)``.
    width
        Rows that a feature is taken over, centred.
    first
        First row of `features`.
    features
        Shape ``(2 k, rows)``; the share at 2 t, the excess at 2 t + 1.
    """
    n = len(x)
    rows = features.shape[1]
    begin = first - width // 2
    pad = (TAPS // 2) * int(dilations.max())
    padded = np.empty(rows + width + 2 * pad)
    for i in range(len(padded)):
        padded[i] = x[min(max(begin - pad + i, 0), n - 1)]
    over = np.empty(rows + width)
    for t in range(len(biases)):
        _convolve_all(padded, heavy[t], int(dilations[t]), pad, over)
        # The average goes on over the ends with the first and last row of the convolution.
        for i in range(-begin):
            over[i] = over[-begin]
        for i in range(max(n - begin, 0), len(over)):
            over[i] = over[n - 1 - begin]
        share = 0.0
        mass = 0.0
        for i in range(width):
            share += 1.0 if over[i] > biases[t] else 0.0
            mass += max(over[i] - biases[t], 0.0)
        for i in range(rows):
            features[2 * t, i] = share / width
            features[2 * t + 1, i] = mass / width
            entering, leaving = over[i + width], over[i]
            share += (1.0 if entering > biases[t] else 0.0) - (1.0 if leaving > biases[t] else 0.0)
            mass += max(entering - biases[t], 0.0) - max(leaving - biases[t], 0.0)
