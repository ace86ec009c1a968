"""Incidents: what the law asks about a mail that left, or was kept from leaving.

Answers: ``classify`` (what kind, who, which clocks), ``draft`` (the nine report items, with
what is known and what a person must still fill in) and ``summary`` (the same as lines).
Trusts: the facts it is given; they are masked already.
Fails: never for a record of the store. Law: 番号法 29条の4, 特定個人情報の漏えい等に関する規則
2条 to 5条. It gives no legal judgement: where the law turns on intent or on work, it names
the question.
"""

from __future__ import annotations

from gateway.incident.classify import Classification, Facts, Kind, classify
from gateway.incident.clocks import Counting, Deadlines, clock_in_japan, day_in_japan
from gateway.incident.draft import ReportItem, draft, reported_line, summary

__all__ = [
    "Classification",
    "Counting",
    "Deadlines",
    "Facts",
    "Kind",
    "ReportItem",
    "classify",
    "clock_in_japan",
    "day_in_japan",
    "draft",
    "reported_line",
    "summary",
]
