from pathlib import Path

import numpy as np
import pytest

from standout.evaluation import contenders
from standout.evaluation.contenders import contender
from standout.evaluation.score_cache import ScoreCache

VALUES = np.arange(50.0)
SCORES = np.linspace(0, 1, 50)
VOTE = contender("vote")


def test_scores_come_back_to_the_bit(tmp_path: Path) -> None:
    scores = SCORES.copy()
    scores[0] = np.nan
    ScoreCache(tmp_path).put(VOTE, VALUES, scores)
    found = ScoreCache(tmp_path).get(VOTE, VALUES)
    assert found is not None
    np.testing.assert_array_equal(found, scores)


def test_other_values_or_another_contender_are_not_taken_for_them(tmp_path: Path) -> None:
    cache = ScoreCache(tmp_path)
    cache.put(VOTE, VALUES, SCORES)
    other = VALUES.copy()
    other[-1] += 1e-12
    assert cache.get(VOTE, other) is None
    assert cache.get(contender("vote", window=50), VALUES) is None
    assert cache.get(contender("zscore"), VALUES) is None


def test_scores_of_other_code_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ScoreCache(tmp_path)
    cache.put(VOTE, VALUES, SCORES)
    monkeypatch.setattr(contenders, "_sources", lambda: "changed")
    assert cache.get(VOTE, VALUES) is None
    cache.put(VOTE, VALUES, 1 - SCORES)
    found = cache.get(VOTE, VALUES)
    assert found is not None
    assert found[0] == 1
    assert len(list(tmp_path.rglob("*.npz"))) == 1


def test_a_file_that_was_cut_off_is_as_none(tmp_path: Path) -> None:
    cache = ScoreCache(tmp_path)
    cache.put(VOTE, VALUES, SCORES)
    (path,) = tmp_path.rglob("*.npz")
    whole = path.read_bytes()
    for content in (b"", whole[:100], whole[:-30], b"not an array", b"\x93NUMPY"):
        path.write_bytes(content)
        assert cache.get(VOTE, VALUES) is None


def test_without_a_folder_nothing_is_kept() -> None:
    cache = ScoreCache(None)
    cache.put(VOTE, VALUES, SCORES)
    assert cache.get(VOTE, VALUES) is None
