"""The mails of the benches: ordinary Japanese business mail, made from a seed, CRLF.

``4k`` is text alone, in ISO-2022-JP with dates, telephone and order numbers; ``100k`` and
``1m`` carry a CSV that has to be read. None holds a My Number.
"""

from __future__ import annotations

import base64
import random

_WORDS = (
    "本日の打ち合わせについてご連絡いたします。資料は添付のとおりです。"
    "ご確認をお願いいたします。電話番号は下記をご覧ください。請求書番号と注文番号を記載しました。"
)
_HEADER = (
    "From: Taro Yamada <taro@city.example.lg.jp>\r\nTo: hanako@partner.example.com\r\n"
    "Subject: =?ISO-2022-JP?B?GyRCO3FOQSROJDRBd0lVGyhC?=\r\n"
    "Date: Mon, 01 Jun 2026 09:00:00 +0900\r\nMessage-ID: <{id}@city.example.lg.jp>\r\n"
    "MIME-Version: 1.0\r\n"
)
SIZES = {"4k": 4096, "100k": 100_000, "1m": 1_000_000}


def mail(size: str) -> bytes:
    """One of the three mails, the same bytes every time."""
    rng = random.Random(7)
    header = _HEADER.format(id=rng.getrandbits(60)).encode()
    if size == "4k":
        kind = b"Content-Type: text/plain; charset=ISO-2022-JP\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        return header + kind + _text(rng, SIZES[size] - len(header) - len(kind))
    return header + _with_table(rng, SIZES[size] - len(header))


def _with_table(rng: random.Random, size: int) -> bytes:
    boundary = f"=_b{rng.getrandbits(32):08x}"
    head = (
        f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'
        "Content-Type: text/plain; charset=ISO-2022-JP\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    ).encode() + _text(rng, 4000)
    part = (
        f'\r\n--{boundary}\r\nContent-Type: text/csv; charset=UTF-8; name="data.csv"\r\n'
        'Content-Disposition: attachment; filename="data.csv"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    left = size - len(head) - len(part) - 60
    table = base64.encodebytes(_rows(rng, int(left / 1.3685))).replace(b"\n", b"\r\n")
    return head + part + table + f"--{boundary}--\r\n".encode()


def _text(rng: random.Random, size: int) -> bytes:
    lines: list[bytes] = []
    while sum(map(len, lines)) < size:
        kind = rng.random()
        if kind < 0.7:
            line = "".join(rng.choice(_WORDS) for _ in range(30))
        elif kind < 0.85:
            line = (
                f"Tel: 03-{rng.randrange(10**4):04d}-{rng.randrange(10**4):04d}  "
                f"order {rng.randrange(10**6):06d}  2026-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
            )
        else:
            line = (
                f"Please find invoice {rng.randrange(10**8):08d}, total {rng.randrange(10**6)} yen."
            )
        lines.append(line.encode("iso-2022-jp") + b"\r\n")
    return b"".join(lines)


def _rows(rng: random.Random, size: int) -> bytes:
    rows = ["品名,数量,単価,納期,担当\r\n"]
    length = 40
    while length < size:
        name = "".join(rng.choice(_WORDS) for _ in range(8))
        person = "".join(rng.choice(_WORDS) for _ in range(4))
        row = (
            f"{name},{rng.randrange(1, 500)},{rng.randrange(100, 99999)},"
            f"2026-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d},{person}\r\n"
        )
        rows.append(row)
        length += len(row.encode())
    return "".join(rows).encode()[:size].decode("utf-8", "ignore").encode()
