"""Roles, departments and yearly grants of accounts; second factors, tickets, tokens, attempts.

Sessions are made anew: an upgrade signs everybody out once. An account goes on for a year
from when it was made, and for 30 days from now at least, so that nobody is locked out.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_YEAR, _MONTH = timedelta(days=365), timedelta(days=30)


def upgrade() -> None:
    """Add to the people there are, and make what they sign in with."""
    _people()
    _sessions()
    _second_factors()
    op.create_table(
        "tickets",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("user_name", sa.Text),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_tickets"),
        _of_user("tickets"),
    )
    op.create_index("ix_tickets_user_name", "tickets", ["user_name"])
    op.create_table(
        "attempts",
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="pk_attempts"),
    )
    op.create_index("ix_attempts_since", "attempts", ["since"])
    _tokens()


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_name"], ["users.name"], name=f"fk_{table}_user_name", ondelete="CASCADE"
    )


def _people() -> None:
    # A column that must be filled needs a value for the rows there are; each gets its own below.
    op.add_column("users", sa.Column("departments", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("users", sa.Column("subject", sa.Text))
    op.add_column(
        "users",
        sa.Column(
            "granted_until", _INSTANT, nullable=False, server_default="1970-01-01 00:00:00.000000"
        ),
    )
    op.create_index("ix_users_subject", "users", ["subject"], unique=True)
    people = sa.table(
        "users",
        sa.column("name", sa.Text),
        sa.column("role", sa.Text),
        sa.column("created_at", _INSTANT),
        sa.column("granted_until", _INSTANT),
    )
    connection, least = op.get_bind(), datetime.now(UTC) + _MONTH
    for name, made in connection.execute(sa.select(people.c.name, people.c.created_at)).all():
        until = max(made.replace(tzinfo=made.tzinfo or UTC) + _YEAR, least).astimezone(UTC)
        if connection.dialect.name == "sqlite":
            until = until.replace(tzinfo=None)
        connection.execute(
            sa.update(people).where(people.c.name == name).values(granted_until=until)
        )
    connection.execute(
        sa.update(people).where(people.c.role == "admin").values(role="administrator")
    )


def _sessions() -> None:
    op.drop_index("ix_sessions_user_name", "sessions")
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.Column("fresh_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("proved_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        _of_user("sessions"),
    )
    op.create_index("ix_sessions_user_name", "sessions", ["user_name"])
    op.create_index("ix_sessions_session_id", "sessions", ["session_id"], unique=True)


def _second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("enrolled_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_name", name="pk_second_factors"),
        _of_user("second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("user_name", "code_hash", name="pk_recovery_codes"),
        _of_user("recovery_codes"),
    )


def _tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("token_id", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("scope", sa.JSON, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_tokens"),
        _of_user("api_tokens"),
    )
    op.create_index("ix_api_tokens_token_hash", "api_tokens", ["token_hash"], unique=True)
    op.create_index("ix_api_tokens_user_name", "api_tokens", ["user_name"])
