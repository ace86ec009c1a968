"""Reading a mail: its leaves, its texts, and every doubt about its one reading."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from gateway.message import Message, parse
from gateway.message.parameters import parse_value
from gateway.message.words import decode_header
from gateway.model import InspectionLimits, UnreadReason

LIMITS = InspectionLimits()
HEAD = b"From: a@example.jp\r\nTo: b@example.jp\r\nMIME-Version: 1.0\r\n"
SECRET = b"the text that matters"
CODED = base64.b64encode(SECRET)


def read(content: bytes) -> Message:
    return parse(content, LIMITS)


def doubts(message: Message) -> set[str]:
    return {u.detail for u in message.unread if u.reason is UnreadReason.AMBIGUOUS}


def contents(message: Message) -> bytes:
    return b"\n".join(leaf.content for leaf in message.leaves)


def multipart(
    *parts: bytes, end: bytes = b"--foo--\r\n", kind: bytes = b"multipart/mixed"
) -> bytes:
    body = b"".join(b"--foo\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: " + kind + b"; boundary=foo\r\n\r\n" + body + end


def attachment(
    extra: bytes = b"Content-Transfer-Encoding: base64\r\n", body: bytes = CODED
) -> bytes:
    return b"Content-Type: application/octet-stream\r\n" + extra + b"\r\n" + body


def built() -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "年末調整のご連絡"
    mail["From"] = "総務 太郎 <soumu@example.jp>"
    mail["To"] = "a@example.jp, b@example.jp"
    mail.set_content("本文です。\n")
    return mail


def test_a_mail_of_one_text_is_plain() -> None:
    message = read(built().as_bytes())
    assert message.plain
    assert message.headers.subject == "年末調整のご連絡"
    assert message.headers.header_from == ("soumu@example.jp",)
    assert message.headers.recipients == ("a@example.jp", "b@example.jp")
    assert [(f.label, f.value) for f in message.fields] == [
        ("Subject", "年末調整のご連絡"),
        ("From", "総務 太郎"),
    ]


def test_leaves_are_numbered_and_named_in_walk_order() -> None:
    mail = built()
    mail.add_attachment(b"PK", maintype="application", subtype="zip", filename="名簿.zip")
    message = read(mail.as_bytes())
    assert [str(leaf.place) for leaf in message.leaves] == ["1 text/plain", "2 名簿.zip"]
    assert [leaf.attachment for leaf in message.leaves] == [False, True]
    assert message.unread == ()
    assert not message.plain


def test_a_nested_mail_is_a_leaf_with_its_exact_bytes() -> None:
    inner = HEAD + b"Subject:  two  blanks\r\n\r\ntext\r\n"
    message = read(multipart(b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert message.leaves[0].content == inner
    assert message.leaves[0].declared_type == "message/rfc822"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (
            b"Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit\r\n",
            "content-transfer-encoding-twice",
        ),
        (b"Content-Transfer-Encoding: x-base64\r\n", "transfer-encoding-unknown"),
        (b"Content-Transfer-Encoding: base64, 7bit\r\n", "transfer-encoding-unknown"),
        (b"Content-Transfer-Encoding:\r\n", "transfer-encoding-unknown"),
        (b"Content-Transfer-Encoding : base64\r\n", "header-name-space"),
        (b"Content-Transfer-Encoding: base64\x00\r\n", "header-control"),
        (b"X-A: b\rContent-Transfer-Encoding: base64\r\n", "header-control"),
        (b"no field at all\r\nContent-Transfer-Encoding: base64\r\n", "header-line"),
        (
            b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n",
            "content-type-twice",
        ),
        (
            b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a; filename=b\r\n",
            "parameter-twice",
        ),
    ],
)
def test_a_header_with_two_readings_is_ambiguous_and_still_read(name: bytes, code: str) -> None:
    message = read(multipart(attachment(name)))
    assert code in doubts(message)
    assert SECRET in contents(message)


@pytest.mark.parametrize(
    "body", [CODED[:8] + b"#" + CODED[8:], CODED + b"====", b"WA==" + CODED, CODED + b"!"]
)
def test_broken_base64_is_ambiguous_and_decoded_as_far_as_it_goes(body: bytes) -> None:
    message = read(multipart(attachment(body=body)))
    assert "base64" in doubts(message)
    assert SECRET[:16] in contents(message)


def test_a_broken_quoted_printable_is_ambiguous() -> None:
    part = attachment(b"Content-Transfer-Encoding: quoted-printable\r\n", b"=3 1234=XX")
    assert "quoted-printable" in doubts(read(multipart(part)))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (multipart(attachment(), end=b""), "closing-boundary"),
        (HEAD + b"Content-Type: multipart/mixed\r\n\r\n--foo\r\n\r\nx\r\n--foo--\r\n", "boundary"),
        (
            HEAD
            + b"Content-Type: multipart/mixed; boundary=foo; boundary=bar\r\n\r\n--foo\r\n\r\nx\r\n--foo--\r\n",
            "parameter-twice",
        ),
        (
            HEAD
            + b"Content-Type: multipart/mixed; boundary*=''foo\r\n\r\n--foo\r\n\r\nx\r\n--foo--\r\n",
            "parameter-extended",
        ),
        (multipart(attachment()) + b"Content-Type: text/plain\r\n\r\nmore", "part-outside"),
        (multipart(attachment()).replace(b"MIME-Version: 1.0\r\n", b""), "mime-version"),
        (HEAD + b"Content-Type: text/plain; charset=x-none\r\n\r\n\xe5", "charset-unknown"),
        (HEAD + b"Content-Type: text(c)/plain\r\n\r\nx", "value-grammar"),
    ],
)
def test_a_structure_with_two_readings_is_ambiguous(content: bytes, code: str) -> None:
    message = read(content)
    assert code in doubts(message)
    assert not message.plain


def test_what_stands_around_the_parts_is_read() -> None:
    content = (
        multipart(attachment()).replace(b"\r\n\r\n--foo", b"\r\n\r\nbefore 1\r\n--foo", 1)
        + b"behind 2"
    )
    message = read(content)
    assert b"before 1" in contents(message)
    assert b"behind 2" in contents(message)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (b"message/partial; id=x; number=1", UnreadReason.EXTERNAL),
        (b"message/external-body; access-type=url", UnreadReason.EXTERNAL),
        (b"application/pkcs7-mime; smime-type=enveloped-data", UnreadReason.ENCRYPTED),
    ],
)
def test_what_lies_elsewhere_or_under_a_key_is_named(kind: bytes, reason: UnreadReason) -> None:
    message = read(multipart(b"Content-Type: " + kind + b"\r\n\r\nx"))
    assert [u.reason for u in message.unread] == [reason]


def test_an_encrypted_multipart_is_named() -> None:
    message = read(multipart(attachment(), kind=b"multipart/encrypted"))
    assert UnreadReason.ENCRYPTED in {u.reason for u in message.unread}


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"attachment; filename*=utf-8''%E5%90%8D%E7%B0%BF.xlsx", "名簿.xlsx"),
        (
            b"attachment; filename*0*=utf-8''%E5%90%8D; filename*1*=%E7%B0%BF; filename*2=.csv",
            "名簿.csv",
        ),
        (b"attachment; filename*1=b; filename*0=a", "ab"),
        (b'attachment; filename="=?ISO-2022-JP?B?GyRCTD5KbRsoQg==?=.csv"', "名簿.csv"),
        (b"attachment; filename==?UTF-8?B?5ZCN57C/?=", "名簿"),
        (b'attachment; filename="' + "名簿.csv".encode("cp932") + b'"', "名簿.csv"),
        (b'attachment; filename="a\\"b.txt"', 'a"b.txt'),
    ],
)
def test_a_file_name_is_read_in_every_way_it_is_written(raw: bytes, name: str) -> None:
    assert name in parse_value(raw).names


def test_both_names_of_a_part_are_texts_to_look_at() -> None:
    part = b'Content-Type: text/plain; name="one"\r\nContent-Disposition: attachment; filename="two"\r\n\r\nx'
    message = read(multipart(part))
    assert [f.value for f in message.fields if f.label == "file name"] == ["two", "one"]


def test_a_character_cut_between_two_words_is_joined() -> None:
    raw = "個人".encode()
    words = b" ".join(b"=?utf-8?B?" + base64.b64encode(p) + b"?=" for p in (raw[:2], raw[2:]))
    assert decode_header(words) == "個人"


@pytest.mark.parametrize(
    ("content", "limit"),
    [
        (HEAD + b"X: y\r\n" * 2000 + b"\r\nx", "header"),
        (HEAD + b"X: " + b"y" * 300_000 + b"\r\n\r\nx", "header"),
        (multipart(*[b"\r\nx"] * 1500), "parts"),
    ],
)
def test_a_limit_that_is_met_is_named_and_the_text_still_read(content: bytes, limit: str) -> None:
    message = read(content)
    assert limit in {u.detail for u in message.unread if u.reason is UnreadReason.LIMIT}
    assert message.leaves


def test_nesting_ends_at_the_limit() -> None:
    content = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(2000)
    )
    message = read(HEAD + content + b"\r\ntext")
    assert "depth" in {u.detail for u in message.unread}
