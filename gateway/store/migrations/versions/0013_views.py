"""Keep people's own views of the queue, and find what somebody has in hand.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ASSIGNED = "assignee IS NOT NULL"


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "saved_views",
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_name"],
            ["users.name"],
            name="fk_saved_views_user_name",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_name", "name", name="pk_saved_views"),
    )
    op.create_index(
        "ix_holds_assignee",
        "holds",
        ["assignee"],
        sqlite_where=sa.text(_ASSIGNED),
        postgresql_where=sa.text(_ASSIGNED),
    )
