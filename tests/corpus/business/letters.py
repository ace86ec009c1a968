"""A draft dressed as a mail: greeting, signature, quoted history, disclaimer, charset, coding."""

from __future__ import annotations

import base64
import binascii
import html
import textwrap
from email.utils import format_datetime
from urllib.parse import quote

from tests.corpus.business.case import Draft, File
from tests.corpus.business.draw import Draw

_GREETINGS = (
    "いつもお世話になっております。", "お世話になります。", "平素より格別のお引き立てを賜り、厚く御礼申し上げます。",
    "お疲れさまです。", "突然のご連絡失礼いたします。", "拝啓 時下ますますご清栄のこととお慶び申し上げます。", "",
)  # fmt: skip
_CLOSINGS = (
    "以上、よろしくお願いいたします。", "ご確認のほど、よろしくお願い申し上げます。", "ご不明な点がございましたらお知らせください。",
    "取り急ぎご連絡まで。", "敬具", "お手数をおかけしますが、何卒よろしくお願いいたします。", "",
)  # fmt: skip
_DISCLAIMERS = (
    "このメールには機密情報が含まれている場合があります。宛先に心当たりのない方は、お手数ですが削除のうえご一報ください。",
    "This message may contain confidential information. If you are not the intended recipient, please delete it.",
    "※本メールは送信専用アドレスから配信しています。ご返信いただいてもお答えできません。",
)
_EARLIER = (
    "先日はお打ち合わせのお時間をいただきありがとうございました。", "資料の件、来週前半にはお送りできる見込みです。",
    "ご依頼の内容で承知いたしました。", "添付の様式にご記入のうえ、ご返送ください。", "日程は下記の候補でいかがでしょうか。",
)  # fmt: skip
_CODINGS = {
    "utf-8 base64": 45,
    "iso-2022-jp 7bit": 22,
    "utf-8 8bit": 12,
    "utf-8 qp": 12,
    "cp932 base64": 5,
    "euc_jp 8bit": 4,
}
_JIS = str.maketrans("－～", "−〜")  # one character in JIS, two in Unicode; mail programs map them
_NAMES = {"cp932": "shift_jis", "euc_jp": "euc-jp"}


def dress(d: Draw, draft: Draft) -> bytes:
    """Return the whole mail, CRLF, as a mail program sends it."""
    head = _head(d, draft.subject)
    text = _body(d, draft.text)
    coding = d.weighted(**_CODINGS)
    parts = [_text_part(coding, "plain", text)]
    if draft.html or d.maybe(0.25):
        page = draft.html and _page(d, draft.html)
        parts.append(_text_part(coding, "html", page or _as_html(d, text)))
    content = parts[0] if len(parts) == 1 else _multipart(d, "alternative", parts)
    if draft.files:
        content = _multipart(d, "mixed", [content, *(_attached(d, f) for f in draft.files)])
    return head + content


def _head(d: Draw, subject: str) -> bytes:
    subject = d.weighted(**{"": 70, "Re: ": 18, "Fwd: ": 6, "【重要】": 6}) + subject
    sender = d.person()
    moment = d.moment()
    lines = [
        f"From: {_word(sender.name)} <{d.mailbox()}>",
        f"To: {_word(d.person().name + ' 様')} <{d.mailbox()}>",
        *([f"Cc: {d.mailbox()}, {d.mailbox()}"] if d.maybe(0.3) else []),
        f"Subject: {_word(subject)}",
        f"Date: {format_datetime(moment)[:-5]}+0900",
        f"Message-ID: <{d.one(f'{moment:%Y%m%d%H%M%S}', f'{d.getrandbits(64):x}')}.{d.digits(8)}@{d.domain()}>",
        "MIME-Version: 1.0",
    ]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _word(text: str) -> str:
    """RFC 2047 encoded words of at most 75 characters."""
    if text.isascii():
        return text
    pieces = [text[i : i + 13] for i in range(0, len(text), 13)]
    return "\r\n ".join(f"=?UTF-8?B?{base64.b64encode(p.encode()).decode()}?=" for p in pieces)


def _body(d: Draw, matter: str) -> str:
    me = d.person()
    blocks = [
        d.one(
            f"{d.firm()}\n{d.office()} {d.person().family}様",
            f"{d.person().family}様",
            f"{d.office()} 各位",
            "関係者各位",
        ),
        "\n".join(
            filter(
                None,
                (
                    d.choice(_GREETINGS),
                    d.one(f"{d.firm()}の{me.family}です。", f"{d.office()}の{me.family}です。", ""),
                ),
            )
        ),
        matter,
        d.choice(_CLOSINGS),
        _signature(d, me.name),
    ]
    if d.maybe(0.2):
        blocks.append(d.choice(_DISCLAIMERS))
    if d.maybe(0.35):
        blocks.append(_history(d))
    return "\n\n".join(filter(None, blocks)) + "\n"


def _signature(d: Draw, name: str) -> str:
    rule = d.one("-- ", "-" * 40, "=" * 36, "━" * 20, "*" * 30, "～" * 18)
    lines = [rule, d.firm(), f"{d.office()}　{name}", f"〒{d.postcode()}　{d.address()}"]
    lines += [
        d.one(
            f"TEL：{d.phone()} / FAX：{d.phone()}",
            f"Tel {d.phone()}",
            f"電話 {d.phone()}（内線{d.digits(4)}）",
        )
    ]
    lines += [
        d.one(
            f"E-mail: {d.mailbox()}",
            f"https://www.{d.domain()}/",
            f"携帯：090-{d.digits(4)}-{d.digits(4)}",
        )
    ]
    return "\n".join([*lines, rule] if d.maybe(0.5) else lines)


def _history(d: Draw) -> str:
    """What was written before, in one of three manners of quoting."""
    who, moment = d.person().name, d.moment()
    old = "\n".join(
        (f"{d.person().family}様", d.choice(_GREETINGS), d.choice(_EARLIER), _signature(d, who))
    )
    quoted = textwrap.indent(old, "> ", lambda line: True)
    return d.one(
        f"{moment.year}年{moment.month}月{moment.day}日({d.one(*'月火水木金')}) {moment:%H:%M} {who} <{d.mailbox()}>:\n{quoted}",
        f"-----Original Message-----\nFrom: {who} <{d.mailbox()}>\nSent: {moment:%A, %B %d, %Y %I:%M %p}\nTo: {d.mailbox()}\n\n{old}",
        f"On {moment:%a, %d %b %Y %H:%M:%S} +0900\n{who} <{d.mailbox()}> wrote:\n\n{quoted}",
    )


def _as_html(d: Draw, text: str) -> str:
    lines = html.escape(text).split("\n")
    if d.maybe(0.5):
        return _page(d, "".join(f"<div>{line or '<br>'}</div>" for line in lines))
    return _page(d, "<br>\n".join(lines))


def _page(d: Draw, content: str) -> str:
    style = d.one(
        "", "<style>p{margin:0}</style>", "<style>body{font-family:'Yu Gothic','Meiryo'}</style>"
    )
    return f'<html><head><meta http-equiv="Content-Type" content="text/html">{style}</head><body>{content}</body></html>\n'


def _text_part(coding: str, subtype: str, text: str) -> bytes:
    charset, transfer = coding.split()
    body = text.replace("\n", "\r\n")
    try:
        raw = body.translate(_JIS if charset in ("iso-2022-jp", "euc_jp") else {}).encode(charset)
    except UnicodeEncodeError:
        charset, transfer, raw = "utf-8", "base64", body.encode()
    if transfer in ("7bit", "8bit") and max(map(len, raw.split(b"\r\n"))) > 990:
        transfer = "base64"  # RFC 5322 2.1.1
    if transfer == "base64":
        raw = base64.encodebytes(raw).replace(b"\n", b"\r\n")
    elif transfer == "qp":
        transfer = "quoted-printable"
        raw = binascii.b2a_qp(raw.replace(b"\r\n", b"\n"), istext=True).replace(b"\n", b"\r\n")
    name = _NAMES.get(charset, charset)
    return (
        f"Content-Type: text/{subtype}; charset={name}\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n".encode()
        + raw
    )


def _attached(d: Draw, attached: File) -> bytes:
    named = quote(attached.name, safe="")
    header = (
        f"Content-Type: {d.one(attached.media_type, 'application/octet-stream')}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n filename*=utf-8''{named}\r\n\r\n"
    )
    return header.encode("ascii") + base64.encodebytes(attached.content).replace(b"\n", b"\r\n")


def _multipart(d: Draw, subtype: str, parts: list[bytes]) -> bytes:
    line = f"----=_Part_{d.getrandbits(80):x}"
    head = f'Content-Type: multipart/{subtype}; boundary="{line}"\r\n\r\n'.encode()
    inner = b"".join(f"--{line}\r\n".encode() + part + b"\r\n" for part in parts)
    return head + inner + f"--{line}--\r\n".encode()
