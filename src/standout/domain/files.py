"""Files: paths of a config, and what is said of an anomaly in them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from standout.errors import DataFolderUnwritable

STREAMED_HEADER = ("timestamp", "value", "reason")
"""Columns of what simulations write."""
BASELINE = "baseline"
"""Name of the detector that files are judged by if none is named."""


def in_data_folder(path: str, folder: Path) -> Path:
    """Return where a path of a config leads: ``data/…`` is within the data folder."""
    first, *rest = PurePosixPath(path).parts or ("",)
    return folder.joinpath(*rest) if first == "data" else Path(path)


def output_path(path: str, folder: Path) -> Path:
    """Return where a path of a config leads that is written to.

    Raises
    ------
    DataFolderUnwritable
        A link in it leads out of the data folder.
    """
    leads = in_data_folder(path, folder)
    if not leads.resolve().is_relative_to(folder.resolve()):
        raise DataFolderUnwritable(f"{path} leads out of the data folder, to {leads.resolve()}.")
    return leads


def reason_in_file(value: float, lower: float, upper: float, score: float, detector: str) -> str:
    """Say why a value of a file is an anomaly."""
    if lower <= value <= upper or not lower <= upper:
        return f"Value {value:.2f} has a score of {score:.2f} by {detector}"
    return f"Value {value:.2f} is outside range [{lower:.2f}, {upper:.2f}]"


def reason_in_stream(value: float) -> str:
    """Say why a value of a simulation is an anomaly."""
    return f"Value {value} outside normal range"
