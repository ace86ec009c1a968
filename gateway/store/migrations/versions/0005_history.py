"""Keep whom we wrote to, month by month, and how far the journal is folded into that.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables and the index that looks a local part up."""
    op.create_table(
        "history",
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("local", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("bounced", sa.Integer, nullable=False),
        sa.Column("first_on", sa.Date, nullable=False),
        sa.Column("last_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("domain", "local", "sender", "month", "origin", name="pk_history"),
    )
    op.create_index("ix_history_local", "history", ["local"])
    op.create_table(
        "history_mark",
        sa.Column("one", sa.Integer, nullable=False),
        sa.Column("folded_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_history_mark"),
    )
