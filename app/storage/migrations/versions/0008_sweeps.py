"""Sweeps and their trials, and the trial that a run is."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the columns."""
    op.create_table(
        "sweeps",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("created_at", sa.String, nullable=False),
        sa.Column("plan", sa.String, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("error", sa.String),
    )
    sweep = sa.ForeignKey("sweeps.id", ondelete="CASCADE")
    op.create_table(
        "trials",
        sa.Column("sweep_id", sa.String, sweep, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("parameters", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reported", sa.String, nullable=False),
        sa.Column("notes", sa.String, nullable=False),
        sa.Column("repeats", sa.Integer),
    )
    op.add_column("runs", sa.Column("sweep", sa.String))
    op.add_column("runs", sa.Column("trial", sa.Integer))
