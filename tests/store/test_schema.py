"""The database's schema: made, upgraded, refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from standout.errors import StoreUnavailable
from standout.store import schema
from standout.store.sqlite import SqliteStore
from standout.store.tables import metadata
from tests.store.build import a_snapshot, a_stream, assert_same, some_rows


def _definitions(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    found = {" ".join(sql.split()) for (sql,) in connection.execute(query)}
    connection.close()
    return found


def test_migrations_lead_to_the_tables_as_they_are_declared(path: Path, tmp_path: Path) -> None:
    schema.upgrade(path)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()

    # Alembic compares neither the condition of an index nor WITHOUT ROWID; their SQL tells all.
    declared = tmp_path / "declared.db"
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(declared)))
    metadata.create_all(engine)
    engine.dispose()
    assert _definitions(path) == _definitions(declared)


def test_the_newest_revision_is_the_one_told() -> None:
    assert ScriptDirectory.from_config(schema.alembic_config()).get_heads() == [schema.HEAD]


def test_upgrading_twice_changes_nothing(path: Path) -> None:
    schema.upgrade(path)
    before = path.read_bytes()

    schema.upgrade(path)
    schema._migrate(path, schema.HEAD)

    assert schema.revision(path) == schema.HEAD
    assert path.read_bytes() == before


def test_a_database_in_order_is_opened_without_alembic(path: Path) -> None:
    schema.upgrade(path)
    code = (
        "import sys, pathlib; from standout.store.sqlite import SqliteStore;"
        f"SqliteStore(pathlib.Path({str(path)!r})).close();"
        "sys.exit('alembic' in sys.modules or 'sqlalchemy' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_migration_that_fails_half_way_leaves_the_old_schema(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE snapshots (mine TEXT)")
    connection.close()
    before = _definitions(path)

    with pytest.raises(StoreUnavailable, match="cannot be upgraded: table snapshots already"):
        schema.upgrade(path)

    assert _definitions(path) == before
    assert schema.revision(path) is None


def test_a_newer_database_is_refused_and_left_alone(path: Path) -> None:
    SqliteStore(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = path.read_bytes()

    with pytest.raises(StoreUnavailable, match=r"newer version of Standout .* 9999") as refused:
        SqliteStore(path)

    assert str(path) in str(refused.value)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"timestamp,value\n" * 100)

    with pytest.raises(StoreUnavailable, match="file is not a database"):
        SqliteStore(path)


def test_a_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="unable to open"):
        SqliteStore(tmp_path / "missing" / "standout.db")


def test_a_path_may_have_any_letters(tmp_path: Path) -> None:
    odd = tmp_path / "a b%20#?ü"
    odd.mkdir()
    store = SqliteStore(odd / "standout.db")
    made = store.create_stream(a_stream()).result()

    assert store.stream(0, "pump-7") == made
    store.close()


def test_everything_survives_reopening(path: Path) -> None:
    store = SqliteStore(path)
    made = store.create_stream(a_stream()).result()
    gone = store.create_stream(a_stream("gone")).result()
    store.delete_stream(gone)
    rows = some_rows(made, range(500))
    store.append(rows, [a_snapshot(made)])
    store.close()

    store = SqliteStore(path)

    assert store.streams(0, limit=9) == [made]
    assert_same(store.tail(made, after_us=None), rows)
    assert store.snapshot(made) == a_snapshot(made)
    assert store.create_stream(a_stream("gone")).result().key > gone.key
    store.close()
    assert not path.with_name("standout.db-wal").exists()
