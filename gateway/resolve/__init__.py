"""resolve: what the domain name system says of a recipient's domain that names leave in doubt.

Answers: ``Witness.testify`` adds DNS evidence to judged recipients, ``Lookup`` asks and
remembers, ``weigh`` says what an answer means. Asked for look-alikes and first-time names only.
Trusts: the site's own resolver, and no answer enough to let an alarm pass: an answer can raise
a suspicion, lower it to a question to the sender, or tell that a name takes no mail.
Fails: never; without an answer in time the judgement by names stands, and ``dns`` says
``unknown``. No server is connected to: asking a typo's mail server would leak by itself.
Standards: RFC 5321 5.1 (MX, implicit MX), RFC 7505 (null MX), RFC 2308 (negative answers).
"""

from gateway.resolve.answers import Mail, Route
from gateway.resolve.lookup import Lookup, LookupSettings
from gateway.resolve.weigh import weigh
from gateway.resolve.witness import Witness

__all__ = ["Lookup", "LookupSettings", "Mail", "Route", "Witness", "weigh"]
