"""Notices: mails of ours that tell people what became of a mail, and what to do.

Answers: a whole mail for the durable queue, for the sender inside the organisation or
for the handlers; ``None`` where nobody may be told.
Trusts: nothing taken from a mail: every such string is cleaned and masked here, and
escaped in HTML. A link leads to a page of the console and never acts by being opened.
Fails: never for values of the model; a missing sentence is a ``KeyError`` that a test of
the catalogues finds first.
Standards: RFC 3834 (automatic mail: null reverse-path, Auto-Submitted), RFC 2046
(multipart/alternative).
"""

from gateway.notify.configured import notices_of
from gateway.notify.notices import Notices, NotifySettings

__all__ = ["Notices", "NotifySettings", "notices_of"]
