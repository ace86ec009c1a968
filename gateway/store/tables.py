"""The tables, as SQLAlchemy Core sees them; ``migrations/`` makes them.

Answers: one ``Table`` each, with what a column holds where its name does not say it.
Every column that takes text from a mail or a person is ``Masked`` or ``MaskedJson``; the
subject of a mail has no column at all. Addresses in clear, and the mail, are in sealed blobs.
Trusts: nothing. Fails: never; a test compares these with what the migrations made.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from gateway.store.columns import Masked, MaskedJson, Utc

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _only(rows: str) -> dict[str, Any]:
    """Keep an index to the rows that are looked up by it."""
    return {"sqlite_where": text(rows), "postgresql_where": text(rows)}


# The journal: one row a mail, written before anything is done with it.
mails = Table(
    "mails",
    metadata,
    Column("queue_id", Text, primary_key=True),
    Column("writer", Text, nullable=False),  # the process that owns it until it is settled
    Column("received_at", Utc, nullable=False),
    Column("intended_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("client", Text, nullable=False),  # IP address, or "" when it was none
    Column("identity", Masked, nullable=False),
    Column("sender", Masked, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("would", Text, nullable=False),
    Column("policy", Text, nullable=False),  # digest of the policy's text
    Column("certain", Integer, nullable=False),  # My Numbers of this confidence or better
    Column("likely", Integer, nullable=False),
    Column("possible", Integer, nullable=False),
    Column("findings", MaskedJson, nullable=False),
    Column("unread", MaskedJson, nullable=False),
    Column("attachments", Integer, nullable=False),
    Column("elapsed_ms", Float, nullable=False),
    Column("state", Text, nullable=False),  # records.MailState
    Column("reply", Masked, nullable=False),
    Column("journal", Text),  # journal rules that asked for this row; empty: none did
    Column("features", JSON(none_as_null=True)),  # features.features_of; empty in old rows
    Index("ix_mails_open", "writer", **_only("state = 'intended'")),
    Index(None, "received_at"),
    Index("ix_mails_stopped", "sender", "received_at", **_only("would <> 'allow'")),
    Index("ix_mails_blocked", "received_at", **_only("verdict = 'block'")),
)

mail_recipients = Table(
    "mail_recipients",
    metadata,
    Column("queue_id", Text, ForeignKey("mails.queue_id", ondelete="CASCADE"), nullable=False),
    Column("n", Integer, nullable=False),  # position in the envelope, from 0
    Column("address", Masked, nullable=False),
    Column("corrected", Masked),  # the address sent to instead
    Column("domain", Masked, nullable=False),
    Column("recipient_class", Text, nullable=False),
    Column("strength", Text, nullable=False),
    Column("resembles", Masked, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("would", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("hold_id", Text),  # empty where it was not parked
    Column("fate", Text),  # model.Fate; empty while it waits or was never tried
    PrimaryKeyConstraint("queue_id", "n"),
    Index(None, "hold_id", **_only("hold_id IS NOT NULL")),
)

# Names that were written to before; outlives the journal.
correspondents = Table(
    "correspondents",
    metadata,
    Column("domain", Text, primary_key=True),  # only names that masking leaves as they are
    Column("first_at", Utc, nullable=False),
)

# Whom we wrote to, by month; folded from the journal and from imported logs. No content.
history = Table(
    "history",
    metadata,
    Column("domain", Text, nullable=False),  # only names that masking leaves as they are
    Column("local", Text, nullable=False),  # lower case; "" where masking would change it
    Column("sender", Masked, nullable=False),  # lower case; "" for <>, or not known
    Column("month", Text, nullable=False),  # "2026-11"
    Column("origin", Text, nullable=False),  # history.Origin
    Column("sent", Integer, nullable=False),  # mails that the next hop took
    Column("bounced", Integer, nullable=False),  # mails that were given up; imported logs only
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    PrimaryKeyConstraint("domain", "local", "sender", "month", "origin"),
    Index(None, "local"),
)

# How far the journal is folded into ``history``, in one row.
history_mark = Table(
    "history_mark",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("folded_to", Utc, nullable=False),  # mails received before are in
)

sealed = Table(
    "sealed",
    metadata,
    Column("queue_id", Text, ForeignKey("mails.queue_id"), primary_key=True),
    Column("kek_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),  # empty once destroyed
    Column("blob", LargeBinary),  # empty once destroyed
    Column("sealed_at", Utc, nullable=False),
    Column("destroyed_at", Utc),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", Text, primary_key=True),
    Column("queue_id", Text, ForeignKey("mails.queue_id"), nullable=False),
    Column("state", Text, nullable=False),  # model.HoldState
    Column("revision", Integer, nullable=False),  # counts acts: who read an older one is late
    Column("verdict", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("approvers", Integer, nullable=False),
    Column("parked_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("kek_id", Text),  # these three: the corrected envelope, where there is one
    Column("wrapped_key", LargeBinary),
    Column("blob", LargeBinary),
    Column("resembles_hold", Text),  # an earlier hold of the same mail, as far as we can tell
    Column("grade", Integer, nullable=False),  # grade.Grade: 0 is the gravest
    Column("sought", Masked, nullable=False),  # sender and recipients, for searching
    Column("sender", Masked, nullable=False),  # as the mail's: whose department's it is
    # Each holds all that its pages look at, so that 100,000 holds are read from it alone.
    Index("ix_holds_queue", "state", "grade", "expires_at", "hold_id", "rule", "verdict", "sought"),
    Index("ix_holds_waiting", "state", "rule", "grade"),
    Index("ix_holds_senders", "state", "sender", "rule", "grade", "expires_at", "hold_id"),
    Index("ix_holds_ends", "state", "expires_at", "parked_at", "sender"),
    Index("ix_holds_trend", "parked_at", "rule", "verdict"),
    Column("on_expiry", Text),  # model.OnExpiry; empty: cancel a warn, reject a hold
    Column("goes_with", Text),  # the hold whose password this mail seems to tell
    Column("assignee", Masked),  # person; these: empty until it happened
    Column("acknowledged_by", Masked),
    Column("escalated", Integer),  # steps of the chain that were told
    Column("escalated_at", Utc),
    Column("announced_at", Utc),
    Column("reason_code", Text),  # of the last decision
    Column("second_look", MaskedJson(none_as_null=True)),  # result, my_numbers, findings, unread
    Index("ix_holds_assignee", "assignee", **_only("assignee IS NOT NULL")),
    Index(None, "queue_id"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("hold_id", Text, ForeignKey("holds.hold_id", ondelete="CASCADE"), nullable=False),
    Column("actor", Masked, nullable=False),
    Column("at", Utc, nullable=False),
    Column("reason", Masked, nullable=False),
    Column("person", Masked),  # whom the actor was known to be then; empty in old rows
    PrimaryKeyConstraint("hold_id", "actor"),
)

# What is looked at after the fact: samples of what left, and decisions of an unusual hour.
reviews = Table(
    "reviews",
    metadata,
    Column("review_id", Text, primary_key=True),
    Column("queue_id", Text, nullable=False),
    Column("hold_id", Text),  # with decisions only; the mail is sealed with its hold then
    Column("kind", Text, nullable=False),  # records.ReviewKind
    Column("rule", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("reviewed_at", Utc),  # empty while nobody looked
    Column("reviewed_by", Masked),
    Column("outcome", Text),
    Column("note", Masked),
    Column("kek_id", Text),  # these three: the sealed copy, with samples only
    Column("wrapped_key", LargeBinary),  # empty once destroyed
    Column("blob", LargeBinary),
    Column("ended_at", Utc),  # its time was up, and the copy was destroyed
    Index(None, "reviewed_at", "expires_at"),
)

# Who decides in whose place, and from when to when.
stand_ins = Table(
    "stand_ins",
    metadata,
    Column("stand_in_id", Text, primary_key=True),
    Column("absent", Masked, nullable=False),  # person
    Column("stand_in", Masked, nullable=False),  # person
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("made_by", Masked, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("ended_at", Utc),  # withdrawn before its time
    Index(None, "until"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("queue_id", Text, ForeignKey("mails.queue_id"), nullable=False),
    Column("opened_at", Utc, nullable=False),
    Index(None, "queue_id", unique=True),
    Index(None, "opened_at"),
)

# What we still have to send: released mail, notices, DSNs.
deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # records.DeliveryKind
    Column("queue_id", Text, nullable=False),  # the mail it is about
    Column("hold_id", Text),  # with kind release only
    Column("kek_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),  # empty once sent or given up
    Column("blob", LargeBinary),  # envelope; and content, unless it is the sealed mail's
    Column("state", Text, nullable=False),  # records.DeliveryState
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Utc),  # empty: not due until the mail is settled
    Column("leased_until", Utc),
    Column("last_reply", Masked, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("owner", Text),  # process that leased it, as writers.token; empty while nobody did
    Column("dot_at", Utc),  # since then its dot may have left; empty once the outcome is known
    Index(None, "state", "next_attempt_at"),
    Index(None, "queue_id"),
)

# Append-only: triggers refuse UPDATE and DELETE.
audit = Table(
    "audit",
    metadata,
    Column("writer", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),  # from 1, without gaps within a writer
    Column("at", Utc, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("writer", "seq"),
    # What people and clocks did; the gateway's own entries, one a mail, are far more.
    Index("ix_audit_people", "at", **_only("actor <> 'gateway'")),
    Index("ix_audit_object", "object", **_only("actor <> 'gateway'")),
    Index("ix_audit_actor", "actor", "at", **_only("actor <> 'gateway'")),
    Index("ix_audit_action", "action", "at", **_only("actor <> 'gateway'")),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("writer", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

# The name of this database, in one row; the same stands in a file beside the keys.
identity = Table(
    "identity",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("store_id", Text, nullable=False),
)

# Which process writes, or last wrote, under a name; tells the living from the dead.
writers = Table(
    "writers",
    metadata,
    Column("writer", Text, primary_key=True),
    Column("machine", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("pid_space", Text, nullable=False),  # processes of another one cannot be seen
    Column("pid", BigInteger, nullable=False),
    Column("began", Text, nullable=False),  # the process's start, in ticks since boot
    Column("opened_at", Utc, nullable=False),
)

# The dated key-encryption keys, without the keys.
seal_keys = Table(
    "seal_keys",
    metadata,
    Column("kek_id", Text, primary_key=True),
    Column("made_at", Utc, nullable=False),
    Column("retired_at", Utc),  # since then nothing is wrapped with it
    Column("destroyed_at", Utc),  # gone from this machine's key file
    Column("gone_at", Utc),  # gone everywhere, as an administrator confirmed
)
