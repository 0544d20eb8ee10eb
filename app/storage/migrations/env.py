"""Alembic's entry: runs the migrations on the connection that ``open_database`` lends it."""

from alembic import context

from app.storage.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
