from pathlib import Path

import numpy as np
import pytest

from standout.evaluation.contenders import Contender, contender
from standout.evaluation.run import Evaluation
from standout.evaluation.score_cache import ScoreCache
from standout.evaluation.series import LabelledSeries


def series(name: str, *, counted_from: int = 0) -> LabelledSeries:
    random = np.random.default_rng(len(name))
    values = random.normal(size=300)
    labels = np.zeros(300, np.bool_)
    values[200:203] += 40
    labels[200:203] = True
    return LabelledSeries(
        family="made", name=name, values=values, labels=labels, counted_from=counted_from
    )


def ignore(_contender: Contender, _series: LabelledSeries) -> None:
    pass


def test_figures_are_those_of_the_series(tmp_path: Path) -> None:
    done: list[tuple[str, str]] = []
    evaluation = Evaluation([contender("vote"), contender("noise")], ScoreCache(tmp_path))
    made = [series("a"), series("bb")]
    (vote, _), (noise, _) = evaluation.family(
        made, lambda one, what: done.append((one.name, what.name))
    )
    assert done == [("vote", "a"), ("vote", "bb"), ("noise", "a"), ("noise", "bb")]
    assert vote.events is not None
    assert (vote.events.events, vote.events.found) == (2, 2)
    assert vote.mean("auroc") > 0.9
    assert vote.mean("auroc", ["a"]) == vote.series[0].auroc
    assert noise.events is None
    assert vote.nab is None


def test_known_scores_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ScoreCache(tmp_path)
    first = [
        scores for _, scores in Evaluation([contender("vote")], cache).family([series("a")], ignore)
    ]

    def fail(_self: Contender, _values: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Contender, "score", fail)
    again = [
        scores for _, scores in Evaluation([contender("vote")], cache).family([series("a")], ignore)
    ]
    np.testing.assert_array_equal(first[0][0], again[0][0])


def test_rows_for_learning_only_count_for_no_figure() -> None:
    evaluation = Evaluation([contender("vote")], ScoreCache(None))
    ((figures, _),) = evaluation.family([series("a", counted_from=250)], ignore)
    assert (figures.series[0].rows, figures.series[0].anomalous_rows) == (50, 0)
    assert figures.series[0].clean


def test_processes_give_the_same_scores() -> None:
    slow = Contender("vote", "1", 100, 0.6, slow=True)
    made = [series("a"), series("bb"), series("ccc")]
    ((_, here),) = Evaluation([slow], ScoreCache(None), jobs=1).family(made, ignore)
    ((_, there),) = Evaluation([slow], ScoreCache(None), jobs=2).family(made, ignore)
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one, other)
