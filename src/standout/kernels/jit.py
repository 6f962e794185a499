"""The one way in which kernels are compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")

_HERE = Path(__file__).parent


def _digest() -> str:
    sources = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
    return hashlib.sha256(sources).hexdigest()[:16]


# Numba looks only at the file of the function itself to see whether its cache is stale, so a
# change in a function that it calls would go unnoticed; a folder for each state of all sources
# cannot be stale.
_CACHE_FOLDER = f"standout-kernels-{_digest()}"


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function over arrays that is called from Python.

    The machine code is cached on disk, since compiling takes seconds and loading does not; where
    no folder can be written it is compiled at each start instead. The interpreter's lock is let
    go while it runs, so that a long batch stalls no other thread. Rounding stays that of IEEE
    754 (no ``fastmath``): the same values must give the same bits on every path.
    """
    config: Any = numba.config
    base = config.CACHE_DIR
    config.CACHE_DIR = str(Path(base or _HERE / "__pycache__") / _CACHE_FOLDER)
    try:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # "no locator available": a read-only installation without a home
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = base
    return cast("Callable[P, R]", compiled)


def part(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that only kernels call; it is compiled into each of them."""
    return cast("Callable[P, R]", numba.njit(nogil=True, error_model="numpy")(function))
