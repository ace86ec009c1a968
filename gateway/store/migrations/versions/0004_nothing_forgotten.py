"""Name the database, and keep who has a delivery in hand and whether its dot may have left.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table of one row, and two columns that are empty while nobody is sending."""
    op.create_table(
        "identity",
        sa.Column("one", sa.Integer, nullable=False),
        sa.Column("store_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_identity"),
    )
    op.add_column("deliveries", sa.Column("owner", sa.Text))
    op.add_column("deliveries", sa.Column("dot_at", sa.DateTime(timezone=True)))
