"""Recipients: what is a recipient's domain to this organisation, and was it meant?

Answers: a class for every recipient (internal, trusted, known, first-time, freemail,
look-alike, invalid) and, for a look-alike, the name that was meant with the corrected
address. Judging is pure and synchronous: names, lists and history only.
Trusts: the administrator's lists and the history handed in; an address not at all.
Fails: never; what cannot be read is ``invalid``, and no failure turns an alarm into a pass.
Path of one judgement: ``normalise`` → ``names`` → ``directory`` → ``lookalike`` (with ``known``,
``structural``, ``slips`` and ``channel``) → ``judgement``; ``local_part`` asks about the person.
"""

from gateway.recipients.directory import Directory, TrustedName
from gateway.recipients.judgement import judge
from gateway.recipients.normalise import read_address


def domain_of(address: str) -> str:
    """The normalised domain of an address, as history knows it; "" for a malformed one."""
    return read_address(address).domain.name


__all__ = ["Directory", "TrustedName", "domain_of", "judge"]
