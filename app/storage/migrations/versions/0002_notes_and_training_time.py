"""Notes, tags and pin of a run, its training time, and the accuracies that a fork starts with."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and fill them from the epochs that are there."""
    for column in (
        sa.Column("notes", sa.String, nullable=False, server_default=""),
        sa.Column("tags", sa.String, nullable=False, server_default="[]"),
        sa.Column("pinned", sa.Integer, nullable=False, server_default="0"),
        sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
        sa.Column("start_train_accuracy", sa.Float),
        sa.Column("start_test_accuracy", sa.Float),
    ):
        op.add_column("runs", column)
    op.execute(
        "UPDATE runs SET seconds = coalesce("
        "(SELECT sum(seconds) FROM epochs WHERE run_id = runs.id), 0)"
    )
    for name in ("train_accuracy", "test_accuracy"):
        op.execute(
            f"UPDATE runs SET start_{name} = (SELECT {name} FROM epochs "
            "WHERE run_id = runs.parent_run AND epoch = runs.parent_epoch)"
        )
