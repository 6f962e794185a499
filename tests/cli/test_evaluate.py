import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.run import run
from tests.evaluation.test_corpora import checkout


def write(path: Path) -> None:
    random = np.random.default_rng(1)
    values = random.normal(10, 1, 300).round(3)
    values[200:203] = 99
    rows = [f"{60 * row},{value},{int(200 <= row < 203)}" for row, value in enumerate(values)]
    path.write_text("\n".join(["timestamp,value,bad", *rows]))


def test_an_own_file_is_measured(tmp_path: Path) -> None:
    write(tmp_path / "own.csv")
    arguments = ("--label-column", "bad", "--detector", "vote", "--detector", "ewma")
    done = run("evaluate", tmp_path / "own.csv", *arguments, "--cache", tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "### own.csv: 1 file, 300 rows counted"
    assert sum(line.startswith("| vote ") for line in lines) == 2
    assert any(line.startswith("| ewma ") and "1 of 1" in line for line in lines)


def test_the_same_in_json_from_the_cache(tmp_path: Path) -> None:
    write(tmp_path / "own.csv")
    arguments = ("evaluate", tmp_path / "own.csv", "--label-column", "bad", "--json")
    cache = ("--detector", "vote", "--cache", tmp_path / "cache")
    first = run(*arguments, *cache)
    (kept,) = (tmp_path / "cache").rglob("*.npz")
    with np.load(kept) as content:
        made_by = content["made_by"]
    np.savez(kept, scores=np.zeros(300), made_by=made_by)
    second = run(*arguments, *cache)
    found = [json.loads(done.stdout)["figures"][0]["events"]["found"] for done in (first, second)]
    assert found == [1, 0]


def test_a_checkout_of_nab_is_measured_and_its_scores_are_written(tmp_path: Path) -> None:
    data = checkout(tmp_path)
    done = run(
        *("evaluate", "nab", "--data", data, "--detector", "windowed_gaussian"),
        *("--scores-dir", tmp_path / "scores", "--cache", tmp_path / "cache", "--json"),
    )
    assert done.returncode == 0, done.stderr
    (figures,) = json.loads(done.stdout)["figures"]
    assert set(figures["nab"]) == {"standard", "reward_low_FP", "reward_low_FN"}
    written = sorted((tmp_path / "scores").rglob("*.csv"))
    assert [path.relative_to(tmp_path / "scores").as_posix() for path in written] == [
        "windowedGaussian/realTraffic/windowedGaussian_a-b_c.csv",
        "windowedGaussian/realTweets/windowedGaussian_quiet.csv",
        "windowedGaussianAlarms/realTraffic/windowedGaussianAlarms_a-b_c.csv",
        "windowedGaussianAlarms/realTweets/windowedGaussianAlarms_quiet.csv",
    ]


def test_what_went_wrong_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    write(path)
    path.write_text(path.read_text().replace(",99.0,1", ",99.0,0"))
    done = run(
        *("evaluate", path, "--label-column", "bad", "--detector", "vote"),
        *("--plot", tmp_path / "plots", "--cache", tmp_path / "cache"),
    )
    assert done.returncode == 0, done.stderr
    assert f"pictures in {tmp_path / 'plots'}" in done.stderr
    assert (tmp_path / "plots" / "false_alarm_01.svg").read_bytes().startswith(b"<svg")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("crystal",), "'crystal' is neither a file nor one of nab, aiops"),
        (("own.csv",), "no column 'label'"),
        (("own.csv", "--label-column", "bad", "--detector", "oracle"), "'oracle'"),
        (("nab",), "--data"),
        (("nab", "--data", "."), "checkout of the NAB repository"),
    ],
)
def test_what_is_wrong_is_one_line_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.delenv("STANDOUT_DATA", raising=False)
    write(tmp_path / "own.csv")
    detector = () if "--detector" in arguments else ("--detector", "vote")
    done = run("evaluate", *arguments, *detector, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
