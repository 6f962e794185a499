"""A server as the container runs it: no root, a root that nobody may write, one volume."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.acceptance.process import ENVIRONMENT
from tests.cli.server_process import free_port

USER, GROUP = 10001, 0
"""Those of the image."""
START_TIMEOUT_S = 120
# The copy of the root is read-only, but for the volume. Reading whatever is there stays allowed,
# since this installation may lie in a home that others cannot enter; an image has none. As there,
# the volume is where it is run: temporary files have no other place.
RUN = f"""
mount --rbind / "$1" && mount -o remount,bind,ro "$1" && mount --bind "$2" "$1$2" || exit 9
shift 2
exec chroot "$ROOT" setpriv --reuid={USER} --regid={GROUP} --clear-groups \\
    --bounding-set=-all,+dac_read_search --inh-caps=-all,+dac_read_search \\
    --ambient-caps=-all,+dac_read_search --no-new-privs sh -c 'cd && exec "$@"' sh "$@"
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.getuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")),
        reason="only root may give a process a root of its own",
    ),
]


def locked(root: Path, volume: Path, *command: str | Path) -> list[str]:
    """Return what runs a command where it may write to the volume only."""
    start = ["unshare", "--mount", "--propagation", "private", "sh", "-c", RUN, "sh"]
    return [*start, *map(str, (root, volume, *command))]


def environment(root: Path, volume: Path) -> dict[str, str]:
    kept = {name: text for name, text in ENVIRONMENT.items() if not name.startswith("NUMBA")}
    return {**kept, "ROOT": str(root), "HOME": str(volume), "STANDOUT_DATA_DIR": str(volume)}


@pytest.fixture(scope="module")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("volume") / "data"
    place.mkdir()
    kernels = Path(ENVIRONMENT["NUMBA_CACHE_DIR"])
    if kernels.is_dir():
        # Those of the other tests, which spares compiling them once more.
        shutil.copytree(kernels, place / "numba-cache")
    for path in (place, *place.rglob("*")):
        os.chown(path, USER, GROUP)
    return place


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def url(root: Path, volume: Path) -> Iterator[str]:
    port = free_port()
    serve = (sys.executable, "-m", "standout", "serve", "--port", str(port))
    address = f"http://127.0.0.1:{port}"
    log = root.with_suffix(".log")
    with (
        log.open("w") as lines,
        subprocess.Popen(
            locked(root, volume, *serve),
            stderr=lines,
            cwd="/",
            env=environment(root, volume),
        ) as process,
    ):
        try:
            wait(process, address, log)
            status = Path(f"/proc/{process.pid}/status").read_text()
            assert f"Uid:\t{USER}\t{USER}\t{USER}\t{USER}\n" in status
            yield address
        finally:
            process.terminate()
    assert process.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text()


def wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if httpx2.get(f"{address}/health", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_nothing_but_the_volume_can_be_written(root: Path, volume: Path) -> None:
    code = 'touch /tmp/x /x 2>&1; touch "$1/x" && rm "$1/x" && echo written'
    done = subprocess.run(
        locked(root, volume, "sh", "-c", code, "sh", volume),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=environment(root, volume),
    )
    assert done.stdout.count("Read-only file system") == 2, done.stderr
    assert done.stdout.endswith("written\n")


def test_every_way_in_writes_only_there(url: str, volume: Path) -> None:
    with httpx2.Client(base_url=url, timeout=60) as client:
        sample = (volume / "test" / "test.csv").read_bytes()
        assert client.post("/detect/", files={"file": sample}).json()["total_anomalies"] == 4
        played = client.post("/simulate/?rate=1000&wait=true", files={"file": sample}).json()
        assert played["state"] == "done"
        rows = {"user_token": 1, "run_id": "a", "training_data": [[1, 2], [3, 5], [4, 4]]}
        assert client.post("/fit", json=rows).status_code == 200
        assert client.post("/runs/1/a/export").status_code == 200
        dataset = client.post("/upload-dataset", files={"file": ("a.csv", sample)}).json()
        asked = {"algorithm": "isolation_forest", "target_column": "value"}
        trained = client.post(f"/train/{dataset['dataset_id']}?wait=120", json=asked, timeout=150)
        assert trained.status_code == 200, trained.text
    names = {path.name for path in volume.iterdir()}
    assert {"standout.db", "numba-cache", "output", "runs", "datasets", "models"} <= names
    assert {path.stat().st_uid for path in volume.rglob("*")} == {USER}
