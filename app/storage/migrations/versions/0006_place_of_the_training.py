"""Executor, worker and processor of a run's training."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; runs of earlier versions trained in local processes."""
    op.add_column("runs", sa.Column("executor", sa.String, nullable=False, server_default="local"))
    op.add_column("runs", sa.Column("worker", sa.String))
    op.add_column("runs", sa.Column("processor", sa.String))
