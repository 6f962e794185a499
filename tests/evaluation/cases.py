"""Labels and scores as Hypothesis makes them: with ties, gaps, and all labels alike."""

from __future__ import annotations

import math

from hypothesis import strategies as st

Case = tuple[list[bool], list[float]]

# Few distinct values make many ties; eighths are exact.
SCORES = st.one_of(
    st.integers(0, 8).map(lambda eighths: eighths / 8), st.floats(0, 1), st.just(math.nan)
)


def cases(most: int) -> st.SearchStrategy[Case]:
    rows = st.tuples(st.booleans(), SCORES)
    return st.lists(rows, min_size=1, max_size=most).map(
        lambda pairs: ([label for label, _ in pairs], [score for _, score in pairs])
    )


def runs(most: int) -> st.SearchStrategy[list[bool]]:
    """Labels in stretches, as they are on series."""
    parts = st.lists(st.tuples(st.booleans(), st.integers(1, 12)), min_size=1, max_size=12)
    return parts.map(lambda made: [label for label, length in made for _ in range(length)][:most])
