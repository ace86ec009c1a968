"""Make the first tables: journal, sealed mail, holds, incidents, deliveries, audit.

Revision ID: 0001
Revises: none
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make tables, indexes and the triggers that keep the audit append-only."""
    _journal()
    _parked()
    _outbound()
    _audit()
    _append_only()


def _text(name: str, *, empty: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=empty)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _instant(name: str, *, empty: bool = False) -> sa.Column[object]:
    return sa.Column(name, _INSTANT, nullable=empty)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary)


def _journal() -> None:
    op.create_table(
        "mails",
        _text("queue_id"),
        _text("writer"),
        _instant("received_at"),
        _instant("intended_at"),
        _instant("settled_at", empty=True),
        _text("client"),
        _text("identity"),
        _text("sender"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        _text("verdict"),
        _text("would"),
        _text("policy"),
        _number("certain"),
        _number("likely"),
        _number("possible"),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("unread", sa.JSON, nullable=False),
        _number("attachments"),
        sa.Column("elapsed_ms", sa.Float, nullable=False),
        _text("state"),
        _text("reply"),
        sa.PrimaryKeyConstraint("queue_id", name="pk_mails"),
    )
    op.create_index("ix_mails_state_writer", "mails", ["state", "writer"])
    op.create_index("ix_mails_received_at", "mails", ["received_at"])
    op.create_table(
        "mail_recipients",
        _text("queue_id"),
        _number("n"),
        _text("address"),
        _text("corrected", empty=True),
        _text("domain"),
        _text("recipient_class"),
        _text("strength"),
        _text("resembles"),
        _text("verdict"),
        _text("would"),
        _text("rule"),
        sa.Column("reasons", sa.JSON, nullable=False),
        _text("hold_id", empty=True),
        _text("fate", empty=True),
        sa.PrimaryKeyConstraint("queue_id", "n", name="pk_mail_recipients"),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["mails.queue_id"],
            name="fk_mail_recipients_queue_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_mail_recipients_hold_id", "mail_recipients", ["hold_id"])
    op.create_table(
        "correspondents",
        _text("domain"),
        _instant("first_at"),
        sa.PrimaryKeyConstraint("domain", name="pk_correspondents"),
    )


def _parked() -> None:
    op.create_table(
        "sealed",
        _text("queue_id"),
        _text("kek_id"),
        _bytes("wrapped_key"),
        _bytes("blob"),
        _instant("sealed_at"),
        _instant("destroyed_at", empty=True),
        sa.PrimaryKeyConstraint("queue_id", name="pk_sealed"),
        sa.ForeignKeyConstraint(["queue_id"], ["mails.queue_id"], name="fk_sealed_queue_id"),
    )
    op.create_table(
        "holds",
        _text("hold_id"),
        _text("queue_id"),
        _text("state"),
        _number("revision"),
        _text("verdict"),
        _text("rule"),
        _number("approvers"),
        _instant("parked_at"),
        _instant("expires_at"),
        _instant("changed_at"),
        _text("kek_id", empty=True),
        _bytes("wrapped_key"),
        _bytes("blob"),
        sa.PrimaryKeyConstraint("hold_id", name="pk_holds"),
        sa.ForeignKeyConstraint(["queue_id"], ["mails.queue_id"], name="fk_holds_queue_id"),
    )
    op.create_index("ix_holds_state_expires_at", "holds", ["state", "expires_at"])
    op.create_index("ix_holds_queue_id", "holds", ["queue_id"])
    op.create_table(
        "approvals",
        _text("hold_id"),
        _text("actor"),
        _instant("at"),
        _text("reason"),
        sa.PrimaryKeyConstraint("hold_id", "actor", name="pk_approvals"),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.hold_id"], name="fk_approvals_hold_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "incidents",
        _text("incident_id"),
        _text("queue_id"),
        _instant("opened_at"),
        sa.PrimaryKeyConstraint("incident_id", name="pk_incidents"),
        sa.ForeignKeyConstraint(["queue_id"], ["mails.queue_id"], name="fk_incidents_queue_id"),
    )
    op.create_index("ix_incidents_queue_id", "incidents", ["queue_id"], unique=True)
    op.create_index("ix_incidents_opened_at", "incidents", ["opened_at"])


def _outbound() -> None:
    op.create_table(
        "deliveries",
        _text("delivery_id"),
        _text("kind"),
        _text("queue_id"),
        _text("hold_id", empty=True),
        _text("kek_id"),
        _bytes("wrapped_key"),
        _bytes("blob"),
        _text("state"),
        _number("attempts"),
        _instant("next_attempt_at", empty=True),
        _instant("leased_until", empty=True),
        _text("last_reply"),
        _instant("created_at"),
        _instant("ended_at", empty=True),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_deliveries"),
    )
    op.create_index(
        "ix_deliveries_state_next_attempt_at", "deliveries", ["state", "next_attempt_at"]
    )
    op.create_index("ix_deliveries_queue_id", "deliveries", ["queue_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        _text("writer"),
        sa.Column("seq", sa.BigInteger, nullable=False),
        _instant("at"),
        _text("actor"),
        _text("action"),
        _text("object"),
        _text("detail"),
        _text("prev"),
        _text("hash"),
        sa.PrimaryKeyConstraint("writer", "seq", name="pk_audit"),
    )
    op.create_table(
        "audit_heads",
        _text("writer"),
        sa.Column("seq", sa.BigInteger, nullable=False),
        _text("hash"),
        sa.PrimaryKeyConstraint("writer", name="pk_audit_heads"),
    )


def _append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
