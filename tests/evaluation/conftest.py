"""The public data that figures are checked on, where this machine has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    folder = os.environ.get("STANDOUT_DATA")
    if folder and Path(folder, "index.csv").is_file():
        return Path(folder)
    reason = "STANDOUT_DATA does not name the folder of labelled series"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
