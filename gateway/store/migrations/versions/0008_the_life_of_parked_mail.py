"""Keep what happens to a parked mail between its parking and its end, reviews and stand-ins.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two tables, and columns that are empty in the rows that there are."""
    op.add_column("mails", sa.Column("journal", sa.Text))
    for column in (
        sa.Column("on_expiry", sa.Text),
        sa.Column("goes_with", sa.Text),
        sa.Column("assignee", sa.Text),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("escalated", sa.Integer),
        sa.Column("escalated_at", _INSTANT),
        sa.Column("announced_at", _INSTANT),
        sa.Column("reason_code", sa.Text),
        sa.Column("second_look", sa.JSON),
    ):
        op.add_column("holds", column)
    op.add_column("approvals", sa.Column("person", sa.Text))
    op.create_table(
        "reviews",
        sa.Column("review_id", sa.Text, nullable=False),
        sa.Column("queue_id", sa.Text, nullable=False),
        sa.Column("hold_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("reviewed_at", _INSTANT),
        sa.Column("reviewed_by", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("kek_id", sa.Text),
        sa.Column("wrapped_key", sa.LargeBinary),
        sa.Column("blob", sa.LargeBinary),
        sa.Column("ended_at", _INSTANT),
        sa.PrimaryKeyConstraint("review_id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_reviewed_at_expires_at", "reviews", ["reviewed_at", "expires_at"])
    op.create_table(
        "stand_ins",
        sa.Column("stand_in_id", sa.Text, nullable=False),
        sa.Column("absent", sa.Text, nullable=False),
        sa.Column("stand_in", sa.Text, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.PrimaryKeyConstraint("stand_in_id", name="pk_stand_ins"),
    )
    op.create_index("ix_stand_ins_until", "stand_ins", ["until"])
