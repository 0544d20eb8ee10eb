"""Marks of test pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "marks",
        sa.Column("dataset_sha256", sa.String, primary_key=True),
        sa.Column("picture", sa.Integer, primary_key=True),
        sa.Column("mark", sa.String, nullable=False),
        sa.Column("marked_at", sa.String, nullable=False),
    )
