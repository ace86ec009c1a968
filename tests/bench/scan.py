"""``python -m tests.bench scan``: detection alone, against searching the same text for digits.

Prose, digit-heavy logs and CSV, on one core; beside it ``bytes.count`` and a plain compiled
``re`` for twelve digits over the same buffer, which find less and judge nothing. Then the
inputs that a hostile sender would choose, each of a million bytes: seconds, and how much more
than for its first half (2.0: linear).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import replace

from gateway.detect import Context, candidates
from gateway.model import Delimited, Place, Prose
from gateway.sandbox.forks import settle_collector
from tests.numbers import grouped, my_numbers

PLACE = Place(("1",))
SIZE = 1_000_000
ROUNDS = 5
_TWELVE = re.compile(rb"(?<![0-9])[0-9]{12}(?![0-9])")


def main() -> None:
    settle_collector()  # as workers do
    texts = {"prose": prose(), "log": log(), "csv": csv(), "csv of orders": orders()}
    for name, unit in texts.items():
        assert isinstance(unit, (Prose, Delimited))
        raw = unit.text.encode()
        ours = _best(lambda unit=unit: candidates(unit, Context()))  # type: ignore[misc]
        plain = _best(lambda raw=raw: _TWELVE.findall(raw))  # type: ignore[misc]
        count = _best(lambda raw=raw: raw.count(b"0"))  # type: ignore[misc]
        print(
            f"{name:>13}  {len(raw) / ours / 1e6:8.1f} MB/s   re {len(raw) / plain / 1e6:8.1f}"
            f"   bytes.count {len(raw) / count / 1e6:8.1f}   {plain / ours:5.2f} of re"
        )
    for name, unit in hostile().items():
        took = [
            _best(lambda part=part: candidates(part, Context()), 1) for part in (_half(unit), unit)
        ]  # type: ignore[misc]
        print(f"{name:>32}  {took[1]:6.2f} s   {took[1] / took[0]:5.1f} of its half")


def _half(unit: Prose | Delimited) -> Prose | Delimited:
    return replace(unit, text=unit.text[: len(unit.text) // 2])


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


def orders() -> Delimited:
    """The same with a number of twelve digits in each row: each of them is weighed."""
    rng = random.Random(5)
    rows = [
        f"{n},{rng.randrange(10**11, 10**12)},2026-11-21,{rng.randrange(10**5)},品名"
        for n in range(SIZE // 45)
    ]
    return Delimited(PLACE, "番号,注文番号,日付,金額,品名\n" + "\n".join(rows), ",")


def hostile() -> dict[str, Prose | Delimited]:
    """Inputs that a linear reader reads in well under a second, each of a million bytes."""
    return {name: Prose(PLACE, text) for name, text in _hostile_texts().items()} | {
        name: Delimited(PLACE, text, ",") for name, text in _hostile_tables().items()
    }


def _numbers() -> list[str]:
    rng = random.Random(3)
    return [f"{rng.randrange(10**11, 10**12)}" for _ in range(SIZE // 13)]


def _valid() -> list[str]:
    return my_numbers(4, SIZE // 13)


def _filled(piece: str) -> str:
    """A million bytes of the same."""
    return piece * (SIZE // len(piece.encode()))


def _hostile_texts() -> dict[str, str]:
    numbers, valid = _numbers(), _valid()
    kanji = str.maketrans("0123456789", "〇一二三四五六七八九")
    circled = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
    return {
        "numbers": "\n".join(numbers),
        "numbers, named": "個人番号\n" + "\n".join(numbers),
        "valid numbers": "\n".join(valid),
        "valid numbers, named": "個人番号\n" + "\n".join(valid),
        "valid numbers, 4-4-4": "\n".join(map(grouped, valid[: SIZE // 15])),
        "valid numbers on one line": " ".join(valid),
        "valid in kanji": "、".join(n.translate(kanji) for n in valid[: SIZE // 39]),
        "valid in circles": "、".join(n.translate(circled) for n in valid[: SIZE // 39]),
        "valid, zero width between": "\n".join("\u200b".join(n) for n in valid[: SIZE // 46]),
        "digits only": _filled("1"),
        "one digit a line": _filled("1\n2\n3\n"),
        "one digit a line, named": "個人番号\n" + _filled("1\n2\n3\n"),
        "digits and blanks, named": "個人番号 " + _filled("12 "),
        "kanji digits": _filled("一二三〇"),
        "circled digits": _filled("①②③"),
        "bullets and digits": _filled("①1"),
        "zero width between, named": "個人番号" + _filled("1\u200b2\u200b"),
        "every separator, named": "個人番号 " + _filled("1-2 3.4_5・6/7,8|9~0=1の2ー3"),
        "fours and every separator": _filled("1234-5678 9018.1234_5678/9018,"),
        "separators only": "個人番号1" + _filled("-"),
        "commas, named": "個人番号" + _filled("1,"),
        "labels only": _filled("個人番号"),
        "labels and digits": _filled("個人番号1"),
        "letters like digits": "個人番号 " + _filled("O1l0"),
        "names": _filled("山田太郎昭和50年1月1日 123456789018 "),
    }


def _hostile_tables() -> dict[str, str]:
    numbers, valid = _numbers(), _valid()
    wide = ("x," * 9 + "12345678\n") * 10_000
    return {
        "csv: numbers": "\n".join(numbers),
        "csv: numbers, named": "個人番号,x\n" + ",a\n".join(numbers[: SIZE // 15]),
        "csv: valid numbers": "\n".join(valid),
        "csv: valid numbers, named": "個人番号,x\n" + ",a\n".join(valid[: SIZE // 15]),
        "csv: four columns of valid": "\n".join(
            map(",".join, zip(*[iter(valid)] * 4, strict=False))
        ),
        "csv: one wide row, named": "個人番号," + ",".join(numbers),
        "csv: a label in each row": _filled("個人番号,1,123456789018\n"),
        "csv: boxes, named": "個人番号\n" + _filled("1,2,3,4,5,6,7,8,9,0,1,8\n"),
        "csv: fours, named": "個人番号\n" + _filled("1234,5678,9018,"),
        "csv: 100,000 cells, named": "個人番号\n" + wide,
        "csv: one digit a cell, one row": "個人番号," + _filled("1,"),
    }


if __name__ == "__main__":
    main()
