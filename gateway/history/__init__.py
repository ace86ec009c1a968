"""history: earlier mail from elsewhere, and what the policy would have made of it.

Answers: ``gather`` (files of a mail server's log or of an address book, as months of sending),
``shadow`` (what would have been asked, held or blocked, and whom to trust); ``rehearse`` (what
an edited policy would have done to the mail that the journal knows).
Trusts: a log as far as its lines look like Postfix's; addresses not at all.
Fails: ``DataError`` for a file that cannot be read or is too much; a line that is not
understood is passed over.
"""

from gateway.history.files import Gathered, gather
from gateway.history.rehearsal import Change, Line, Rehearsal, Sides, rehearse
from gateway.history.shadow import Flagged, Partner, Report, Tried, shadow

__all__ = [
    "Change",
    "Flagged",
    "Gathered",
    "Line",
    "Partner",
    "Rehearsal",
    "Report",
    "Sides",
    "Tried",
    "gather",
    "rehearse",
    "shadow",
]
