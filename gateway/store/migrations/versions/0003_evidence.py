"""Keep whose process a writer is, which keys sealed what when, and what a hold resembles.

Revision ID: 0003
Revises: 0002

The indexes on open mails and on parked copies shrink to the few rows that are looked up by
them, so that a clean mail does not pay for either.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two tables and a column; make two indexes partial."""
    op.create_table(
        "writers",
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("pid_space", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("began", sa.Text, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("writer", name="pk_writers"),
    )
    op.create_table(
        "seal_keys",
        sa.Column("kek_id", sa.Text, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("retired_at", _INSTANT),
        sa.Column("destroyed_at", _INSTANT),
        sa.Column("gone_at", _INSTANT),
        sa.PrimaryKeyConstraint("kek_id", name="pk_seal_keys"),
    )
    op.add_column("holds", sa.Column("resembles_hold", sa.Text))
    op.drop_index("ix_mails_state_writer", "mails")
    op.create_index(
        "ix_mails_open",
        "mails",
        ["writer"],
        sqlite_where=sa.text("state = 'intended'"),
        postgresql_where=sa.text("state = 'intended'"),
    )
    op.drop_index("ix_mail_recipients_hold_id", "mail_recipients")
    op.create_index(
        "ix_mail_recipients_hold_id",
        "mail_recipients",
        ["hold_id"],
        sqlite_where=sa.text("hold_id IS NOT NULL"),
        postgresql_where=sa.text("hold_id IS NOT NULL"),
    )
