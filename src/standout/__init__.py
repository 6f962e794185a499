"""Standout finds what stands out in numbers: in files, in single requests and in live streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from standout.service.scoring import Detection, detect

__all__ = ["Detection", "__version__", "detect"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Late, so that the command line need not load the kernels to print its help.
    if name in {"Detection", "detect"}:
        from standout.service import scoring  # noqa: PLC0415

        return getattr(scoring, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
