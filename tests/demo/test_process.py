import signal
import subprocess
import sys
import time
from pathlib import Path

from standout.demo import process
from standout.demo.seed import seed_demo

PARENT = """
import os, sys
from pathlib import Path
from standout.demo import process
started = []
popen = process.subprocess.Popen
def keep(*args, **options):
    started.append(popen(*args, **options))
    return started[-1]
process.subprocess.Popen = keep
with process.clients_beside("http://127.0.0.1:9", Path(sys.argv[1]), 7):
    print(started[0].pid, flush=True)
    os.kill(os.getpid(), int(sys.argv[2]))
    import time
    time.sleep(30)
"""

DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    for _ in range(300):
        if not is_running(pid):
            return True
        time.sleep(0.1)
    return False


def child_of(tmp_path: Path, end: signal.Signals) -> int:
    seed_demo(tmp_path / "demo", online=False)
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(int(end))]
    parent = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert parent.returncode != 0
    return int(parent.stdout)


def test_the_clients_end_when_what_started_them_is_killed(tmp_path: Path) -> None:
    pid = child_of(tmp_path, signal.SIGKILL)
    assert gone(pid)


def test_the_clients_end_with_what_started_them(tmp_path: Path) -> None:
    pid = child_of(tmp_path, signal.SIGINT)
    assert not is_running(pid)


def test_a_child_that_does_not_end_is_killed() -> None:
    child = subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    process._end(child, within_s=0.1)
    assert child.returncode == -signal.SIGKILL
    child.stdout.close()
