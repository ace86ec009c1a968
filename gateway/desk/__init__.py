"""The desk: what people and clocks do with parked mail.

Answers: ``Desk`` (release, confirm, reject, cancel, correct, expire), ``Actor`` (who does
it), ``Notices`` (the protocol of the letters that it asks for).
Trusts: its caller to have authenticated the actor; the store to commit an act whole.
Fails: ``UsageError`` without a reason, ``RightsError`` where this actor may not,
``ConflictError`` where the hold is past that act, ``NotFoundError`` for no such hold.
Console, command line, the sender's page and the clock all act through here.
"""

from __future__ import annotations

from gateway.desk.desk import Desk, Notices
from gateway.desk.life import Action
from gateway.desk.people import Actor

__all__ = ["Action", "Actor", "Desk", "Notices"]
