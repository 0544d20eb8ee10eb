"""Number of classes of a run's data set."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the data sets of earlier versions have 10 classes."""
    op.add_column("runs", sa.Column("classes", sa.Integer, nullable=False, server_default="10"))
