"""The console: pages for handlers and auditors, rendered here; no act needs a script.

Answers: ``ConsoleServer`` (the listener), ``console`` (the ASGI application), ``Settings``.
Trusts: the store, whose strings from mails are masked; its own templates, which escape
every value; nothing that a browser sends.
Fails: with a page that says what to do and no word of an exception. A page whose view
cannot be recorded is not shown.
A mail is opened by ``Mailroom`` alone, recorded first, and read in workers.
Standards: OWASP ASVS 5.0 chapters 3, 6, 7; RFC 6265bis (``__Host-``, SameSite); WCAG 2.2.
"""

from __future__ import annotations

from gateway.console.app import console
from gateway.console.mailroom import Mailroom
from gateway.console.server import ConsoleServer
from gateway.console.settings import Room, Settings

__all__ = ["ConsoleServer", "Mailroom", "Room", "Settings", "console"]
