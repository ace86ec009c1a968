"""What mails may use and cost: ``[limits]`` and ``[sandbox]`` of ``config.toml``.

Answers: ``Limits`` and ``Sandbox``, parts of ``gateway.config.Config``; the descriptions are the
documentation.
Trusts: the administrator, and only after checking what was written.
Fails: as ``gateway.config`` does, with every problem at its place.
"""

from __future__ import annotations

from typing import Literal

from gateway import units
from gateway.model import InspectionLimits
from gateway.toml_model import TomlModel, setting

WorkerLayer = Literal["limits", "namespaces", "empty-root", "landlock", "seccomp"]


class ReadingLimits(TomlModel):
    """[limits.inspection]: what one mail may cost; a limit met is reported as not read."""

    depth: int = setting(8, "Containers within containers; honest mail has 2 or 3.", ge=1, le=50)
    parts: int = setting(1000, "Parts and members in the whole mail.", ge=1)
    part_size: units.Size = setting("100MB", "One part, unpacked.")
    total_size: units.Size = setting("400MB", "Everything in a mail, unpacked.")
    ratio: int = setting(200, "Unpacked to packed, above 10 MB; a zip bomb has 1000.", ge=10)
    cells: int = setting(5_000_000, "Table cells in the whole mail.", ge=1000)
    text_chars: int = setting(50_000_000, "Characters of text in the whole mail.", ge=1000)
    pages: int = setting(2000, "Pages of one document.", ge=1)
    rendered_pages: int = setting(
        50,
        "Pages of one document that are looked at: scans, and pages with pictures or letters in "
        "outlines that were not met on a page before. Default: reading them takes a worker "
        "about as long as it has.",
        ge=0,
    )
    header_size: units.Size = setting("256KB", "Header of one part.")
    headers: int = setting(1000, "Header lines of one part.", ge=10)
    views_size: units.Size = setting(
        "5MB",
        "An ambiguous mail up to this size is read in every other way, too; "
        "some seconds of work at this size.",
    )
    inprocess_size: units.Size = setting(
        "64KB", "Plain text up to this size is read without a worker: that takes below 1 ms."
    )
    picture_time: units.Duration = setting(
        "15s",
        "Processor time for reading all pictures of a mail (OCR); a scanned page takes about 1 s, "
        "a logo 0.1 s. Default: half of limits.workers.cpu, so that the other parts have theirs.",
    )
    picture_pixels: int = setting(
        50_000_000,
        "Dots of one picture or page; A4 at 600 dpi has 35 million, and each takes a worker "
        "3 to 6 bytes.",
        ge=10_000,
    )
    picture_frames: int = setting(200, "Frames of one animation, pages of one TIFF.", ge=1)
    known_pictures: int = setting(
        500,
        "Pictures that each gateway process remembers to hold no number, so that a signature's "
        "logo is read once. Default: the logos and seals of an office. 0: read every one anew.",
        ge=0,
        le=10_000,
    )
    inside_domains: int = setting(
        1000,
        "Different domains of addresses inside a mail that are judged (address_inside); those "
        "beyond are not. Default: more than a long list of correspondents has.",
        ge=0,
        le=100_000,
    )
    inprocess_numbers_size: units.Size = setting(
        "4KB",
        "The same where a glance sees digits that must be looked into: a full page of numbers "
        "would keep all other connections waiting, for 10 ms at this size.",
    )

    def as_model(self) -> InspectionLimits:
        """The limits as the engine takes them."""
        return InspectionLimits(
            depth=self.depth,
            parts=self.parts,
            part_bytes=self.part_size,
            total_bytes=self.total_size,
            ratio=self.ratio,
            cells=self.cells,
            text_chars=self.text_chars,
            pages=self.pages,
            rendered_pages=self.rendered_pages,
            header_bytes=self.header_size,
            headers=self.headers,
            views_bytes=self.views_size,
            inprocess_bytes=self.inprocess_size,
            picture_seconds=self.picture_time.total_seconds(),
            picture_pixels=self.picture_pixels,
            picture_frames=self.picture_frames,
            known_pictures=self.known_pictures,
            inside_domains=self.inside_domains,
            inprocess_numbers_bytes=self.inprocess_numbers_size,
        )


class Workers(TomlModel):
    """[limits.workers]: the hardened processes that read attachments."""

    count: units.Count = setting(
        "auto", 'Warm workers of each gateway process; "auto" is one a core.'
    )
    memory: units.Size = setting(
        "1GB",
        "Address space that one mail may take in a worker, beside what is loaded at start; a "
        "large PDF takes 300MB.",
    )
    cpu: units.Duration = setting("30s", "Processor time for one mail.")
    wall: units.Duration = setting(
        "40s",
        "Time for one mail by the clock; below smtp.timers.inspect, so that a slow part "
        'becomes "not read" instead of a temporary refusal of the whole mail.',
    )
    part: units.Duration = setting(
        "25s",
        "Time for one part by the clock; then the mail is read again without it. Below wall, "
        "so that time is left for the other parts.",
    )
    losses: int = setting(
        3,
        "Parts of one mail that may cost a worker each, by time, memory or a crash; after that "
        "the whole mail is not read. Honest mail costs none.",
        ge=0,
        le=100,
    )


class Sandbox(TomlModel):
    """[sandbox]: the walls around the workers."""

    require: tuple[WorkerLayer, ...] = setting(
        ["limits", "seccomp"],
        "Walls without which the gateway does not start (exit status 78), any of limits, "
        "namespaces, empty-root, landlock and seccomp; all that the machine gives are put up. "
        "Default: the two that every Linux has, and that hold alone. []: start in any case.",
        strict=False,
    )


class Locked(TomlModel):
    """[limits.locked]: encrypted mails kept in memory until their password comes."""

    keep: units.Duration = setting(
        "30m",
        "A parked mail with an encrypted file waits so long in the gateway's memory for a later "
        "mail that tells its password. Default: a password follows within minutes.",
    )
    memory: units.Size = setting(
        "100MB",
        "What these mails may take of each gateway process; the oldest goes first. Default: ten "
        "of usual size. 0B: none is kept, and no second look is taken.",
    )
    letter: units.Size = setting(
        "64KB",
        "A later mail up to this size is searched for a password, in the gateway process itself.",
    )
    mails_per_sender: int = setting(
        5, "Mails of one sender that are kept at once; each is read anew.", ge=1, le=100
    )


class Limits(TomlModel):
    """[limits]: what a client, a mail and a worker may use."""

    message: units.Size = setting("50MB", "One mail as received; told to clients with SIZE.")
    connections: int = setting(1000, "Open connections in all.", ge=1, le=100_000)
    connections_per_client: int = setting(
        100,
        "Open connections from one address; mail servers listed in smtp.allowed_clients may "
        "need more.",
        ge=1,
        le=100_000,
    )
    in_flight: units.Size = setting(
        "500MB",
        "Mails received and not yet answered, in all; beyond it 452, and the client tries again. "
        "Default: ten of the largest. Each takes about three times its size in memory.",
    )
    in_flight_per_client: units.Size = setting(
        "300MB",
        "The same for one client's address. Default: room for the others, while one busy mail "
        "server may send six of the largest at once.",
    )
    inspection: ReadingLimits = setting({}, "What one mail may cost to read.")
    workers: Workers = setting({}, "The processes that read attachments.")
    locked: Locked = setting({}, "Encrypted mails that wait for their password.")
