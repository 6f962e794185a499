"""A line of text that shows where the anomalies of a series lie."""

from __future__ import annotations

import numpy as np

from standout.types import Values

_BLOCKS = " ▁▂▃▄▅▆▇█"


def sparkline(anomaly: Values, width: int) -> str:
    """Draw how many anomalies each part of a series has.

    Parameters
    ----------
    anomaly
        1 where there is one, in order of time; shape ``(n,)``.
    width
        Most characters; a part is never less than one observation.

    Returns
    -------
    str
        A block for each part: blank for none, and the higher the more.
    """
    parts = np.array_split(anomaly == 1, max(1, min(width, len(anomaly))))
    counts = np.array([part.sum() for part in parts])
    most = max(1, counts.max())
    heights = np.ceil(counts / most * (len(_BLOCKS) - 1)).astype(int)
    return "".join(_BLOCKS[height] for height in heights)
