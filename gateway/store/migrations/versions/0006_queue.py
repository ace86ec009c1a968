"""Keep with each hold how grave it is and what a search looks in; index what pages read.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.grade import grade, sought

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ROWS = 500  # holds graded at once


def upgrade() -> None:
    """Add both columns, fill them for what is there, then make the indexes."""
    op.add_column("holds", sa.Column("grade", sa.Integer, nullable=False, server_default="2"))
    op.add_column("holds", sa.Column("sought", sa.Text, nullable=False, server_default=""))
    _fill(op.get_bind())
    op.create_index(
        "ix_holds_queue", "holds", ["state", "grade", "expires_at", "hold_id", "rule", "verdict"]
    )
    op.create_index("ix_holds_trend", "holds", ["parked_at", "rule", "verdict"])
    _partial("ix_mails_stopped", "mails", ["sender", "received_at"], "would <> 'allow'")
    _partial("ix_mails_blocked", "mails", ["received_at"], "verdict = 'block'")
    _partial("ix_audit_people", "audit", ["at"], "actor <> 'gateway'")
    _partial("ix_audit_object", "audit", ["object"], "actor <> 'gateway'")


def _partial(name: str, table: str, columns: list[str], rows: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(rows), postgresql_where=sa.text(rows)
    )


def _fill(connection: sa.Connection) -> None:
    """Grade the holds that were parked before there were grades."""
    last = ""
    while ids := list(connection.execute(_NEXT, {"last": last, "most": _ROWS}).scalars()):
        for hold_id in ids:
            _fill_one(connection, hold_id)
        last = ids[-1]


_NEXT = sa.text("SELECT hold_id FROM holds WHERE hold_id > :last ORDER BY hold_id LIMIT :most")
_MAIL = sa.text(
    "SELECT m.sender, m.likely, m.possible, CAST(m.unread AS TEXT) AS unread FROM mails m "
    "JOIN holds h ON h.queue_id = m.queue_id WHERE h.hold_id = :hold_id"
)
_TO = sa.text(
    "SELECT address, recipient_class FROM mail_recipients WHERE hold_id = :hold_id ORDER BY n"
)
_SET = sa.text("UPDATE holds SET grade = :grade, sought = :sought WHERE hold_id = :hold_id")


def _fill_one(connection: sa.Connection, hold_id: str) -> None:
    mail = connection.execute(_MAIL, {"hold_id": hold_id}).one()
    to = connection.execute(_TO, {"hold_id": hold_id}).all()
    found = grade(mail.likely, mail.possible, mail.unread != "[]", {r.recipient_class for r in to})
    text = sought(mail.sender, (r.address for r in to))
    connection.execute(_SET, {"grade": int(found), "sought": text, "hold_id": hold_id})
