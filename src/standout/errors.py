"""Everything that can go wrong, as one tree. It knows no HTTP.

::

    StandoutError
    ├── InvalidInput              what was sent cannot be used
    │   ├── MalformedMessage          not JSON, unknown or missing keys, wrong types
    │   ├── InvalidTimestamp          no time can be read from it
    │   ├── InvalidStreamId           empty, too long, or with a slash or control character
    │   ├── InvalidParameter          a window, limit or option out of its range
    │   ├── MessageTooLarge           more bytes or rows than the limit
    │   ├── UnsupportedMediaType      a body in a format or encoding that is not read
    │   ├── UnreadableFile            a file that is missing, empty or no table
    │   ├── ColumnNotFound            a table has no such column
    │   ├── InvalidRunData            rows of a run that are no table of numbers
    │   └── UnknownDetector           no detector has this name
    ├── NotFound                  nothing has this name
    │   ├── JobNotFound
    │   ├── DatasetNotFound
    │   ├── ModelNotFound             no model, or no such version of it
    │   ├── StreamNotFound
    │   ├── RunNotFound
    │   └── LabelNotFound
    ├── Conflict                  it contradicts what is kept
    │   ├── ObservationConflict       another value at a stored timestamp
    │   ├── ObservationExpired        older than what retention keeps
    │   ├── StreamSettingsConflict    other settings than those the stream was made with
    │   ├── ModelNotReady             the model is still in training, or its training failed
    │   ├── ModelDamaged              a model's file is not as it was written
    │   ├── TrainingFailed            a training ended without a model
    │   ├── TrainingUnderWay          a model is trained anew while it is trained
    │   ├── JobEnded                  the job is over and cannot be cancelled
    │   ├── RunNotReady               a run that has too few rows to judge by
    │   ├── KeyUsedAlready            another request had this Idempotency-Key
    │   ├── StreamDeleted             the stream was deleted while it was in use
    │   └── ConnectionReplaced        a newer connection has taken this stream
    └── Unavailable               not possible now; nothing was changed
        ├── StoreUnavailable          the store cannot write
        ├── TooManyJobs               as many jobs wait as may wait
        ├── DataFolderUnwritable      the data folder cannot be made or written
        ├── DataFolderLocked          another server holds the data folder
        ├── AddressInUse              the host and port cannot be listened on
        └── ServerUnreachable         no server answers at this address
"""

from __future__ import annotations

from typing import Self


class StandoutError(Exception):
    """Something went wrong"""


class InvalidInput(StandoutError):
    """Input cannot be used"""

    row: int | None = None
    line: int | None = None

    def at(self, row: int, line: int | None = None) -> Self:
        """Return the error with the row that it is about, and its line where there are lines."""
        where = f"Row {row}" if line is None else f"Row {row}, line {line}"
        error = type(self)(f"{where}: {self}")
        error.row, error.line = row, line
        return error


class MalformedMessage(InvalidInput):
    """Message cannot be read"""


class InvalidTimestamp(InvalidInput):
    """Not a timestamp"""


class InvalidStreamId(InvalidInput):
    """Not a stream id"""


class InvalidParameter(InvalidInput):
    """Parameter out of range"""


class MessageTooLarge(InvalidInput):
    """Message too large"""


class UnsupportedMediaType(InvalidInput):
    """Format is not read"""


class UnreadableFile(InvalidInput):
    """File cannot be read"""


class UnknownDetector(InvalidInput):
    """Unknown detector"""


class ColumnNotFound(InvalidInput):
    """Column not found"""


class InvalidRunData(InvalidInput):
    """Data of a run cannot be used"""


class NotFound(StandoutError):
    """Nothing has this name"""


class JobNotFound(NotFound):
    """Job not found"""


class DatasetNotFound(NotFound):
    """Dataset not found"""


class ModelNotFound(NotFound):
    """Model not found"""


class StreamNotFound(NotFound):
    """Stream not found"""


class LabelNotFound(NotFound):
    """Label not found"""


class RunNotFound(NotFound):
    """Run not found"""


class Conflict(StandoutError):
    """Contradicts what is kept"""


class ObservationConflict(Conflict):
    """Another value is stored at this timestamp"""


class ObservationExpired(Conflict):
    """Older than what the stream keeps"""


class StreamSettingsConflict(Conflict):
    """The stream has other settings"""


class ModelNotReady(Conflict):
    """The model is not ready"""


class ModelDamaged(Conflict):
    """The model's file was changed"""


class TrainingFailed(Conflict):
    """The training failed"""


class TrainingUnderWay(Conflict):
    """The model is being trained"""


class JobEnded(Conflict):
    """The job has ended"""


class KeyUsedAlready(Conflict):
    """The Idempotency-Key was used already"""


class RunNotReady(Conflict):
    """The run has too few rows"""


class StreamDeleted(Conflict):
    """The stream was deleted"""


class ConnectionReplaced(Conflict):
    """A newer connection has taken this stream"""


class Unavailable(StandoutError):
    """Not possible now"""


class StoreUnavailable(Unavailable):
    """The store cannot be written"""


class TooManyJobs(Unavailable):
    """Too many jobs"""


class DataFolderUnwritable(Unavailable):
    """The data folder cannot be written"""


class DataFolderLocked(Unavailable):
    """Another server holds the data folder"""


class AddressInUse(Unavailable):
    """The address is in use"""


class ServerUnreachable(Unavailable):
    """No server answers"""
