"""``python -m tests.bench scan``: detection alone, against searching the same text for digits.

Prose, digit-heavy logs and CSV, on one core; beside it ``bytes.count`` and a plain compiled
``re`` for twelve digits over the same buffer, which find less and judge nothing. Then the
inputs that a hostile sender would choose, each of a million characters.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

from gateway.detect import Context, candidates
from gateway.model import Delimited, Place, Prose, Unit
from tests.numbers import my_numbers

PLACE = Place(("1",))
SIZE = 1_000_000
ROUNDS = 5
_TWELVE = re.compile(rb"(?<![0-9])[0-9]{12}(?![0-9])")


def main() -> None:
    for name, unit in {"prose": prose(), "log": log(), "csv": csv()}.items():
        assert isinstance(unit, (Prose, Delimited))
        raw = unit.text.encode()
        ours = _best(lambda unit=unit: candidates(unit, Context()))  # type: ignore[misc]
        plain = _best(lambda raw=raw: _TWELVE.findall(raw))  # type: ignore[misc]
        count = _best(lambda raw=raw: raw.count(b"0"))  # type: ignore[misc]
        print(
            f"{name:>6}  {len(raw) / ours / 1e6:8.1f} MB/s   re {len(raw) / plain / 1e6:8.1f}"
            f"   bytes.count {len(raw) / count / 1e6:8.1f}   {plain / ours:5.2f} of re"
        )
    for name, unit in hostile().items():
        print(f"{name:>28}  {_best(lambda unit=unit: candidates(unit, Context()), 1):6.2f} s")  # type: ignore[misc]


def _best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return max(min(times), 1e-9)


def prose() -> Prose:
    line = "打合せは2026年11月21日 14:00、電話 03-1234-5678、請求書 12345678、金額 1,234,567円です。よろしくお願いいたします。\n"
    return Prose(PLACE, line * (SIZE // len(line.encode())))


def log() -> Prose:
    rng = random.Random(1)
    lines = [
        f"2026-11-21T09:{n % 60:02d}:00+09:00 host{n % 7} GET /a/{rng.randrange(10**8)} 200 {rng.randrange(10**6)}"
        for n in range(SIZE // 64)
    ]
    return Prose(PLACE, "\n".join(lines))


def csv() -> Delimited:
    rng = random.Random(2)
    rows = [
        f"{n},{rng.randrange(10**8)},2026-11-21,{rng.randrange(10**5)},{rng.randrange(10**10)},品名"
        for n in range(SIZE // 45)
    ]
    return Delimited(PLACE, "番号,顧客,日付,数量,金額,品名\n" + "\n".join(rows), ",")


def hostile() -> dict[str, Unit]:
    """Inputs that a linear reader reads in well under a second."""
    rng = random.Random(3)
    numbers = [f"{rng.randrange(10**11, 10**12)}" for _ in range(76_000)]
    mine = my_numbers(4, 500)
    return {
        "numbers csv": Delimited(PLACE, "\n".join(numbers), ","),
        "numbers prose": Prose(PLACE, "\n".join(numbers)),
        "labelled numbers prose": Prose(PLACE, "個人番号\n" + "\n".join(numbers)),
        "labelled numbers csv": Delimited(PLACE, "個人番号,x\n" + ",a\n".join(numbers), ","),
        "valid numbers csv": Delimited(PLACE, "\n".join(mine * 150), ","),
        "digits only": Prose(PLACE, "1" * SIZE),
        "digits and blanks, named": Prose(PLACE, "個人番号 " + "12 " * (SIZE // 3)),
        "separators only": Prose(PLACE, "個人番号1" + "-" * SIZE),
        "commas, named": Prose(PLACE, "個人番号" + "1," * (SIZE // 2)),
        "labels only": Prose(PLACE, "個人番号" * (SIZE // 4)),
        "labels and digits": Prose(PLACE, "個人番号1" * (SIZE // 5)),
        "labels csv": Delimited(PLACE, "個人番号,1,123456789018\n" * (SIZE // 20), ","),
        "one wide row": Delimited(PLACE, "個人番号," + "123456789012," * (SIZE // 13), ","),
        "boxes": Delimited(PLACE, "個人番号\n" + "1,2,3,4,5,6,7,8,9,0,1,8\n" * (SIZE // 24), ","),
        "letters like digits": Prose(PLACE, "個人番号 " + "O1l0" * (SIZE // 4)),
        "names": Prose(PLACE, "山田太郎昭和50年1月1日 123456789018 " * (SIZE // 32)),
    }


if __name__ == "__main__":
    main()
