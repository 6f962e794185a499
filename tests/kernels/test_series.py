"""The kernels behind detectors of whole series against their slow twins."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from standout.detectors.series import kernel_bank
from standout.detectors.series.bank import compare, draw, placed
from standout.detectors.series.channels import principal_residual
from standout.detectors.series.joint import cluster_distance, compare_jointly, spread_over
from standout.detectors.series.kernel_bank import kernel_distance
from standout.detectors.series.linear import autoregression, seasonal_levels
from standout.kernels.random_kernels import convolve, kernel_features
from standout.kernels.smoothing import moving_average, seasonal_median
from standout.types import Values
from tests.reference import series as plain

CLOSE_CALL = 3e-6
"""Difference of two distances over which float32 tells the nearer: coordinates are under 10."""

SERIES = st.builds(
    lambda seed, n, period, noise: (
        np.sin(np.arange(n) * 2 * np.pi / period)
        + noise * np.random.default_rng(seed).standard_normal(n)
    ),
    st.integers(0, 1_000),
    st.integers(64, 200),
    st.floats(5, 60),
    st.floats(0.01, 1),
)


@settings(max_examples=40, deadline=None)
@given(SERIES, st.integers(4, 32), st.sampled_from([40, 130, 2_500]), st.booleans())
def test_windows_are_compared_as_they_are_defined(
    x: Values, width: int, size: int, normalised: bool
) -> None:
    starts = draw(len(x), width, size, seed=0)
    wanted, neighbour, closest = plain.bank_distance(x, width, starts, normalised=normalised)
    found = compare(x, width, size=size, normalised=normalised)
    np.testing.assert_allclose(found.distance, placed(wanted, len(x), width), atol=1e-5)
    assume(closest > CLOSE_CALL)
    residual, expected = plain.reconstruction(x, width, starts, neighbour)
    np.testing.assert_allclose(found.residual, residual, atol=1e-9)
    np.testing.assert_allclose(found.expected, expected, atol=1e-9)


def test_a_bank_of_several_blocks_finds_the_same() -> None:
    x = np.sin(np.arange(3_000) / 11) + 0.3 * np.random.default_rng(1).standard_normal(3_000)
    starts = draw(len(x), 40, 2_500, seed=4)
    assert len(starts) == 2_500
    wanted, neighbour, _ = plain.bank_distance(x, 40, starts)
    found = compare(x, 40, seed=4)
    np.testing.assert_allclose(found.distance, placed(wanted, len(x), 40), atol=1e-5)
    np.testing.assert_allclose(
        found.residual, plain.reconstruction(x, 40, starts, neighbour)[0], atol=1e-9
    )


def test_equal_windows_are_at_distance_0() -> None:
    x = np.tile(np.random.default_rng(2).standard_normal(10), 30)
    assert (compare(x, 10).distance == 0).all()


@settings(max_examples=60, deadline=None)
@given(SERIES, st.integers(2, 90))
def test_means_are_those_of_the_rows_around(x: Values, width: int) -> None:
    out = np.empty_like(x)
    moving_average(x, width, out)
    np.testing.assert_allclose(out, plain.moving_average(x, width), atol=1e-12)


def test_a_long_mean_does_not_drift() -> None:
    x = np.random.default_rng(0).standard_normal(5_000)
    x[1_000] = 1e15
    out = np.empty_like(x)
    moving_average(x, 10, out)
    np.testing.assert_allclose(out[1_600:], plain.moving_average(x, 10)[1_600:], atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(SERIES, st.integers(1, 250), st.integers(1, 5))
def test_seasonal_medians_are_medians(x: Values, period: int, reach: int) -> None:
    out = np.empty_like(x)
    seasonal_median(x, period, reach, out)
    np.testing.assert_allclose(out, plain.seasonal_median(x, period, reach), atol=1e-15)
    if reach == 5:
        np.testing.assert_array_equal(seasonal_levels(x, period), out)


@settings(max_examples=40, deadline=None)
@given(SERIES, st.integers(1, 32))
def test_predictions_are_those_of_a_ridge_regression(x: Values, order: int) -> None:
    order = min(order, len(x) // 10)
    np.testing.assert_allclose(autoregression(x, order), plain.autoregression(x, order), atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(SERIES, st.integers(1, 16), st.integers(2, 40), st.integers(0, 60), st.integers(0, 99))
def test_features_are_means_over_convolutions(
    x: Values, dilation: int, width: int, first: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    heavy = np.array([random.choice(9, 3, replace=False) for _ in range(3)])
    dilations, biases = np.array([1, dilation, 2]), random.normal(size=3)
    features = np.empty((6, len(x) - first))
    kernel_features(x, heavy, dilations, biases, width, first, features)
    wanted = plain.kernel_features(x, heavy, dilations, biases, width)
    # A convolution that is 0 but for rounding may lie on either side of a bias: none is here.
    np.testing.assert_allclose(features, wanted[:, first:], atol=1e-9)
    rows = np.arange(first, len(x), 3)
    out = np.empty(len(rows))
    convolve(x, heavy[1], dilation, rows, out)
    np.testing.assert_allclose(out, plain.convolution(x, heavy[1], dilation)[rows], atol=1e-12)


def test_rows_are_compared_by_their_features() -> None:
    x = np.sin(np.arange(2_600) / 9) + 0.3 * np.random.default_rng(5).standard_normal(2_600)
    made = kernel_bank._Features.draw(x, 20, 0)
    wanted = plain.kernel_features(x, made.heavy, made.dilations, made.biases, 20)
    np.testing.assert_allclose(made.rows(0, len(x)), wanted, atol=1e-9)
    starts = kernel_bank._starts(len(x), 20, 2_500, 0)
    far = plain.mean_of_three(wanted, starts, 20)
    np.testing.assert_allclose(kernel_distance(x, 20), far, atol=1e-4)


@given(st.integers(1, 40), st.integers(1, 60))
def test_a_row_gets_the_mean_of_the_windows_over_it(width: int, windows: int) -> None:
    values = np.random.default_rng(width).standard_normal(windows)
    n = windows + width - 1
    wanted = [
        np.mean([values[i] for i in range(windows) if i <= row < i + width]) for row in range(n)
    ]
    np.testing.assert_allclose(spread_over(values, n, width), wanted, atol=1e-12)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("channels", [3, 10])
def test_joint_windows_are_compared_as_they_are_defined(channels: int, centred: bool) -> None:
    random = np.random.default_rng(channels)
    waves = np.sin(np.arange(200)[:, None] / 7 + np.arange(channels))
    Z = waves + 0.5 * random.standard_normal((200, channels)) * (1 + np.arange(channels))
    shown = plain.joint_windows(Z, 20, centred=centred)
    distance, neighbour = plain.nearest_others(shown @ plain.principal_axes(shown), 20)
    found = compare_jointly(Z, 20, centred=centred, seed=0, reconstruct=True)
    np.testing.assert_allclose(found.distance, plain.over_the_rows(distance, 200, 20), atol=1e-4)
    starts = np.arange(181)
    each = [plain.reconstruction(x.copy(), 20, starts, neighbour) for x in Z.T]
    squared = np.mean([residual**2 for residual, _ in each], axis=0)
    np.testing.assert_allclose(found.residual, np.sqrt(squared), atol=1e-9)
    np.testing.assert_allclose(found.expected.T, [level for _, level in each], atol=1e-9)


def test_what_principal_axes_leave_is_what_is_off_them() -> None:
    random = np.random.default_rng(3)
    Z = random.standard_normal((300, 2)) @ random.standard_normal((2, 6))
    Z += 0.5 * random.standard_normal((300, 6))
    np.testing.assert_allclose(principal_residual(Z), plain.principal_residual(Z), atol=1e-9)


def test_rows_are_as_far_as_their_windows_from_the_nearest_cluster() -> None:
    """With a cluster for each of the few windows that there are, none is far; a new one is."""
    Z = np.tile(np.random.default_rng(4).standard_normal((8, 3)), (20, 1))
    far = cluster_distance(Z, 8, clusters=8, sample=500, seed=0)
    np.testing.assert_allclose(far, 0, atol=1e-6)
    Z[80] += 50
    far = cluster_distance(Z, 8, clusters=8, sample=1, seed=0)
    assert far[80] > far[:60].max()


@pytest.mark.parametrize("channels", [1, 3])
def test_without_the_compiler_they_do_the_same(channels: int) -> None:
    """The kernels' Python, run as Python, agrees to the bit: nothing hides in a compiler's wrap."""
    program = (
        "import sys, numpy as np\n"
        "from standout.detectors.series.auto import AutoDetector\n"
        f"x = np.random.default_rng(1).standard_t(2, (66, {channels})); x[40] = np.nan\n"
        "v = AutoDetector(thorough=True).judge(x)\n"
        "sys.stdout.buffer.write(v.score.tobytes() + v.expected.tobytes())\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            env={**os.environ, "NUMBA_DISABLE_JIT": disable},
            capture_output=True,
            check=True,
        ).stdout
        for disable in ("0", "1")
    ]
    assert len(outputs[0]) == 66 * 8 * (1 + channels)
    assert outputs[0] == outputs[1]
