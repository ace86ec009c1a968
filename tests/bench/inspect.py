"""``python -m tests.bench inspect``: what the engine alone costs for the three bench mails."""

from __future__ import annotations

import statistics
import time

from gateway.inspection import inspect_now, inspect_plain
from gateway.model import InspectionLimits
from tests.bench.mails import SIZES, mail

LIMITS = InspectionLimits()
SECONDS = 2.0


def main() -> None:
    for size in SIZES:
        content = mail(size)
        read = inspect_plain if size == "4k" else inspect_now
        found = read(content, LIMITS)
        assert found is not None
        assert found.clean, (found.findings, found.unread)
        times = []
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            start = time.process_time()
            read(content, LIMITS)
            times.append((time.process_time() - start) * 1000)
        print(
            f"{size:>5}  {len(content):>8} bytes  median {statistics.median(times):8.3f} ms CPU"
            f"  p99 {sorted(times)[int(len(times) * 0.99)]:8.3f} ms  ({len(times)} runs)"
        )


if __name__ == "__main__":
    main()
