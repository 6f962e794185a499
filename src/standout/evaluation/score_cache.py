"""Scores kept by content: the same code on the same values is not run twice."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

from standout.evaluation.contenders import Contender
from standout.readers.replace import replace_file
from standout.types import Batch, Scores, Values


class ScoreCache:
    """A folder of scores.

    Parameters
    ----------
    folder
        Made when the first scores are kept; it may be deleted at any time. None keeps nothing.

    Notes
    -----
    A file for each contender and series, 8 bytes a value; scores of other code are replaced, so
    it does not grow from version to version.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, contender: Contender, values: Values | Batch) -> Scores | None:
        """Return the scores of this code on these values, if they are there and whole."""
        path = self._path(contender, values)
        if path is None or not path.exists():
            return None
        try:
            with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as kept:
                scores, made_by = kept["scores"], str(kept["made_by"])
        except (OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile):
            return None  # cut off, or not ours: as if it were not there
        fits = made_by == contender.fingerprint() and len(scores) == len(values)
        return scores if fits else None

    def put(self, contender: Contender, values: Values | Batch, scores: Scores) -> None:
        """Keep scores.

        Raises
        ------
        DataFolderUnwritable
            The folder cannot be written.
        """
        path = self._path(contender, values)
        if path is not None:
            buffer = BytesIO()
            np.savez(buffer, scores=scores, made_by=np.array(contender.fingerprint()))
            replace_file(path, buffer.getvalue())

    def _path(self, contender: Contender, values: Values | Batch) -> Path | None:
        if self._folder is None:
            return None
        content = np.ascontiguousarray(values, np.float64).tobytes()
        # The shape too: a table and a list of the same numbers are not the same series.
        shape = b"" if values.ndim == 1 else repr(values.shape).encode()
        digest = hashlib.sha256(content + shape).hexdigest()
        return self._folder / f"{contender.name}_{contender.window}" / f"{digest[:32]}.npz"
