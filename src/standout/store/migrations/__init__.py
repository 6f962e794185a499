"""The schema's history, applied by `standout.store.schema` when a database is opened."""
