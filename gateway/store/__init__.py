"""The store: database, sealed mail, journal, holds, incidents, accounts, audit, retention.

Answers: ``Store`` (the one door), ``Sealer`` and ``Opener``, and the values they return.
Trusts: its own tables, as far as the audit chain verifies; never a string from a mail: the
column types mask it on the way in (law 4), and what cannot be masked is sealed.
Fails: ``StoreError`` for whatever the database or the disk does, answered with 451;
``KeyMissingError`` without a key; ``ConflictError`` when somebody else acted first.
A sealed mail, its holds, incident, notices and audit entry are one transaction (law 2).
"""

from __future__ import annotations

from gateway.store.accounts import GRANTED_FOR, User, is_name
from gateway.store.api_tokens import Account, ApiToken
from gateway.store.checkpoint import Checkpoint, Notary, public_half, read_checkpoints
from gateway.store.events import Event, Places, Told
from gateway.store.features import Recorded, features_of
from gateway.store.grade import Grade
from gateway.store.history import Sent
from gateway.store.identity import StoreLostError, marker_path
from gateway.store.identity import accept as accept_store
from gateway.store.identity import require_there as require_store
from gateway.store.integrity import check_integrity
from gateway.store.keyring import KeyRecord, KeyRing, require_keys
from gateway.store.keys import ensure_keys, load_opener, load_sealer
from gateway.store.records import (
    Act,
    Delivery,
    DeliveryKind,
    Destination,
    Errand,
    Held,
    IncidentRecord,
    MailState,
    Reported,
    ReportStep,
    Review,
    ReviewKind,
    Split,
    StandIn,
)
from gateway.store.rights import GRANTS, Right, Role, may, rights_of
from gateway.store.schema import upgrade
from gateway.store.seal import Opener, Sealed, Sealer
from gateway.store.sessions import Session, SignIn
from gateway.store.shelf import Key, Leaf, Mark, Noted, Waiting, Wanted
from gateway.store.store import Store
from gateway.store.tickets import Kind as TicketKind
from gateway.store.tickets import Ticket
from gateway.store.webhooks import Posting, Standing
from gateway.store.wishes import TrustAnswer, TrustAsked

__all__ = [
    "GRANTED_FOR",
    "GRANTS",
    "Account",
    "Act",
    "ApiToken",
    "Checkpoint",
    "Delivery",
    "DeliveryKind",
    "Destination",
    "Errand",
    "Event",
    "Grade",
    "Held",
    "IncidentRecord",
    "Key",
    "KeyRecord",
    "KeyRing",
    "Leaf",
    "MailState",
    "Mark",
    "Notary",
    "Noted",
    "Opener",
    "Places",
    "Posting",
    "Recorded",
    "ReportStep",
    "Reported",
    "Review",
    "ReviewKind",
    "Right",
    "Role",
    "Sealed",
    "Sealer",
    "Sent",
    "Session",
    "SignIn",
    "Split",
    "StandIn",
    "Standing",
    "Store",
    "StoreLostError",
    "Ticket",
    "TicketKind",
    "Told",
    "TrustAnswer",
    "TrustAsked",
    "User",
    "Waiting",
    "Wanted",
    "accept_store",
    "check_integrity",
    "ensure_keys",
    "features_of",
    "is_name",
    "load_opener",
    "load_sealer",
    "marker_path",
    "may",
    "public_half",
    "read_checkpoints",
    "require_keys",
    "require_store",
    "rights_of",
    "upgrade",
]
