"""Let an account say whose it is, so that two accounts of one person are one pair of eyes.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that is empty in the rows that there are."""
    op.add_column("users", sa.Column("person", sa.Text))
