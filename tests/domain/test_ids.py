"""Stream ids."""

from __future__ import annotations

import pytest

from standout.domain.ids import check_stream_id
from standout.errors import InvalidStreamId


@pytest.mark.parametrize("good", ["a", "pump 7", "x" * 200, "ü~%?#&", "温度", ".", "a\\b"])
def test_good(good: str) -> None:
    assert check_stream_id(good) == good


@pytest.mark.parametrize(
    "bad", ["", "x" * 201, "a/b", "/", "a\nb", "\x00", "\x7f", "\x85", "\ud800"]
)
def test_bad(bad: str) -> None:
    with pytest.raises(InvalidStreamId):
        check_stream_id(bad)
