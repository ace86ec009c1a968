"""The sample mails of the demonstration, with real attachments and made-up numbers.

Answers: the mails, made from a seed: no real person's number, name or address is in them.
Trusts: nothing; needs no library beyond the standard one, so the workbook and the locked
archive are written here, part by part.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from gateway.detect.check_digit import check_digit

OWN = "city.example.lg.jp"
TRUSTED = "exp.co.jp"
_SEED = 20261121
_FAMILY = ("関所", "見本", "試験", "例示", "架空", "仮名", "模擬", "練習")
_GIVEN = ("一郎", "花子", "次郎", "桜", "三郎", "梅", "四郎", "菊")


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail to send, and the key of the sentence that introduces it."""

    key: str  # in the catalogue "demo"
    sender: str
    recipients: tuple[str, ...]
    content: bytes


def made_up_numbers(count: int) -> list[str]:
    """Distinct numbers with a right check digit, from the seed."""
    rng = random.Random(_SEED)  # noqa: S311 - test data, not a secret
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        body = str(rng.randrange(10**10, 10**11))
        if len(set(body)) >= 5:
            numbers[body + check_digit(body)] = None
    return list(numbers)


def samples() -> Sequence[Sample]:
    """The mails, in the order they are sent."""
    clerk, handler = f"tanto@{OWN}", f"kyuyo@{OWN}"
    roll = workbook("住民", [("氏名", "住所", "個人番号"), *_people(40)])
    return (
        _sample("ordinary", clerk, (f"sato@{TRUSTED}",), "打合せの日程について",
                "佐藤様\n\n来週の打合せは火曜日の午後2時からでお願いします。\n資料は当日お配りします。\n"),
        _sample("designated", handler, (f"kyuyo@{TRUSTED}",), "給与計算用データの送付",
                "いつもお世話になっております。\n11月分のデータをお送りします。\n",
                ("給与データ.xlsx", roll)),
        _sample("first-time", clerk, ("info@partner.example.com",), "見積書の送付",
                "見積書をお送りします。ご確認をお願いします。\n",
                ("見積書.csv", "品名,数量,単価\n用紙,10,480\n".encode("cp932"))),
        _sample("home", clerk, ("tanto.home@gmail.com",), "作業用ファイル",
                "自宅で作業するためのファイルです。\n", ("住民名簿.xlsx", roll)),
        _sample("doppelganger", clerk, ("aaabb@exp.com",), "申請書の提出",
                "申請書を提出します。\n", ("申請書一覧.xlsx", roll)),
        _sample("typo", clerk, ("yamada@gmai.com",), "お問い合わせの件",
                "お問い合わせいただいた件について、ご回答します。\n"),
        _sample("locked", clerk, ("sato@partner.example.com",), "資料の送付",
                "資料をお送りします。パスワードは別便でお送りします。\n",
                ("資料.zip", locked_archive("名簿.csv", "氏名,電話\n".encode("cp932")))),
        _sample("split", clerk, (f"soumu@{OWN}", "uketsuke@clinic.example.com"), "個人番号の確認",
                f"ご本人の個人番号は {_grouped(made_up_numbers(41)[40])} です。\n"),
    )  # fmt: skip


def _people(count: int) -> list[tuple[str, str, str]]:
    rng = random.Random(_SEED)  # noqa: S311
    return [
        (f"{rng.choice(_FAMILY)} {rng.choice(_GIVEN)}", f"見本市例町{n}丁目", number)
        for n, number in enumerate(made_up_numbers(count), 1)
    ]


def _grouped(number: str) -> str:
    return f"{number[:4]}-{number[4:8]}-{number[8:]}"


def _sample(
    key: str,
    sender: str,
    recipients: tuple[str, ...],
    subject: str,
    text: str,
    attachment: tuple[str, bytes] | None = None,
) -> Sample:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{key}@demo.{OWN}>"
    mail.set_content(text, cte="base64")
    if attachment is not None:
        name, content = attachment
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return Sample(key, sender, recipients, mail.as_bytes())


# ------------------------------------------------------------------ a workbook, by hand

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="{_OFFICE}-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    f'ContentType="{_OFFICE}-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    f'ContentType="{_OFFICE}-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>"
)
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    '<Relationship Id="rId1" Type="{rel}/{kind}" Target="{target}"/></Relationships>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(sheet: str, rows: Sequence[Sequence[str]]) -> bytes:
    """A minimal .xlsx (ECMA-376) with one sheet of text cells."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in row) + "</row>"
        for row in rows
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS.format(rel=_REL, kind="officeDocument", target="xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": _RELS.format(
            rel=_REL, kind="worksheet", target="worksheets/sheet1.xml"
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
        f'<sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}">'
        f"<sheetData>{cells}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return out.getvalue()


def locked_archive(name: str, content: bytes) -> bytes:
    """A ZIP whose only member is marked encrypted, as a reader without the password sees it.

    The standard library cannot encrypt; the member's bytes are noise from the seed.
    """
    noise = random.Random(_SEED).randbytes(len(content) + 12)  # noqa: S311
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, noise)
    raw = bytearray(out.getvalue())
    for mark, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + flags_at] |= 1  # APPNOTE 4.4.4, bit 0: encrypted
    return bytes(raw)
