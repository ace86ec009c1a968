"""What is known of one recipient beside its name: values that history hands to the judgement.

Answers: ``Evidence``; everything in it is empty where nothing is known, and judging by an
empty one is judging by names alone.
Trusts: whoever fills it (the organisation's own sending history); never the address.
Fails: never; it is data. It comes from addresses, so ``repr`` shows no name.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Evidence:
    """Our own earlier mail around one recipient. Looked up for strangers only."""

    sent: int = 0  # mails to this very domain, by anybody here
    days: int = 0  # from the first of them to the last, both counted; 0 for none
    senders: int = 0  # how many different people here sent them
    bounced: int = 0  # of the mails to this domain, as far as an imported log tells
    here: frozenset[str] = field(default=frozenset(), repr=False)  # local parts known there
    elsewhere: frozenset[str] = field(default=frozenset(), repr=False)
    # ^ other domains at which this very local part was written to (taro@exp.co.jp for
    #   taro@exp.com): the one known name that was meant, when it is among them


NO_EVIDENCE = Evidence()
