"""Accuracy and loss of each epoch over a validation set."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; runs of earlier versions have no validation set."""
    op.add_column("epochs", sa.Column("validation_accuracy", sa.Float))
    op.add_column("epochs", sa.Column("validation_loss", sa.Float))
