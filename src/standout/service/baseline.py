"""Training a baseline: mean and standard deviation of a file, kept in the config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from standout.errors import InvalidInput, UnreadableFile
from standout.kernels.scatter import scatter_of
from standout.readers.replace import replace_file
from standout.types import Values

LEAST_ROWS = 2


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is normal: mean ± multiplier times standard deviation, both ends included.

    Parameters
    ----------
    mean, std
        In units of the values.
    multiplier
        Standard deviations from the mean to each end.
    """

    mean: float
    std: float
    multiplier: float = 3.0

    def params(self) -> dict[str, Any]:
        """Return it as the detector takes it."""
        return {"mean": self.mean, "std": self.std, "multiplier": self.multiplier}

    def bounds(self) -> tuple[float, float]:
        """Return both ends of what is normal."""
        half = self.multiplier * self.std
        return self.mean - half, self.mean + half


def train_baseline(
    values: Values, *, multiplier: float = 3.0, window: int | None = None
) -> Baseline:
    """Take a baseline from values in order of time.

    Parameters
    ----------
    values
        nan is a missing value, and is left out; shape ``(n,)``.
    multiplier
        Is kept with it.
    window
        Newest values that it is taken from, 2 or more; None takes all.

    Raises
    ------
    InvalidInput
        Fewer than two values, fewer than the window has, or values that are all the same.
    """
    known = values[np.isfinite(values)]
    wanted = LEAST_ROWS if window is None else window
    if len(known) < wanted:
        raise InvalidInput(f"A baseline needs {wanted:,} values, the file has {len(known):,}.")
    newest = known if window is None else known[-window:]
    with np.errstate(over="ignore", invalid="ignore"):
        sums = scatter_of(newest.reshape(-1, 1))
        mean, std = float(sums.mean[0]), float(sums.deviations()[0])
    if not (np.isfinite(mean) and 0 < std < np.inf):
        which = f"The newest {len(newest):,} values" if window else "The values"
        msg = f"{which} have a standard deviation of {std:g}, and one over 0 is needed."
        raise InvalidInput(msg)
    return Baseline(mean, std, multiplier)


def keep_baseline(config: Path, baseline: Baseline) -> None:
    """Write mean and standard deviation into a config file; made if missing, all else stays.

    Raises
    ------
    UnreadableFile
        What is there cannot be changed in its two lines; it is as it was.
    DataFolderUnwritable
        It cannot be written.
    """
    try:
        text = config.read_text() if config.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{config} cannot be read: {error}.") from None
    kept = {"normal_mean": baseline.mean, "normal_std": baseline.std}
    changed = text
    for name, number in kept.items():
        changed = _with_line(changed, name, number)
    # Nothing else may have changed its meaning, whatever the file looked like.
    if not _differs_only_in(_read(text), _read(changed), kept):
        lines = "".join(f"\n  {name}: {number!r}" for name, number in kept.items())
        msg = (
            f"{config} is written in a form that is not changed here; write into it: model:{lines}"
        )
        raise UnreadableFile(msg)
    replace_file(config, changed.encode())


def _read(text: str) -> Any:
    import yaml  # noqa: PLC0415 - slow, and only a training needs it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _differs_only_in(before: Any, after: Any, kept: Mapping[str, float]) -> bool:
    known = {} if before is None else before
    if not isinstance(known, dict):
        return False
    model = known.get("model") or {}
    return isinstance(model, dict) and after == {**known, "model": {**model, **kept}}


def _with_line(text: str, name: str, number: float) -> str:
    """Return YAML in which a key of the block `model` has another value."""
    line = rf"(?m)^(?P<key>model:[^\n]*\n(?:[ \t#][^\n]*\n|\n)*?[ \t]+{name}:[ \t]*)[^\s#]+"
    if re.search(line, text):
        return re.sub(line, lambda found: f"{found['key']}{number!r}", text, count=1)
    ended = text if text.endswith("\n") or not text else f"{text}\n"
    block = r"(?m)^model:[ \t]*(#[^\n]*)?\n"
    if re.search(block, ended):
        return re.sub(block, lambda found: f"{found[0]}  {name}: {number!r}\n", ended, count=1)
    if re.search(r"(?m)^model:", ended):
        # In another form; a second block would be read instead of it.
        return text
    return f"{ended}model:\n  {name}: {number!r}\n"
