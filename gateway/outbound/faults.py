"""What can go wrong on the wire out before the dot, and what the client is then told.

Answers: one error for each kind of trouble, all of them ``NextHopError`` and all temporary:
the mail is not at fault, so nothing here may ever become a 5xx (law 2).
Trusts: nothing. An error's text is ours; what the next hop said is never part of it.
Fails: never.

::

    NextHopError            451 4.4.1  not reached, hung up, said 421, or was too slow
    ├── ProtocolFaultError  451 4.3.0  what it said is no SMTP, or not its turn to say
    └── TlsFaultError       451 4.7.5  no encryption, or not with whom it should be

451 4.4.2 is kept for the one case where the mail may have arrived (``Fate.UNKNOWN``).
"""

from __future__ import annotations

from gateway.errors import NextHopError
from gateway.model import Reply


class ProtocolFaultError(NextHopError):
    """The next hop's words cannot be paired with our commands any more."""

    reply = Reply(451, "4.3.0", "Unexpected answer from the mail server behind the gateway")


class TlsFaultError(NextHopError):
    """The connection is not encrypted as it must be; nothing goes over it in clear."""

    reply = Reply(451, "4.7.5", "No secure connection to the mail server behind the gateway")
