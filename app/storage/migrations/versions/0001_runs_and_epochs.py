"""Runs and their epochs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("config", sa.String, nullable=False),
        sa.Column("dataset_sha256", sa.String),
        sa.Column("created_at", sa.String, nullable=False),
        sa.Column("started_at", sa.String),
        sa.Column("ended_at", sa.String),
        sa.Column("start_step", sa.Integer, nullable=False),
        sa.Column("start_epoch", sa.Integer, nullable=False),
        sa.Column("resume_step", sa.Integer, nullable=False),
        sa.Column("steps_total", sa.Integer, nullable=False),
        sa.Column("queue_ticket", sa.Integer, nullable=False),
        sa.Column("error_type", sa.String),
        sa.Column("error_message", sa.String),
        sa.Column("parent_run", sa.String),
        sa.Column("parent_epoch", sa.Integer),
    )
    op.create_table(
        "epochs",
        sa.Column(
            "run_id", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("train_accuracy", sa.Float, nullable=False),
        sa.Column("test_accuracy", sa.Float, nullable=False),
        sa.Column("train_loss", sa.Float),
        sa.Column("test_loss", sa.Float),
        sa.Column("seconds", sa.Float, nullable=False),
    )
