"""Batch detectors on labelled tables, beside what others reached on the same ones."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from standout.errors import InvalidParameter, UnreadableFile
from standout.evaluation.tabular import (
    ONE_CLASS,
    SETTINGS,
    SUPERVISED,
    UNSUPERVISED,
    LabelledTable,
    algorithms,
    measure,
    measure_all,
    read_tables,
)
from standout.evaluation.tabular_published import published
from tests.cli.run import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one labelled table."""
    random = np.random.default_rng(0)
    X = random.standard_normal((300, 3)).round(4)
    labels = np.arange(300) % 20 == 0
    X[labels] += random.uniform(4, 9, (15, 3)).round(4)
    with (tmp_path / "one.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["v0", "v1", "v2", "label"])
        table.writerows([*row, int(label)] for row, label in zip(X, labels, strict=True))
    index = "path,task,id,family\none.csv,tabular,Own/one,Own\nother.csv,univariate,x,y\n"
    (tmp_path / "index.csv").write_text(index)
    return tmp_path


def test_each_algorithm_is_measured_where_it_belongs(folder: Path) -> None:
    (table,) = read_tables(folder)
    assert (table.X.shape, table.labels.sum()) == ((300, 3), 15)
    measured = list(measure_all([table]))
    assert {one.setting for one in measured} == set(SETTINGS)
    assert {one.algorithm for one in measured if one.setting == SUPERVISED} == {
        "random_forest",
        "logistic_regression",
    }
    rows = {UNSUPERVISED: 300, ONE_CLASS: 300 - 142, SUPERVISED: 90}
    for one in measured:
        assert one.tables[0].rows == pytest.approx(rows[one.setting], abs=1)
        assert one.mean("auroc") > 0.95
        assert one.mean("average_precision") > 0.6
    assert {one.algorithm for one in measure_all([table], ["knn"])} == {"knn"}


def test_labels_turned_round_are_found_out(folder: Path) -> None:
    """The measure can fail: with the labels the wrong way, so is the figure."""
    (table,) = read_tables(folder)
    wrong = LabelledTable(table.name, table.X, ~table.labels)
    assert measure("isolation_forest", UNSUPERVISED, [wrong]).mean("auroc") < 0.05


def test_a_folder_without_tables_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="--data or STANDOUT_DATA"):
        read_tables(None)
    (tmp_path / "index.csv").write_text("path,task,id\na.csv,univariate,a\n")
    with pytest.raises(UnreadableFile, match="names no tabular data"):
        read_tables(tmp_path)


def test_the_command_prints_and_answers_in_json(folder: Path) -> None:
    done = run("evaluate", "tabular", "--data", folder, "--detector", "hbos")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Unsupervised: all rows are learnt and scored; mean over 1 tables" in done.stdout
    assert sum(line.startswith("| hbos") for line in done.stdout.splitlines()) == 2
    arguments = ("evaluate", "tabular", "--data", folder, "--detector", "hbos", "--json")
    answer = json.loads(run(*arguments).stdout)
    assert [one["setting"] for one in answer] == [UNSUPERVISED, ONE_CLASS]
    assert answer[0]["mean"]["auroc"] > 0.95
    wrong = run("evaluate", "tabular", "--data", folder, "--detector", "magic")
    assert wrong.returncode != 0
    assert "No algorithm is called 'magic'" in wrong.stderr


def test_published_means_are_those_of_the_paper(data: Path) -> None:
    names = [table.name for table in read_tables(data)]
    known = {(one.method, one.source): one for one in published(data, UNSUPERVISED, names)}
    assert known["IForest", "published"].auroc == pytest.approx(0.7799, abs=5e-4)
    assert known["IForest", "published"].average_precision == pytest.approx(0.4141, abs=5e-4)
    assert known["KNN5", "measured"].auroc == pytest.approx(0.7592, abs=5e-4)
    assert {one.tables for one in published(data, SUPERVISED, names)} == {22}


def test_the_default_is_not_below_the_published_isolation_forest(data: Path) -> None:
    tables = read_tables(data)
    names = [table.name for table in tables]
    for setting in (UNSUPERVISED, ONE_CLASS):
        (known,) = (
            one
            for one in published(data, setting, names)
            if (one.method, one.source) == ("IForest", "published")
        )
        ours = measure("isolation_forest", setting, tables)
        assert ours.mean("auroc") >= known.auroc
        assert ours.mean("average_precision") >= known.average_precision


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "auroc", "precision"), [(UNSUPERVISED, 0.81, 0.44), (ONE_CLASS, 0.89, 0.74)]
)
def test_auto_reaches_what_was_asked_of_it(
    data: Path, setting: str, auroc: float, precision: float
) -> None:
    assert "auto" in algorithms(setting)
    found = measure("auto", setting, read_tables(data))
    assert found.mean("auroc") >= auroc
    assert found.mean("average_precision") >= precision
