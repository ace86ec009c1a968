"""Which role may do which act and see which page: one table for code, docs and tests.

Answers: ``Right``, ``GRANTS`` and ``may``. The console's pages, its API and the desk ask the
same table; docs/accounts.md is made from it, and a test goes through every cell.
Trusts: nothing. What is not granted here is refused; a right that no row names is nobody's.
Fails: never.
Standards: OWASP ASVS 5.0 8.1.1 and 8.2.1 (rules of access documented, held on the server).
Four eyes stand beside it, in ``gateway.desk.people``: a right is never enough to decide on
one's own mail or to approve twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What an account is for. One role an account: whoever needs two has two accounts."""

    HANDLER = "handler"  # 対応担当者: looks into parked mail and decides on it
    APPROVER = "approver"  # 承認者: as a handler, and what needs a second or higher hand
    ADMINISTRATOR = "administrator"  # 管理者: accounts and set-up; sees no mail
    AUDITOR = "auditor"  # 監査担当者: sees all records, no content, and changes nothing


class Right(StrEnum):
    """One act or one kind of page."""

    OVERVIEW = "overview"
    VIEW_HOLDS = "view-holds"  # who, to whom, why; no content
    VIEW_CONTENT = "view-content"  # the mail itself with its digits masked
    UNMASK = "unmask"
    DOWNLOAD = "download"
    RELEASE = "release"
    COUNTERSIGN = "countersign"  # the last approval where a rule asks for two or more
    REJECT = "reject"
    CORRECT = "correct"
    ASSIGN = "assign"
    COMMENT = "comment"
    EXTEND = "extend"
    VIEW_INCIDENTS = "view-incidents"
    HANDLE_INCIDENTS = "handle-incidents"
    VIEW_JOURNAL = "view-journal"
    VIEW_AUDIT = "view-audit"
    EXPORT_RECORDS = "export-records"
    RECORD_REVIEW = "record-review"
    VIEW_POLICY = "view-policy"
    TRY_OUT = "try-out"
    VIEW_ACCOUNTS = "view-accounts"
    MANAGE_ACCOUNTS = "manage-accounts"
    OWN_ACCOUNT = "own-account"


_EVERYBODY = frozenset(Role)
_DESK = frozenset({Role.HANDLER, Role.APPROVER})
_APPROVER = frozenset({Role.APPROVER})
_AUDITOR = frozenset({Role.AUDITOR})
_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})

GRANTS: Mapping[Right, frozenset[Role]] = {
    Right.OVERVIEW: _EVERYBODY,
    Right.VIEW_HOLDS: _DESK | _AUDITOR,
    Right.VIEW_CONTENT: _DESK,
    Right.UNMASK: _APPROVER,
    Right.DOWNLOAD: _APPROVER,
    Right.RELEASE: _DESK,
    Right.COUNTERSIGN: _APPROVER,
    Right.REJECT: _DESK,
    Right.CORRECT: _DESK,
    Right.ASSIGN: _DESK,
    Right.COMMENT: _DESK,
    Right.EXTEND: _DESK,
    Right.VIEW_INCIDENTS: _DESK | _AUDITOR,
    Right.HANDLE_INCIDENTS: _DESK,
    Right.VIEW_JOURNAL: _DESK | _AUDITOR,
    Right.VIEW_AUDIT: _AUDITOR,
    Right.EXPORT_RECORDS: _AUDITOR,
    Right.RECORD_REVIEW: _AUDITOR,
    Right.VIEW_POLICY: _EVERYBODY,
    Right.TRY_OUT: _DESK | _ADMINISTRATOR,
    Right.VIEW_ACCOUNTS: _ADMINISTRATOR | _AUDITOR,
    Right.MANAGE_ACCOUNTS: _ADMINISTRATOR,
    Right.OWN_ACCOUNT: _EVERYBODY,
}


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right."""
    return role in GRANTS.get(right, frozenset())


def rights_of(role: Role) -> frozenset[Right]:
    """Return everything that a role may do."""
    return frozenset(right for right in Right if may(role, right))
