"""What an installation that nobody may write to, by a user without a home, needs of the program."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("name", ["standout.server.run", "standout.server.door"])
def test_numba_waits_until_its_cache_is_chosen(name: str) -> None:
    """Numba reads where to keep kernels when it is imported; the entry points say it first."""
    code = f"import sys, {name}; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
