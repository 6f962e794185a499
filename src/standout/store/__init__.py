"""Stores: SQLite on disk and one in memory, behind `standout.domain.ports`."""
