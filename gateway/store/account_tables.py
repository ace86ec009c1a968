"""The tables of accounts: people, their sessions, second factors and tokens.

Answers: one ``Table`` each, beside those of ``tables``.
No column holds what opens something: passwords are argon2id hashes, tokens and links their
SHA-256, a second factor's secret is sealed with a key that is not in the database.
Trusts: nothing. Fails: never; a test compares these with what the migrations made.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from gateway.store.columns import Masked, MaskedJson, Utc
from gateway.store.tables import metadata

# Accounts of the console.
users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),  # only names that masking leaves as they are
    Column("password_hash", Text, nullable=False),  # argon2id; "" where no password opens it
    Column("role", Text, nullable=False),  # rights.Role
    Column("language", Text, nullable=False),  # "" asks the browser
    Column("addresses", MaskedJson, nullable=False),
    Column("person", Masked),  # whose it is, where its name does not say; for four eyes
    Column("departments", MaskedJson, nullable=False),  # whose mail they see; [] is everybody's
    Column("subject", Text),  # SHA-256 of issuer and subject; empty without single sign-on
    Column("created_at", Utc, nullable=False),
    Column("granted_until", Utc, nullable=False),  # lapses then, unless it is granted anew
    Column("disabled_at", Utc),  # empty while the account is good
    Index(None, "subject", unique=True),
)

# Views of the queue that somebody keeps.
saved_views = Table(
    "saved_views",
    metadata,
    Column("user_name", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("name", Masked, nullable=False),
    Column("query", Masked, nullable=False),  # fields of an address
    PrimaryKeyConstraint("user_name", "name"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),  # SHA-256 of what the browser holds
    Column("session_id", Text, nullable=False),  # what lists call it; opens nothing
    Column("user_name", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("fresh_at", Utc, nullable=False),  # when the person last proved who they are
    Column("ends_at", Utc, nullable=False),  # however busy it is
    Column("client", Text, nullable=False),  # IP address, or ""
    Column("agent", Masked, nullable=False),  # what the browser calls itself, shortened
    Column("proved_by", Text, nullable=False),  # sessions.PASSWORD …, joined by "+"
    Index(None, "user_name"),
    Index(None, "session_id", unique=True),
)

# The second factor of an account: a sealed secret, and the last time step that was used.
second_factors = Table(
    "second_factors",
    metadata,
    Column("user_name", Text, ForeignKey("users.name", ondelete="CASCADE"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),  # sealed with the accounts' key
    Column("last_step", BigInteger, nullable=False),  # RFC 6238's T; only later ones count
    Column("enrolled_at", Utc, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_name", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("code_hash", Text, nullable=False),
    PrimaryKeyConstraint("user_name", "code_hash"),
)

# What opens one thing once and soon: a sign-in half done, a link, a way to the provider.
tickets = Table(
    "tickets",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # tickets.Kind
    Column("user_name", Text, ForeignKey("users.name", ondelete="CASCADE")),
    Column("sealed", LargeBinary, nullable=False),  # b"" where there is nothing to remember
    Column("ends_at", Utc, nullable=False),
    Index(None, "user_name"),
)

# Attempts to sign in, counted by account and by address; a key says neither.
attempts = Table(
    "attempts",
    metadata,
    Column("bucket", Text, primary_key=True),  # keyed digest
    Column("count", Integer, nullable=False),
    Column("since", Utc, nullable=False),  # of the first one in this window
    Index(None, "since"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token_id", Text, primary_key=True),  # what lists call it; opens nothing
    Column("token_hash", Text, nullable=False),
    Column("user_name", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("label", Masked, nullable=False),
    Column("scope", JSON, nullable=False),  # rights.Right, at most what the role has
    Column("made_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("used_at", Utc),  # empty until it is; written once a minute at most
    Index(None, "token_hash", unique=True),
    Index(None, "user_name"),
)
