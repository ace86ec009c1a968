"""patterns: what an administrator wants to be found besides My Numbers.

Answers: ``Pattern`` (one detector, as policy writes it), ``Patterns`` (all of them, compiled:
``search`` a unit, then ``concluded`` once a mail) and the checksums by name.
Trusts: the administrator for the meaning of a pattern; RE2 for linear time on any text.
Fails: ``PatternError`` for a pattern that RE2 cannot take; never by a mail.
Secret: what matched lives in ``Patterns`` of one mail only, in memory.
"""

from gateway.patterns.checksums import CHECKSUMS
from gateway.patterns.pattern import Pattern, PatternError
from gateway.patterns.search import Hits, Patterns

__all__ = ["CHECKSUMS", "Hits", "Pattern", "PatternError", "Patterns"]
