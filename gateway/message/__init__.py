"""message: what a mail holds, and whether it can be read in one way only.

Answers: headers, leaves with their decoded bytes, meaningful texts, and every place
whose reading is in doubt; beside it the charset ladder, bytes to text.
Trusts: nothing.
Fails: never; what cannot be read, or in more than one way, is an ``Unread``.
"""

from gateway.message.mail import Leaf, Message
from gateway.message.parse import header_facts, parse

__all__ = ["Leaf", "Message", "header_facts", "parse"]
