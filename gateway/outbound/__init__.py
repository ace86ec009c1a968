"""The wire out: what leaves for the next hop, and what comes back from it.

Answers: ``client`` lends a connection and ``transaction`` says exactly what became of one
mail on it; below them ``dial`` opens and encrypts, ``wire`` pairs commands and replies,
``replies`` takes replies apart, ``content`` stuffs dots. ``worker`` delivers what the
durable queue holds (released mail, notices, DSNs) with retries; ``dsn`` composes the
non-delivery notice.
Trusts: the configured next hop to keep what it accepted with 250; nothing it says beyond
RFC 5321's grammar.
Fails: before the final dot surely undelivered (``faults``, or FAILED), after it UNKNOWN;
never a second try of its own once DATA began.
"""
