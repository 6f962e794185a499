"""Channels: rows as they were sent, brought into the form of their stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.domain.records import Stream
from standout.errors import MalformedMessage, StandoutError
from standout.types import Batch, Counts, Values


@dataclass(frozen=True, slots=True)
class Fitted:
    """Rows in the form of their stream.

    Parameters
    ----------
    values
        Shape ``(n,)`` for one channel, ``(n, d)`` for more; nan in rows that do not fit.
    refused
        Rows that do not fit, and why.
    """

    values: list[float] | Values | Batch
    refused: dict[int, StandoutError]


def width_of(values: list[float] | Values | Batch) -> int:
    """Count the channels of rows."""
    return values.shape[1] if isinstance(values, np.ndarray) and values.ndim > 1 else 1


def channels_of_first(
    values: list[float] | Values | Batch, widths: Counts | None
) -> tuple[str, ...]:
    """Return names for the channels of the first row: their numbers."""
    width = width_of(values)
    if widths is not None:
        # A row without any value tells nothing.
        width = int(next((w for w in widths if w), 1))
    return tuple(map(str, range(width)))


def fit(
    values: list[float] | Values | Batch,
    widths: Counts | None,
    names: tuple[str, ...] | None,
    record: Stream,
) -> Fitted:
    """Bring rows into the channels of a stream.

    Parameters
    ----------
    values
        Shape ``(n,)`` or ``(n, d)``, padded with nan where `widths` tells less.
    widths, names
        As in `SentChannels`.
    record
        The stream, whose channels are known.

    Raises
    ------
    MalformedMessage
        The names are not those of the stream.
    """
    table = np.asarray(values, np.float64)
    table = table.reshape(len(table), -1)
    width = record.width
    if names is not None:
        table = table[:, _order(names, record)]
    sent = np.full(len(table), table.shape[1]) if widths is None else widths
    if widths is None and table.shape[1] == 1:
        # No value is no value of every channel.
        sent = np.where(np.isnan(table[:, 0]), 0, sent)
    good = (sent == width) | (sent == 0)
    refused = {int(i): _misfit(int(sent[i]), record) for i in np.flatnonzero(~good)}
    fitted = np.full((len(table), width), np.nan)
    common = min(width, table.shape[1])
    fitted[good, :common] = table[good, :common]
    if width > 1:
        return Fitted(fitted, refused)
    column = fitted[:, 0]
    return Fitted(column.tolist() if isinstance(values, list) else column, refused)


def _order(names: tuple[str, ...], record: Stream) -> list[int]:
    wanted = record.channels or ("0",)
    if set(names) == set(wanted):
        return [names.index(name) for name in wanted]
    if len(names) == len(wanted) == 1:
        return [0]
    shown = [", ".join(map(repr, some)) for some in (wanted, names)]
    msg = f"Stream {record.id!r} has the channels {shown[0]}; got {shown[1]}."
    raise MalformedMessage(msg)


def _misfit(sent: int, record: Stream) -> StandoutError:
    wanted = f"{record.width} channels" if record.width > 1 else "one channel"
    got = f"{sent} values" if sent != 1 else "one value"
    return MalformedMessage(f"Stream {record.id!r} has {wanted}, got {got}; it is not kept.")
