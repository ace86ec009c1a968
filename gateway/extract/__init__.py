"""extract: what stands in a part, in the shape that detection needs.

Answers: prose, tables and fields with their places, members to be read in turn, and
what could not be read and why. One module a family of formats, all with two verbs.
Trusts: nothing; the families with native parsers run in a worker only.
Fails: never by an exception of a parser; that is an ``Unread``.
"""

from gateway.extract.registry import read, warm
from gateway.extract.sample import Decode, Member, Reader, Sample, Yielded
from gateway.extract.sniff import media_type

__all__ = ["Decode", "Member", "Reader", "Sample", "Yielded", "media_type", "read", "warm"]
