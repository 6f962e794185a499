"""Scaled and weighed features beside NumPy's, to the bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from standout.kernels import linear

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ABOVE_0 = st.floats(1e-300, 1e300)


@settings(deadline=None, max_examples=80)
@given(data=st.data(), n=st.integers(0, 5), d=st.integers(1, 4))
def test_they_equal_numpys(data: st.DataObject, n: int, d: int) -> None:
    X = data.draw(arrays(np.float64, (n, d), elements=FINITE))
    centre, weight = (data.draw(arrays(np.float64, d, elements=FINITE)) for _ in range(2))
    scale, limit = (data.draw(arrays(np.float64, d, elements=ABOVE_0)) for _ in range(2))
    with np.errstate(all="ignore"):
        expected = np.clip((X - centre) / scale, -limit, limit)
        parts = expected * weight
        sums = np.add.accumulate(np.column_stack([np.zeros(n), parts]), axis=1)[:, -1] + 0.5
    out, weighed, total = np.empty((n, d)), np.empty((n, d)), np.empty(n)
    linear.scaled(X, centre, scale, limit, out)
    linear.weighed(X, centre, scale, limit, weight, weighed)
    linear.weighed_sum(X, centre, scale, limit, weight, 0.5, total)
    assert (out == expected).all()
    assert np.array_equal(weighed, parts)
    assert np.array_equal(total, sums, equal_nan=True)
