"""Children that do as they are told: ``python -m tests.service.children``."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    task = json.loads(sys.stdin.readline())
    say(json.dumps({"progress": 0.5, "stage": "half"}))
    match task["do"]:
        case "answer":
            say("what some library prints")
            say(json.dumps({"done": {"limit": task["max_memory"]}}))
        case "say":
            say(json.dumps(task["said"]))
        case "die":
            os.kill(os.getpid(), signal.Signals[task["signal"]])
        case "leave":
            sys.exit("There is nothing to say.")
        case "wait":
            Path(task["path"]).write_text(str(os.getpid()))
            time.sleep(60)


if __name__ == "__main__":
    main()
