"""The wire out: what leaves for the next hop, and what comes back from it.

Answers: ``client`` hands one mail to the next hop and says exactly what became of it;
``worker`` delivers what the durable queue holds (released mail, notices, DSNs) with
retries; ``dsn`` composes the non-delivery notice.
Trusts: the configured next hop to keep what it accepted with 250; nothing it says beyond
RFC 5321's grammar.
Fails: before the final dot surely undelivered (``NextHopError`` or FAILED), after it
UNKNOWN; never a second try of its own once DATA began.
"""
