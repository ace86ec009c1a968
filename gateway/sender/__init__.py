"""The sender's page: where a sender answers for a mail that waits, by a link and no account.

Answers: ``sender_page`` (the ASGI application) and ``Room`` (what it works with).
Trusts: a link's token to prove that whoever has it reads the sender's mailbox, and no more:
with a finding in the mail the desk lets nobody send it who has not signed in.
Fails: with a page that says what to do. A link that opens nothing, for whatever reason, gets
one and the same page. GET never acts, since mail scanners follow links.
Standards: CSP Level 3, Fetch Metadata, RFC 6454; OWASP ASVS 5.0 3.4, 3.5, 6.5.
"""

from __future__ import annotations

from gateway.sender.page import sender_page
from gateway.sender.room import Room

__all__ = ["Room", "sender_page"]
