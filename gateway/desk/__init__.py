"""The desk: what people and clocks do with parked mail.

Answers: ``Desk`` (assign, ack, comment, extend, release, confirm, reject, cancel, correct,
review, appoint; and ``keep_time`` for the clock), ``Actor`` (who does it), ``Terms`` (what
approving takes), ``Notices`` (the protocol of the letters), ``stage_of`` and ``Action`` (the
table of the life).
Trusts: its caller to have authenticated the actor; the store to commit an act whole.
Fails: ``UsageError`` without a reason, ``RightsError`` where this actor may not,
``ConflictError`` where the hold is past that act, ``NotFoundError`` for no such hold.
Console, command line, the sender's page and the clock all act through here.
"""

from __future__ import annotations

from gateway.desk.acts import Notices
from gateway.desk.anew import Correction
from gateway.desk.answers import DECISIONS, OUTCOMES
from gateway.desk.clock import Round
from gateway.desk.desk import Desk, end_of_day
from gateway.desk.life import Action, Party, Stage, stage_of
from gateway.desk.people import Actor, person_of
from gateway.desk.roster import Roster
from gateway.desk.terms import Office, Terms, terms_of

__all__ = [
    "DECISIONS",
    "OUTCOMES",
    "Action",
    "Actor",
    "Correction",
    "Desk",
    "Notices",
    "Office",
    "Party",
    "Roster",
    "Round",
    "Stage",
    "Terms",
    "end_of_day",
    "person_of",
    "stage_of",
    "terms_of",
]
