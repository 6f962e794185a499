"""Make `store_0001.sql`: a database as the first released schema kept it.

Run by hand, once: ``python -m tests.golden.make_store_0001``. The dump stands for the databases
that people have; when the schema changes it stays, and is upgraded by a test.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import sqlalchemy as sa
from alembic import command

from standout.store import schema

DUMP = Path(__file__).parent / "store_0001.sql"
LONG, SHORT, GONE = 1, 2, 3
"""Keys of the streams: one is long enough to be sealed, the last was deleted and not yet purged."""
ROWS = {LONG: 2_300, SHORT: 5, GONE: 40}
START_US = 1_700_000_000_000_000


def rows_of(key: int) -> list[tuple[float | int | None, ...]]:
    """Return a stream's rows as the first schema keeps them, by time; each fifth came late."""
    rng = np.random.default_rng(key)
    n = ROWS[key]
    times = START_US + np.cumsum(rng.integers(1, 2_000_000, n))
    late = np.arange(n) % 5 == 3
    seqs = np.empty(n, np.int64)
    seqs[np.concatenate([np.flatnonzero(~late), np.flatnonzero(late)])] = np.arange(1, n + 1)
    found: list[tuple[float | int | None, ...]] = []
    for i in range(n):
        value = None if i % 97 == 0 else round(float(rng.normal()), 2)
        score = None if late[i] or i < 30 else float(rng.choice([0.0, 0.2, 0.4, 0.8]))
        band = (None,) * 3 if score is None else (0.25, -1.5 + i % 3, 2.0)
        votes = int(rng.integers(0, 32))
        found.append(
            (0, key, int(times[i]), int(seqs[i]), value, score, votes, *band, int(late[i]))
        )
    return found


def make(path: Path) -> None:
    """Make the database at the first revision, with rows."""
    raw = sqlite3.connect(path, isolation_level=None)
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=sa.StaticPool)
    config = schema.alembic_config()
    with engine.connect() as connection:
        raw.execute("BEGIN")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    streams = [(LONG, "boiler", "UTC", None), (SHORT, "pump-7", "Europe/Berlin", "ms")]
    for key, name, tz, unit in streams:
        values = (0, name, key, 100, "vote", 1, '{"trees": 8}', tz, unit, START_US)
        raw.execute(f"INSERT INTO streams VALUES ({', '.join('?' * 10)})", values)
    raw.execute("UPDATE stream_keys SET last = 3")
    for key in ROWS:
        insert = f"INSERT INTO observations VALUES ({', '.join('?' * 11)})"
        raw.executemany(insert, rows_of(key))
    snapshot = (0, SHORT, 5, 1, START_US + 1, 0.5, None, bytes(range(256)))
    raw.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)", snapshot)
    raw.execute("INSERT INTO purges VALUES (0, ?)", (GONE,))
    engine.dispose()


def main() -> None:
    """Write the dump."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "standout.db"
        make(path)
        connection = sqlite3.connect(path)
        DUMP.write_text("\n".join(connection.iterdump()) + "\n")
        connection.close()
    sys.stdout.write(f"{DUMP}\n")


if __name__ == "__main__":
    main()
