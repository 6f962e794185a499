"""Bring a database's schema to the newest revision."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

from standout.errors import StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0006"
"""The newest revision, told here so that opening a database in order need not import Alembic."""


def upgrade(path: Path) -> None:
    """Make the tables, or bring those of an older version up to date.

    Parameters
    ----------
    path
        Database file; made if missing.

    Raises
    ------
    StoreUnavailable
        The file cannot be opened, is no database, or was written by a newer version.
    """
    try:
        found = revision(path)
        if found != HEAD:
            _migrate(path, found)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"The database {path} cannot be opened: {error}.") from error


def revision(path: Path) -> str | None:
    """Return the revision of a database, or None for an empty one."""
    connection = sqlite3.connect(path)
    try:
        tables = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if connection.execute(tables).fetchone() is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    finally:
        connection.close()


def alembic_config() -> Config:
    """Return Alembic's settings, from code alone: an installed wheel has no ``alembic.ini``."""
    from alembic.config import Config  # noqa: PLC0415 - its import is slow and rarely needed

    config = Config()
    config.set_main_option("script_location", "standout.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _migrate(path: Path, found: str | None) -> None:
    import sqlalchemy as sa  # noqa: PLC0415 - slow and rarely needed
    from alembic import command  # noqa: PLC0415 - as above

    config = alembic_config()
    _refuse_unknown(config, path, found)
    # Without an isolation level, sqlite3 leaves the transaction to the statements below.
    raw = sqlite3.connect(path, isolation_level=None)
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=sa.StaticPool)
    try:
        with engine.connect() as connection:
            raw.execute("BEGIN IMMEDIATE")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except sa.exc.DBAPIError as error:
        raise StoreUnavailable(f"The database {path} cannot be upgraded: {error.orig}.") from error
    finally:
        engine.dispose()


def _refuse_unknown(config: Config, path: Path, found: str | None) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow and rarely needed

    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreUnavailable(
            f"The database {path} was written by a newer version of Standout (its revision is"
            f" {found}, this version knows {HEAD}). Install the newer version, or use another"
            " data folder."
        )
