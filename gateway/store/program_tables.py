"""The tables of programs: what their requests did once, and what waits to be posted to them.

Answers: one ``Table`` each, beside those of ``tables``. What is posted is an entry of the audit
log, which no row here repeats.
Trusts: nothing. Fails: never; a test compares these with what the migrations made.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from gateway.store.columns import Utc
from gateway.store.tables import metadata

# Acts that a program asked for under a key of its own: the second time nothing is done.
errands = Table(
    "errands",
    metadata,
    Column("key_hash", Text, primary_key=True),  # SHA-256 of account and key
    Column("asked", Text, nullable=False),  # SHA-256 of what was asked under it
    Column("hold_id", Text, nullable=False),
    Column("done_at", Utc, nullable=False),
    Index(None, "done_at"),
)

# How far each webhook has read the audit log.
webhooks = Table(
    "webhooks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("places", JSON, nullable=False),  # writer → number of the last entry that was read
    Column("begun_at", Utc, nullable=False),
    Column("taken_at", Utc),  # the last event that it took; empty until it does
    Column("given_up_at", Utc),  # the last event that was given up
)

# Events that a webhook has not taken yet.
webhook_posts = Table(
    "webhook_posts",
    metadata,
    Column("name", Text, nullable=False),
    Column("writer", Text, nullable=False),  # these two: the entry of the audit log
    Column("seq", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Utc, nullable=False),  # put off while an attempt is under way
    Column("begun_at", Utc, nullable=False),  # back-off and giving up count from here
    Column("last_answer", Text, nullable=False),  # our word for it, never the answer's own
    PrimaryKeyConstraint("name", "writer", "seq"),
    Index(None, "due_at"),
)
