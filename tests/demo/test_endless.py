from datetime import UTC
from itertools import islice

import numpy as np
import pytest

from standout.demo.endless import Endless
from standout.demo.series import Series
from standout.domain.times import parse_timestamp, to_iso

DAY_US = 86_400_000_000


def microseconds(text: str) -> int:
    return parse_timestamp(text, UTC, None)


def series() -> Series:
    times = np.array([0, 1, 2, 4], np.int64) * DAY_US
    return Series(times, np.array([10.0, np.nan, 12.0, 13.0]))


def test_time_goes_on_over_the_end() -> None:
    observations = list(islice(Endless(series()).after(None), 9))
    times = [microseconds(str(observation.timestamp)) // DAY_US for observation in observations]
    assert times == [0, 1, 2, 4, 5, 6, 7, 9, 10]
    assert [o.value for o in observations] == [10, None, 12, 13, 10, None, 12, 13, 10]


@pytest.mark.parametrize("known", range(1, 14))
def test_it_goes_on_after_what_is_known(known: int) -> None:
    endless = Endless(series())
    whole = list(islice(endless.after(None), 20))
    last = microseconds(str(whole[known - 1].timestamp))
    assert list(islice(endless.after(last), 20 - known)) == whole[known:]


def test_times_that_are_not_its_own_are_gone_past() -> None:
    endless = Endless(series())
    assert next(endless.after(-1)).timestamp == to_iso(0)
    assert next(endless.after(3 * DAY_US)).timestamp == to_iso(4 * DAY_US)
    assert next(endless.after(4 * DAY_US + 1)).timestamp == to_iso(5 * DAY_US)
