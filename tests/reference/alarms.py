"""Slow twins of `standout.kernels.alarms`: from what an alarm is, looking back from each row."""

from __future__ import annotations


def group(scores: list[float], threshold: float, hold: int) -> list[int]:
    """1 at the first row of an alarm, 2 where it grows, 0 elsewhere."""
    flagged = [i for i, score in enumerate(scores) if score >= threshold]
    events: list[list[int]] = []
    for i in flagged:
        if events and i - events[-1][-1] <= hold:
            events[-1].append(i)
        else:
            events.append([i])
    kinds = [0] * len(scores)
    for event in events:
        for place, i in enumerate(event):
            if place == 0:
                kinds[i] = 1
            elif scores[i] > max(scores[other] for other in event[:place]):
                kinds[i] = 2
    return kinds


def hold_down(scores: list[float], hold: int, threshold: float) -> list[bool]:
    """Rows at the threshold that are not held down by an earlier one, as strong, that is not."""
    kept: list[int] = []
    for i, score in enumerate(scores):
        held = kept and i - kept[-1] <= hold and score <= scores[kept[-1]]
        if score >= threshold and not held:
            kept.append(i)
    return [i in kept for i in range(len(scores))]
