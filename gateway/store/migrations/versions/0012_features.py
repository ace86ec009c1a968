"""Keep what a decision looked at besides counts and classes, so that it can be made again.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that is empty in the rows that there are."""
    op.add_column("mails", sa.Column("features", sa.JSON))
