"""What one mail may cost to read (floor 0, see ``model``).

Answers: ``InspectionLimits``, each limit with its unit and its default.
Fails: never; a limit that is met becomes an ``Unread``, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InspectionLimits:
    """What one mail may cost. Every limit met is an ``Unread`` with reason ``limit``."""

    depth: int = 8  # containers within containers
    parts: int = 1000  # parts and members in the whole mail
    part_bytes: int = 100 * 1024 * 1024  # one unpacked part
    total_bytes: int = 400 * 1024 * 1024  # everything unpacked, whole mail
    ratio: int = 200  # unpacked : packed, looked at above 10 MB
    cells: int = 5_000_000  # table cells, whole mail
    text_chars: int = 50_000_000  # text handed to detection, whole mail
    pages: int = 2000  # pages of one document
    rendered_pages: int = 50  # pages of one document drawn for the picture reader
    header_bytes: int = 256 * 1024
    headers: int = 1000  # header lines of one part
    views_bytes: int = 5 * 1024 * 1024  # a mail up to this size is read in its other views
    inprocess_bytes: int = 64 * 1024  # plain text up to this size is read in-process
    inprocess_numbers_bytes: int = 4 * 1024  # the same where a glance sees digits to look into
    picture_seconds: float = 15.0  # processor time for the pictures of the whole mail
    picture_pixels: int = 50_000_000  # of one frame, before it is unpacked
    picture_frames: int = 200  # frames or pages of one picture
    known_pictures: int = 500  # pictures remembered to hold no number; 0: none
    inside_domains: int = 1000  # domains of addresses inside a mail that are judged
