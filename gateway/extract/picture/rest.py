"""What stands in a picture's file and belongs to no picture: behind it, or between its parts.

Answers: ``left_over``: a file of a kind that is read, wherever it begins there, as a member; of
all else the words. What writers leave behind (tables that were written anew, what a camera
notes) is no file of anybody's, and its words are all that there is to it.
Trusts: nothing. Up to ``_MOST_UNKNOWN`` bytes of no known kind count as read by their words:
of 354 TIFFs by other programs 20 have such leftovers, of 11 KB at the most. More than that is a
member of its own, which nobody reads, and so is named.
Fails: never.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.extract import foreign
from gateway.extract.glued import whole_file_in
from gateway.extract.iso_boxes import Stretch, unpadded
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sheet.records import words
from gateway.extract.sniff import media_type
from gateway.model import Place, Prose

BEHIND, BESIDE = "behind the picture", "beside the picture"
_LEAST = 12  # bytes that could hold a number
_MOST_UNKNOWN = 64 * 1024  # of all stretches of one file together
_MOST_STRETCHES = 50  # that are looked at one by one; of those behind only the words are read


def left_over(
    sample: Sample, stretches: Iterable[Stretch], *, bounded: bool = True
) -> Iterator[Yielded]:
    """Yield what is to be read of the bytes that belong to no picture.

    Args:
        bounded: whether much of no known kind is named; a program's own block may be as long as
            it likes.
    """
    size = len(sample.content)
    wholes, leavings = list[Member](), list[tuple[Place, bytes]]()
    for number, (start, end) in enumerate(stretches):
        place = sample.place / (BEHIND if end >= size else BESIDE)
        rest = unpadded(sample.content[start:end])
        if len(rest.rstrip(b"\0")) < _LEAST:
            continue
        at = _begins(sample, rest) if number < _MOST_STRETCHES else len(rest)
        if at < len(rest):
            wholes.append(Member(place, "", rest[at:]))
        if at >= _LEAST:
            leavings.append((place, rest[:at]))
    yield from wholes
    if bounded and sum(len(raw) for _, raw in leavings) > _MOST_UNKNOWN:
        yield from (Member(place, "", raw) for place, raw in leavings)
        return
    for place, raw in leavings:
        if said := dict.fromkeys((*words(raw, "utf-8"), *words(raw, "cp932"))):
            yield Prose(place, "\n".join(said))


def _begins(sample: Sample, rest: bytes) -> int:
    """Where a file begins that somebody here reads, or knows by its first bytes."""
    if _known(sample, rest):
        return 0
    return whole_file_in(rest)


def _known(sample: Sample, rest: bytes) -> bool:
    from gateway.extract.registry import families  # which knows this room's reader, too

    kind = media_type(rest)
    trial = Sample(sample.place, "", "", "", rest, kind, sample.decode)
    return bool(foreign.by_signature(rest)) or any(
        reader.recognises(trial) for name, reader in families() if name != "foreign"
    )
