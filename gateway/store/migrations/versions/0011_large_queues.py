"""Let pages read 100,000 holds from indexes alone, and find a department's by their senders.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_holds_queue": ("grade", "expires_at", "hold_id", "rule", "verdict", "sought"),
    "ix_holds_waiting": ("rule", "grade"),
    "ix_holds_senders": ("sender", "rule", "grade", "expires_at", "hold_id"),
    "ix_holds_ends": ("expires_at", "parked_at", "sender"),
}
_PEOPLE = "actor <> 'gateway'"


def upgrade() -> None:
    """Write each hold's sender beside it, then make the indexes."""
    op.add_column("holds", sa.Column("sender", sa.Text, nullable=False, server_default=""))
    op.execute(
        "UPDATE holds SET sender = "
        "(SELECT mails.sender FROM mails WHERE mails.queue_id = holds.queue_id)"
    )
    for name in ("ix_holds_queue", "ix_holds_state_expires_at"):
        op.drop_index(name, "holds")
    for name, columns in _INDEXES.items():
        op.create_index(name, "holds", ["state", *columns])
    for column in ("actor", "action"):
        op.create_index(
            f"ix_audit_{column}",
            "audit",
            [column, "at"],
            sqlite_where=sa.text(_PEOPLE),
            postgresql_where=sa.text(_PEOPLE),
        )
