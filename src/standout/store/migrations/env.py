"""Run migrations on the connection that `standout.store.schema` hands over."""

from __future__ import annotations

from alembic import context

from standout.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite rolls table changes back too: a process killed half way leaves the old schema.
    transactional_ddl=True,
    render_as_batch=True,
)

with context.begin_transaction():
    context.run_migrations()
