"""Accounts and sessions as ``users`` prints them: a row of JSON, or a line.

Answers: ``user_row`` and ``session_row``, in whose times programs find their offset;
``user_line`` and ``session_line``, for people, in Japan's time.
Trusts: the store. Fails: never.
"""

from __future__ import annotations

from datetime import datetime

from gateway.incident import clock_in_japan, day_in_japan
from gateway.store import Session, User


def user_row(user: User, now: datetime) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role.value,
        "state": user.state(now),
        "language": user.language,
        "addresses": list(user.addresses),
        "person": user.person,
        "departments": list(user.departments),
        "second_factor": user.second_factor,
        "single_sign_on": user.single_sign_on,
        "created": _iso(user.created_at),
        "granted_until": _iso(user.granted_until),
        "disabled": _iso(user.disabled_at),
    }


def session_row(session: Session) -> dict[str, object]:
    return {
        "session": session.session_id,
        "opened": _iso(session.opened_at),
        "seen": _iso(session.seen_at),
        "ends": _iso(session.ends_at),
        "client": session.client,
        "by": list(session.proved_by),
    }


def session_line(session: Session) -> str:
    times = (session.opened_at, session.seen_at, session.ends_at)
    shown = (session.session_id, *map(clock_in_japan, times), session.client)
    return "  ".join((*shown, ", ".join(session.proved_by)))


def user_line(user: User, now: datetime) -> str:
    until = day_in_japan(user.granted_until) if user.granted_until else ""
    marks = " 2fa" if user.second_factor else ""
    theirs = ", ".join((*user.departments, *user.addresses))
    return f"{user.name:<20} {user.role:<13} {user.state(now):<8} {until}{marks}  {theirs}".rstrip()


def _iso(at: datetime | None) -> str | None:
    return at.astimezone().isoformat(timespec="seconds") if at else None
