"""Families that others measured, too, taken together, and what `auto` reaches on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from standout.cli.evaluation_targets import LINKED, read_target
from standout.evaluation.contenders import contender
from standout.evaluation.figures import FamilyFigures, measure_family
from standout.evaluation.linked import linked_means
from standout.evaluation.published import published_vus


def measured(data: Path, target: str, *names: str) -> list[FamilyFigures]:
    found = []
    for series in read_target(target, data, label_column="label", value_column=None):
        for name in names:
            judge = contender(name)
            found.append(
                measure_family(judge, series, [judge.score(one.observed) for one in series])
            )
    return found


def test_families_are_taken_together_by_their_series(data: Path) -> None:
    """The best single published method on the linked series of one channel has 0.639."""
    (found,) = linked_means(measured(data, "linked", "auto", "noise"), data)
    assert (found.families, found.series) == (("MSL", "SMAP"), 11)
    assert next(iter(found.published)) == "KMeansAD"
    assert found.published["KMeansAD"] == pytest.approx(0.639, abs=5e-4)
    auto, noise = (mean for _, mean in found.measured)
    assert auto >= 0.92
    assert noise < 0.1
    msl, smap = (published_vus(data, family) for family in LINKED["linked"])
    assert msl is not None
    assert smap is not None
    one = found.published["POLY"]
    assert one == pytest.approx((3 * msl.means["POLY"] + 8 * smap.means["POLY"]) / 11)


def test_one_family_or_none_is_not_a_group(data: Path) -> None:
    assert linked_means(measured(data, "msl", "noise"), data) == []
    assert linked_means([], data) == linked_means([], None) == []


@pytest.mark.slow
def test_several_channels_reach_what_is_told(data: Path) -> None:
    (found,) = linked_means(measured(data, "linked-channels", "auto", "auto_all_channels"), data)
    assert found.series == 19
    with_rule, without = (mean for _, mean in found.measured)
    assert with_rule >= 0.84
    assert without >= 0.45


@pytest.mark.slow
def test_nab_reaches_what_is_told(data: Path) -> None:
    known = published_vus(data, "NAB")
    assert known is not None
    (figures,) = measured(data, "nab", "auto")
    names = [one.series for one in figures.series if _published(one.series) in known.series]
    assert len(names) == 16
    assert figures.mean("vus_pr", names) >= 0.49


def _published(name: str) -> str:
    return f"NAB/{name.removesuffix('.csv').replace('/', '-', 1)}"


def test_a_series_that_is_for_fitting_only_is_left_out(tmp_path: Path) -> None:
    rows = "".join(f"{n},{-n},{int(n == 7)}\n" for n in range(10))
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"v0,v1,label\n{rows}")
    index = "id,path,family,train_end\nSMD/a,a.csv,SMD,10\nSMD/b,b.csv,SMD,4\n"
    (tmp_path / "index.csv").write_text(index)
    (series,) = next(read_target("smd", tmp_path, label_column="label", value_column=None))
    assert (series.name, series.observed.shape) == ("SMD/b", (6, 2))
    assert series.labels.tolist() == [False, False, False, True, False, False]
