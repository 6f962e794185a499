"""`standout train`, `standout detect --config` and `standout simulate`, and their other names."""

from __future__ import annotations

import csv
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from standout.cli.program import program
from standout.service.samples import SAMPLES, sample_csv
from tests.cli.run import COMMAND, run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text((ROOT / "config" / "config.yaml").read_text())
    return tmp_path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def model(place: Path) -> dict[str, float]:
    found: dict[str, float] = yaml.safe_load((place / "config" / "config.yaml").read_text())[
        "model"
    ]
    return found


def test_the_config_that_comes_with_it_has_the_seeds_values() -> None:
    assert yaml.safe_load((ROOT / "config" / "config.yaml").read_text()) == {
        "data": {
            "test_data_path": "data/test/test.csv",
            "output_path": "data/output/anomalies_batch.csv",
        },
        "model": {"normal_mean": 50.0, "normal_std": 5.0, "threshold_multiplier": 3.0},
    }


def test_training_writes_the_config_and_detecting_reads_it(place: Path) -> None:
    done = run("detect", "--config", "config/config.yaml", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "rows 300, anomalies 4" in done.stderr
    assert "outside range [35.00, 65.00]" in done.stdout
    trained = run("train", "--config", "config/config.yaml", cwd=place)
    assert trained.returncode == 0, trained.stderr
    found = model(place)
    assert found["normal_mean"] == pytest.approx(49.74, abs=0.01)
    assert found["threshold_multiplier"] == 3.0
    assert "normal from" in trained.stdout
    again = run("detect", "--config", "config/config.yaml", cwd=place)
    assert "outside range [31.79, 67.68]" in again.stdout
    written = table(place / "data" / "output" / "anomalies_batch.csv")
    assert [row["value"] for row in written] == ["82.0", "79.5", "21.0", "90.25"]


def test_a_rolling_baseline_is_that_of_the_newest_values(place: Path) -> None:
    own = place / "own.csv"
    values = [5.0] * 10 + [1.0, 2.0, 3.0]
    own.write_text("timestamp,value\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values)))
    for arguments in (("--rolling", "3"), ()):
        config = place / "config" / "config.yaml"
        if not arguments:
            config.write_text("data:\n  rolling_window_size: 3\n  train_data_path: own.csv\n")
        done = run("train", *(("own.csv", *arguments) if arguments else ()), cwd=place)
        assert done.returncode == 0, done.stderr
        found = model(place)
        assert (found["normal_mean"], found["normal_std"]) == (2.0, 1.0)


@pytest.mark.parametrize("module", ["scripts.train_model", "scripts.train_model.py"])
def test_the_other_names_of_training(place: Path, module: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, "--config", "config/config.yaml"]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=place, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert model(place)["normal_mean"] == pytest.approx(49.74, abs=0.01)


def test_a_simulation_takes_its_time_and_adds_to_the_file(place: Path) -> None:
    own = place / "own.csv"
    own.write_text("timestamp,value\n1,50\n2,99\n3,50\n4,\n5,1\n")
    begin = time.monotonic()
    done = run("simulate", own, "--rate", "4", cwd=place)
    assert time.monotonic() - begin >= 1.0
    assert done.returncode == 0, done.stderr
    assert "warning: 2  99  Value 99.0 outside normal range" in done.stderr
    assert "records 5, anomalies 2" in done.stderr
    run("simulate", own, "--rate", "1000", cwd=place)
    written = table(place / "data" / "output" / "anomalies_streaming.csv")
    assert [row["timestamp"] for row in written] == ["2", "5", "2", "5"]
    assert set(written[0]) == {"timestamp", "value", "reason"}


def on_a_terminal(place: Path, *arguments: str) -> str:
    """Run a command whose standard error is a terminal; return what that shows in the end."""
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stderr=terminal,
        stdout=subprocess.DEVNULL,
        cwd=place,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65_536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait(60) == 0, shown
    return shown.decode()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("simulate", "--rate", "1000"), ("300/300", "anomalies 4", "━")),
        (("train",), ("━", "taking the baseline of 300 rows", "done")),
        (("detect", "--config", "config/config.yaml"), ("━", "judging 300 rows", "done")),
        (("detect", "odd[red].csv", "--window", "20"), ("━", "reading odd[red].csv", "done")),
    ],
)
def test_a_terminal_sees_a_bar_and_a_plot(
    place: Path, arguments: tuple[str, ...], says: tuple[str, ...]
) -> None:
    sample = sample_csv(SAMPLES[0])
    (place / "odd[red].csv").write_text(sample)
    text = on_a_terminal(place, *arguments)
    assert all(word in text for word in says), text
    assert "█" in text
    assert "2026-01-01 00:00:00 … 2026-01-01 04:59:00" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("train", "none.csv"), "There is no file none.csv"),
        (("train", "--config", "none.yaml"), "There is no config none.yaml"),
        (("train", "flat.csv"), "standard deviation of 0"),
        (("train", "one.csv"), "needs 2 values"),
        (("train", "text.csv"), "line 3, column 'value': 'x'"),
        (("train", "no-time.csv"), "No column holds the time"),
        (("simulate", "text.csv"), "line 3, column 'value': 'x'"),
        (("detect", "--config", "none.yaml"), "There is no config"),
        (("detect", "--config", "config/config.yaml", "--detector", "vote"), "no --detector"),
        (("detect", "--config", "bad.yaml"), "data.output_path"),
    ],
)
def test_what_is_wrong_is_one_line_and_changes_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, *, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(place)
    (place / "flat.csv").write_text("timestamp,value\n1,5\n2,5\n")
    (place / "one.csv").write_text("timestamp,value\n1,5\n")
    (place / "text.csv").write_text("timestamp,value\n1,5\n2,x\n")
    (place / "no-time.csv").write_text("value\n5\n6\n")
    (place / "bad.yaml").write_text("data:\n  output_path: ../../x.csv\n")
    before = (place / "config" / "config.yaml").read_text()
    done = CliRunner().invoke(program, arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert says in done.stderr
    assert (place / "config" / "config.yaml").read_text() == before
    assert not (place / "data" / "output").exists()
