"""Remember what a program's request did once, and what is to be posted to a webhook.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "errands",
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("hold_id", sa.Text, nullable=False),
        sa.Column("done_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_errands"),
    )
    op.create_index("ix_errands_done_at", "errands", ["done_at"])
    op.create_table(
        "webhooks",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("places", sa.JSON, nullable=False),
        sa.Column("begun_at", _INSTANT, nullable=False),
        sa.Column("taken_at", _INSTANT),
        sa.Column("given_up_at", _INSTANT),
        sa.PrimaryKeyConstraint("name", name="pk_webhooks"),
    )
    op.create_table(
        "webhook_posts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("begun_at", _INSTANT, nullable=False),
        sa.Column("last_answer", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "writer", "seq", name="pk_webhook_posts"),
    )
    op.create_index("ix_webhook_posts_due_at", "webhook_posts", ["due_at"])
