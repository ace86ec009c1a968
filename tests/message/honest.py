"""Honest mail in the shapes that real programs write, by their documented habits.

``ORDINARY``: what offices send every day; the floor must raise no alarm. ``ODD``: old or
sloppy, yet honest; the floor's alarms on these are counted, not forbidden. Nobody's mail:
every text and name is made up.
"""

from __future__ import annotations

import base64
import quopri
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from urllib.parse import quote

TEXT = "山田様\n\nお世話になっております。会議の件、承知しました。\n-- \n総務課 佐藤\n"
HTML = f"<html><body><p>{TEXT}</p><br></body></html>"
_JIS = TEXT.encode("iso2022_jp")
_FILE = b"PK\x05\x06" + bytes(18)  # an empty archive


def _crlf(content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _word(text: str, charset: str = "iso-2022-jp", coding: str = "B") -> str:
    raw = text.encode("iso2022_jp" if charset.lower() == "iso-2022-jp" else charset)
    if coding == "Q":
        return f"=?{charset}?Q?{''.join(f'={byte:02X}' for byte in raw)}?="
    return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="


def _b64(data: bytes, width: int = 76) -> str:
    coded = base64.b64encode(data).decode()
    return "\n".join(coded[i : i + width] for i in range(0, len(coded), width)) + "\n"


def _head(subject: str, *more: str) -> str:
    return "\n".join((
        f"From: {_word('佐藤')} <sato@example.jp>", "To: yamada@example.com", f"Subject: {subject}",
        "Date: Fri, 20 Nov 2026 10:00:00 +0900", "Message-ID: <abc.def@example.jp>", "MIME-Version: 1.0", *more, "",
    ))  # fmt: skip


def _plain(subject: str, body: bytes, *more: str) -> bytes:
    return _crlf(_head(subject, *more)) + b"\r\n" + _crlf(body)


def _multi(subject: str, kind: str, boundary: str, *parts: str, preamble: str = "") -> bytes:
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    top = _head(subject, f'Content-Type: {kind};\n\tboundary="{boundary}"')
    return _crlf(f"{top}\n{preamble}{body}--{boundary}--\n")


def _part(kind: str, coding: str, body: str, *more: str) -> str:
    return "\n".join(
        (f"Content-Type: {kind}", f"Content-Transfer-Encoding: {coding}", *more, "", body)
    )


_TEXT_QP = quopri.encodestring(TEXT.encode()).decode()
_HTML_QP = quopri.encodestring(HTML.encode()).decode()
_JIS_PART = _part("text/plain; charset=ISO-2022-JP", "7bit", _JIS.decode("latin-1"))
_ZIP = "application/x-zip-compressed"


def _attached(name: str, *, kind: str = _ZIP, in_type: bool = True, width: int = 76) -> str:
    named = f'{kind};\n\tname="{name}"' if in_type else kind
    return _part(
        named,
        "base64",
        _b64(_FILE, width),
        f'Content-Disposition: attachment;\n\tfilename="{name}"',
    )


def _python(policy_name: str) -> bytes:
    if policy_name == "new":
        made = EmailMessage()
        made["Subject"], made["From"], made["To"] = (
            "会議の件",
            "佐藤 <sato@example.jp>",
            "a@example.com",
        )
        made.set_content(TEXT)
        made.add_alternative(HTML, subtype="html")
        made.add_attachment(_FILE, maintype="application", subtype="zip", filename="資料.zip")
        return _crlf(made.as_bytes())
    old = MIMEMultipart()
    old["Subject"], old["From"], old["To"] = "会議の件", "sato@example.jp", "a@example.com"
    old.attach(MIMEText(TEXT, "plain", "iso-2022-jp"))
    return _crlf(old.as_bytes())


ORDINARY: dict[str, bytes] = {
    "Outlook, JIS text": _plain(_word("会議の件"), _JIS, 'Content-Type: text/plain;\n\tcharset="iso-2022-jp"', "Content-Transfer-Encoding: 7bit", "X-Mailer: Microsoft Outlook 16.0", "Thread-Index: AdpXYz0AAAAAAAAAAAAAAAAAAAAAAA==", "Content-Language: ja"),
    "Outlook, mixed and alternative": _multi(
        _word("資料"), "multipart/mixed", "----=_NextPart_000_0012_01DC5A00.ABCDEF10",
        'Content-Type: multipart/alternative;\n\tboundary="----=_NextPart_001_0013_01DC5A00.ABCDEF10"\n\n\n'
        '------=_NextPart_001_0013_01DC5A00.ABCDEF10\n' + _JIS_PART + '\n------=_NextPart_001_0013_01DC5A00.ABCDEF10\n'
        + _part('text/html;\n\tcharset="iso-2022-jp"', "quoted-printable", quopri.encodestring(HTML.encode("iso2022_jp")).decode())
        + "\n------=_NextPart_001_0013_01DC5A00.ABCDEF10--\n",
        _attached(_word("資料.zip")), preamble="This is a multi-part message in MIME format.\n\n"),
    "Exchange, utf-8 base64": _multi(_word("会議", "utf-8"), "multipart/alternative", "_000_TYAPR01MB0001ABCDEFTYAPR01MB0001_",
        _part('text/plain; charset="utf-8"', "base64", _b64(TEXT.encode())), _part('text/html; charset="utf-8"', "base64", _b64(HTML.encode()))),
    "Exchange, related picture": _multi(_word("図", "utf-8"), "multipart/related", "_004_TYAPR01MB0001_",
        _part('text/html; charset="iso-2022-jp"', "quoted-printable", quopri.encodestring(HTML.encode("iso2022_jp")).decode()),
        _part('application/zip; name="a.zip"', "base64", _b64(_FILE), "Content-Description: a.zip", 'Content-Disposition: inline; filename="a.zip"; size=22;\n\tcreation-date="Fri, 20 Nov 2026 01:00:00 GMT";\n\tmodification-date="Fri, 20 Nov 2026 01:00:00 GMT"', "Content-ID: <image001.png@01DC5A00.ABCDEF10>")),
    "Gmail, alternative": _multi(_word("会議", "UTF-8"), "multipart/alternative", "000000000000abcdef0123456789ab",
        _part('text/plain; charset="UTF-8"', "base64", _b64(TEXT.encode())), _part('text/html; charset="UTF-8"', "quoted-printable", _HTML_QP)),
    "Gmail, attachment": _multi(_word("資料", "UTF-8"), "multipart/mixed", "000000000000abcdef0123456789cd",
        _part('text/plain; charset="UTF-8"', "base64", _b64(TEXT.encode())),
        _part(f'application/zip; name="{_word("資料.zip", "UTF-8")}"', "base64", _b64(_FILE), f'Content-Disposition: attachment; filename="{_word("資料.zip", "UTF-8")}"', "Content-ID: <f_mabcdef00>", "X-Attachment-Id: f_mabcdef00")),
    "Apple Mail": _multi(_word("会議", "utf-8"), "multipart/mixed", "Apple-Mail=_1A2B3C4D-0000-4000-8000-AABBCCDDEEFF",
        _part("text/plain;\n\tcharset=utf-8", "quoted-printable", _TEXT_QP),
        _part("application/zip;\n\tx-unix-mode=0644;\n\tname=\"a.zip\"", "base64", _b64(_FILE), "Content-Disposition: attachment;\n\tfilename*=utf-8''" + quote("資料.zip")),
    ).replace(b"MIME-Version: 1.0", b"Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3826.200.121\\))"),
    "Apple Mail, framework": _plain(_word("会議"), _JIS, "Content-Type: text/plain; charset=ISO-2022-JP; format=flowed", "Content-Transfer-Encoding: 7bit").replace(b"MIME-Version: 1.0", b"Mime-Version: 1.0 (Apple Message framework v1085)"),
    "Thunderbird, flowed": _plain(_word("会議", "UTF-8"), TEXT.encode(), "Content-Type: text/plain; charset=UTF-8; format=flowed", "Content-Transfer-Encoding: 8bit", "User-Agent: Mozilla Thunderbird", "Content-Language: ja"),
    "Thunderbird, attachment": _multi(_word("資料", "UTF-8"), "multipart/mixed", "------------aBcDeFgHiJkLmNoPqRsTuVwX",
        _part("text/plain; charset=UTF-8; format=flowed", "base64", _b64(TEXT.encode(), 72)),
        _part(f'application/zip; name="{_word("資料.zip", "UTF-8")}"', "base64", _b64(_FILE, 72), "Content-Disposition: attachment; filename*=UTF-8''" + quote("資料.zip")),
        preamble="This is a multi-part message in MIME format.\n"),
    "Becky!": _multi(_word("資料"), "multipart/mixed", "------_6560A1B2C3D4E5F6A7B8_MULTIPART_MIXED_", _part('text/plain; charset="ISO-2022-JP"', "7bit", _JIS.decode("latin-1")),
        _part(f'application/octet-stream; name="{_word("資料.zip")}"', "base64", _b64(_FILE), f'Content-Disposition: attachment; filename="{_word("資料.zip")}"')),
    "Becky!, plain": _plain(_word("会議の件"), _JIS, 'Content-Type: text/plain; charset="ISO-2022-JP"', "Content-Transfer-Encoding: 7bit", "X-Mailer: Becky! ver. 2.81 [ja]"),
    "mailx, ASCII": _crlf("From: root@example.jp\nTo: a@example.com\nSubject: cron job\n\nall is well\n"),
    "mailx, UTF-8": _plain(_word("完了", "utf-8"), TEXT.encode(), "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "User-Agent: Heirloom mailx 12.5 7/5/10"),
    "MIME::Lite": _multi(_word("帳票"), "multipart/mixed", "_----------=_176377200012340", _part("text/plain; charset=iso-2022-jp", "7bit", _JIS.decode("latin-1"), "Content-Disposition: inline"),
        _attached("report.zip", kind="application/octet-stream"), preamble="This is a multi-part message in MIME format.\n\n").replace(b"MIME-Version: 1.0", b"MIME-Version: 1.0\r\nX-Mailer: MIME::Lite 3.033 (F2.85; T2.20; A2.20; B3.15; Q3.13)"),
    "JavaMail": _multi(_word("帳票", "UTF-8"), "multipart/mixed", "----=_Part_0_1234567.1763600400000", _part("text/plain; charset=UTF-8", "base64", _b64(TEXT.encode())),
        _part("application/octet-stream; \n\tname*=UTF-8''" + quote("帳票.zip"), "base64", _b64(_FILE), "Content-Disposition: attachment; \n\tfilename*=UTF-8''" + quote("帳票.zip"))),
    "JavaMail, JIS": _plain(_word("帳票", "ISO-2022-JP"), _JIS, "Content-Type: text/plain; charset=ISO-2022-JP", "Content-Transfer-Encoding: 7bit"),
    "mb_send_mail": _plain(_word("受付", "ISO-2022-JP"), _JIS, "Content-Type: text/plain; charset=ISO-2022-JP", "Content-Transfer-Encoding: 7bit", "X-PHP-Originating-Script: 0:form.php"),
    "PHPMailer": _multi(_word("受付", "UTF-8"), "multipart/alternative", "b1_AbCdEfGhIjKlMnOpQrStUvWxYz", _part("text/plain; charset=UTF-8", "base64", _b64(TEXT.encode())), _part("text/html; charset=UTF-8", "base64", _b64(HTML.encode())),
        preamble="This is a multi-part message in MIME format.\n\n"),
    "PHPMailer, file": _multi(_word("受付", "UTF-8"), "multipart/mixed", "b1_ZyXwVuTsRqPo", _part("text/plain; charset=UTF-8", "8bit", TEXT),
        _part(f'application/zip; name="{_word("資料.zip", "UTF-8")}"', "base64", _b64(_FILE), f"Content-Disposition: attachment; filename=\"{_word('資料.zip', 'UTF-8')}\"")),
    "Python email, new": _python("new"),
    "Python email, old": _python("old"),
    "Ruby mail": _multi(_word("通知", "UTF-8", "Q"), "multipart/alternative", "--==_mimepart_65601a2b3c4d5_1a2b3c4d5e6f7", _part("text/plain;\n charset=UTF-8", "quoted-printable", _TEXT_QP), _part("text/html;\n charset=UTF-8", "quoted-printable", _HTML_QP)),
    "iPhone": _plain(_word("Re: 会議", "utf-8"), base64.encodebytes(TEXT.encode()), "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "X-Mailer: iPhone Mail (23B85)").replace(b"MIME-Version: 1.0", b"Mime-Version: 1.0 (1.0)"),
    "receipt (MDN)": _multi(_word("開封"), "multipart/report; report-type=disposition-notification", "----=_report_01", _JIS_PART, "Content-Type: message/disposition-notification\n\nReporting-UA: example\nFinal-Recipient: rfc822;a@example.jp\nDisposition: manual-action/MDN-sent-manually; displayed\n"),
    "signed (S/MIME, clear)": _multi(_word("会議"), 'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256', "----ABCDEF0123", _JIS_PART, _attached("smime.zip", kind=_ZIP)),
    "forwarded as attachment": _multi(_word("Fw: 会議"), "multipart/mixed", "----=_fw", _JIS_PART, "Content-Type: message/rfc822\nContent-Disposition: attachment\n\n" + _head(_word("会議"), "Content-Type: text/plain; charset=iso-2022-jp", "Content-Transfer-Encoding: 7bit") + "\n" + _JIS.decode("latin-1")),
}  # fmt: skip

ODD: dict[str, bytes] = {
    "list footer in a part": _multi("[list:1] hello", "multipart/mixed", "===============123==", _JIS_PART, _part("text/plain; charset=us-ascii", "7bit", "_______\nlist mailing list\n", "Content-Disposition: inline")),
    "list footer behind the end": _multi("[list:2] hello", "multipart/mixed", "==1==", _JIS_PART) + b"_______\r\nlist mailing list\r\nlist@example.jp\r\n",
    "bounce (DSN)": _multi("Returned mail", "multipart/report; report-type=delivery-status", "ABC123.1763/mx.example.jp", "Content-Type: text/plain; charset=us-ascii\n\nUser unknown\n", "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.jp\n\nFinal-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n", "Content-Type: message/rfc822\n\n" + _head("hello", "Content-Type: text/plain; charset=us-ascii") + "\nhello\n"),
    "bounce, headers only": _multi("Undelivered", "multipart/report; report-type=delivery-status", "B2/mx", "Content-Type: text/plain\n\nfailed\n", "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n", "Content-Type: text/rfc822-headers\n\n" + _head("hello", "Content-Type: multipart/mixed; boundary=x", "Content-Transfer-Encoding: 7bit")),
    "qmail bounce, mail quoted whole": _crlf("From: MAILER-DAEMON@example.jp\nTo: a@example.com\nSubject: failure notice\n\nHi. This is the qmail-send program.\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <a@example.com>\n" + _head("hello", "Content-Type: text/plain; charset=us-ascii") + "\nhello\n"),
    "digest": _multi("list digest", "multipart/digest", "dg", "\n" + _head("one") + "\nfirst\n", "\n" + _head("two") + "\nsecond\n"),
    "no MIME-Version, plain type": _crlf("From: a@example.jp\nTo: b@example.com\nSubject: x\nContent-Type: text/plain; charset=us-ascii\n\nhello\n"),
    "no MIME-Version, multipart": _multi("x", "multipart/mixed", "nb", _JIS_PART).replace(b"MIME-Version: 1.0\r\n", b""),
    "no MIME at all, raw JIS": _crlf("From: a@example.jp\nTo: b@example.com\n") + b"Subject: " + "会議".encode("iso2022_jp") + b"\r\n\r\n" + _crlf(_JIS),
    "raw 8-bit subject": _crlf("From: a@example.jp\nTo: b@example.com\n") + b"Subject: " + "会議".encode("cp932") + b"\r\n\r\n" + _crlf(TEXT.encode("cp932")),
    "raw UTF-8 subject": _plain("会議の件", TEXT.encode(), "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"),
    "raw 8-bit file name": _multi("x", "multipart/mixed", "fn", _JIS_PART, _attached("資料.zip")),
    "charset of no register": _plain("x", b"hello\n", "Content-Type: text/plain; charset=x-unknown", "Content-Transfer-Encoding: 7bit"),
    "charset of no register, 8 bit": _plain("x", TEXT.encode(), "Content-Type: text/plain; charset=unknown-8bit", "Content-Transfer-Encoding: 8bit"),
    "semicolon at the end": _plain("x", b"hello\n", "Content-Type: text/plain; charset=us-ascii;", "Content-Transfer-Encoding: 7bit"),
    "unquoted blanks in a name": _multi("x", "multipart/mixed", "un", _JIS_PART, "Content-Type: application/zip; name=my file.zip\nContent-Transfer-Encoding: base64\n\n" + _b64(_FILE)),
    "unquoted boundary with =": _multi("x", "multipart/mixed", "----=_x", _JIS_PART).replace(b'"----=_x"', b"----=_x"),
    "comment in MIME-Version": _plain("x", b"hello\n", "Content-Type: text/plain; charset=us-ascii").replace(b"1.0", b"1.0 (produced by MetaSend)"),
    "comment behind the type": _plain("x", b"hello\n", "Content-Type: text/plain; charset=us-ascii (Plain text)"),
    "format without charset": _plain("x", b"hello\n", "Content-Type: text/plain; format=flowed"),
    "upper-case coding": _plain("x", b"aGVsbG8=\n", "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII", "Content-Transfer-Encoding: BASE64"),
    "old sendmail, Content-Type: text": _plain("x", b"hello\n", "Content-Type: text"),
    "empty Content-Type": _plain("x", b"hello\n", "Content-Type:"),
    "8bit coding misspelt": _plain("x", b"hello\n", "Content-Type: text/plain", "Content-Transfer-Encoding: 8-bit"),
    "base64 of 60 characters": _plain("x", _b64(bytes(200), 60).encode(), "Content-Type: application/zip", "Content-Transfer-Encoding: base64"),
    "base64 in one long line": _plain("x", base64.b64encode(TEXT.encode()) + b"\n", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"),
    "base64 without padding": _plain("x", base64.b64encode(b"hello you").rstrip(b"=")[:-1] + b"\n", "Content-Type: text/plain", "Content-Transfer-Encoding: base64"),
    "quoted-printable, lower case": _plain("x", b"caf=c3=a9\n", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"),
    "quoted-printable, raw =": _plain("x", b"a = b\n", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"),
    "quoted-printable, raw 8 bit": _plain("x", TEXT.encode() + b"=E3=81=82\n", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"),
    "no closing delimiter": _multi("x", "multipart/mixed", "nc", _JIS_PART).replace(b"--nc--\r\n", b""),
    "a person quotes MIME headers": _plain("x", b"see:\n> Content-Type: text/plain\n", "Content-Type: text/plain"),
    "a person pastes MIME headers": _plain("x", b"see:\nContent-Type: text/plain\n", "Content-Type: text/plain"),
    "uuencoded file in the text": _plain("x", b"begin 644 a.txt\n%:&5L;&\\\n`\nend\n", "Content-Type: text/plain"),
    "name*0 without *": _multi("x", "multipart/mixed", "n0", _JIS_PART, "Content-Type: application/zip\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment;\n filename*0=\"long\";\n filename*1=\"name.zip\"\n\n" + _b64(_FILE)),
    "name and RFC 2231 name": _multi("x", "multipart/mixed", "n2", _JIS_PART, "Content-Type: application/zip\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"siryo.zip\"; filename*=utf-8''" + quote("資料.zip") + "\n\n" + _b64(_FILE)),
}  # fmt: skip
