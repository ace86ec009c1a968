"""Every notice we write.

Answers: ``Notices``: those on arrival (``arrival``) and those after it (``since``), one method
each. Who may be told, and how a letter becomes a mail, is ``writing``.
Trusts: the settings. Fails: never; ``None`` where nobody may be told.
"""

from __future__ import annotations

from gateway.notify.arrival import Arrival
from gateway.notify.arrival import Lines as Lines
from gateway.notify.since import Since
from gateway.notify.writing import NotifySettings as NotifySettings


class Notices(Arrival, Since):
    """Writes all of them."""
