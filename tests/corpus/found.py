"""What the engine finds in a carrier that is attached to a mail, one line each."""

from __future__ import annotations

import time
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP

from gateway.inspection.engine import inspect_now
from gateway.model import Confidence, Inspection, InspectionLimits
from tests.corpus.carrier import Carrier


def mail(carrier: Carrier) -> bytes:
    """A mail that has the carrier attached, and says nothing itself."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "a@city.example.lg.jp", "b@example.org", "files"
    made.set_content("See the attached file.\n")
    main, sub = (carrier.media_type or "application/octet-stream").split("/")
    made.add_attachment(carrier.content, main, sub, filename=carrier.file_name)
    return made.as_bytes()


def inspected(carrier: Carrier) -> Inspection:
    """Inspect a mail with the carrier attached."""
    return inspect_now(mail(carrier), InspectionLimits())


def verdict(carrier: Carrier, inspection: Inspection) -> str:
    """``found``, ``held`` (not found, but not read whole either), ``MISSED`` or ``FALSE``."""
    met = inspection.persons.at(Confidence.LIKELY)
    if not carrier.numbers:
        return "clean" if inspection.clean else "FALSE"
    if met >= len(carrier.numbers):
        return "found" if met == len(carrier.numbers) else "more"
    return "held" if inspection.unread else "MISSED"


def report(all_carriers: Iterable[Carrier]) -> None:
    """Print a line a carrier that is not simply found, and the sums."""
    sums: dict[str, int] = {}
    for carrier in all_carriers:
        started = time.perf_counter()
        inspection = inspected(carrier)
        took = time.perf_counter() - started
        told = verdict(carrier, inspection)
        sums[told] = sums.get(told, 0) + 1
        why = ", ".join(sorted({f"{u.reason}:{u.detail}" for u in inspection.unread}))
        if told not in ("found", "clean") or took > 1 or why:
            print(f"{told:7} {carrier.family:5} {carrier.kind:40} {took:6.2f} s  {why}")
    print(sums)
