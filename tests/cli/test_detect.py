import csv
import io
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from standout.cli.program import program
from standout.readers.csv import read_csv
from standout.service import scoring
from tests.cli.run import run

ADDED = ["score", "anomaly", "expected", "lower", "upper"]


def write(path: Path, *, rows: int = 200, seed: int = 1) -> None:
    """Minutes in a shuffled order, one of them twice, with a spike and a gap."""
    random = np.random.default_rng(seed)
    values = random.normal(10, 1, rows).round(3).tolist()
    values[150] = 99.0
    lines = [
        f"2026-01-01T{row // 60:02}:{row % 60:02}:00Z,{values[row]},r{row}" for row in range(rows)
    ]
    lines[120] = "2026-01-01T02:00:00Z,,r120"
    lines.append(lines[150].replace("r150", "again"))
    order = random.permutation(len(lines))
    path.write_text("\n".join(["timestamp,value,name", *(lines[row] for row in order)]))


def table_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_rows_keep_their_order_and_get_their_verdicts(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    write(path)
    done = run("detect", path)
    assert done.returncode == 0, done.stderr
    given, answered = table_of(path.read_text()), table_of(done.stdout)
    assert list(answered[0]) == ["timestamp", "value", "name", *ADDED]
    assert [{k: row[k] for k in given[0]} for row in answered] == given
    flagged = {row["name"] for row in answered if row["anomaly"] == "1"}
    assert "r150" in flagged
    assert "rows 201, " in done.stderr


def test_the_verdicts_are_those_of_the_library(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    write(path, seed=2)
    output = tmp_path / "new" / "out.csv"
    done = run("detect", path, "--window", "50", "--output", output)
    assert (done.returncode, done.stdout) == (0, "")
    table = read_csv(path)
    found = scoring.detect(table.values, table.times_us, detector="vote", window=50)
    for name in ADDED:
        cells = [row[name] for row in table_of(output.read_text())]
        read = np.array([float(cell) if cell else np.nan for cell in cells])
        np.testing.assert_array_equal(read, getattr(found, name))
    missing = table_of(output.read_text())[int(np.isnan(table.values).argmax())]
    assert [missing["score"], missing["anomaly"]] == ["", ""]


def test_a_file_without_time_is_judged_in_its_own_order(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("value\n" + "1\n2\n" * 40 + "50\n")
    answered = table_of(run("detect", path, "--window", "100").stdout)
    assert [row["anomaly"] for row in answered[-2:]] == ["0", "1"]
    assert answered[0]["anomaly"] == ""
    whole = table_of(run("detect", path).stdout)
    assert [row["anomaly"] for row in (whole[0], whole[40], whole[-1])] == ["0", "0", "1"]


def test_columns_are_judged_together_and_the_worst_is_named(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    random = np.random.default_rng(4)
    rows = np.arange(2_000)
    a, b = (np.sin(rows / 9 + turn) + 0.05 * random.normal(size=2_000) for turn in (0, 1))
    b[300:320] += 2
    lines = [f"{60 * row},{a[row]:.3f},{b[row]:.3f},{row % 50 == 0:d}" for row in rows]
    path.write_text("\n".join(["timestamp,inlet,outlet,valve", *lines]))
    done = run("detect", path, "--columns", "inlet, outlet,valve", "--param", "seed=3")
    assert done.returncode == 0, done.stderr
    answered = table_of(done.stdout)
    assert list(answered[0]) == ["timestamp", "inlet", "outlet", "valve", *ADDED, "channel"]
    flagged = [place for place, row in enumerate(answered) if row["anomaly"] == "1"]
    assert flagged
    assert all(280 < place < 340 for place in flagged)
    assert {answered[place]["channel"] for place in flagged} == {"outlet"}
    assert float(answered[310]["upper"]) < b[310]
    assert "left out (only 0 and 1, or never changing): valve" in done.stderr


def test_a_column_of_the_same_name_is_kept(tmp_path: Path) -> None:
    path, again = tmp_path / "in.csv", tmp_path / "again.csv"
    write(path)
    run("detect", path, "--output", again)
    done = run("detect", again, "--value-column", "value")
    assert done.returncode == 0, done.stderr
    row = table_of(done.stdout)[-1]
    assert row["score_input"] == row["score"]


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        (None, (), "There is no file"),
        ("t,value\n1,x\n", (), "line 2, column 'value': 'x' is not a finite number"),
        ("t,value\n1,2\n", ("--detector", "crystal-ball"), "crystal-ball"),
        ("t,value\n1,2\n", ("--value-column", "height"), "no column 'height'"),
        ("t,a,b\n1,2,3\n", ("--columns", "a,c"), "no column 'c'"),
        ("t,a,b\n1,2,3\n", ("--columns", "a,a"), "must be different names"),
        ("t,a,b\n1,2,3\n", ("--columns", "a,b", "--value-column", "a"), "not both"),
        ("t,a,b\n1,2,3\n", ("--columns", "a,b", "--window", "50"), "vote judges one channel"),
        ("t,value\n1,2\n", ("--detector", "auto", "--window", "50"), "has no window"),
        ("t,value\n1,2\n", ("--param", "seed"), "NAME=VALUE"),
        ("t,value\n1,2\n", ("--param", "seed=many"), "seed must be a whole number"),
        ("t,value\n1,2\n", ("--output", "file/below/out.csv"), "cannot be written"),
    ],
)
def test_what_is_wrong_is_one_line_and_ends_with_1(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    content: str | None,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    if content is not None:
        (tmp_path / "in.csv").write_text(content)
    done = CliRunner().invoke(program, ["detect", "in.csv", *arguments])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
