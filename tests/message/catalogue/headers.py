"""A to C: Content-Transfer-Encoding, Content-Type and the boundary parameter (1 to 38)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.message.catalogue.base import (
    CODED,
    CTE,
    HEAD,
    MIXED,
    OCTETS,
    Case,
    Secret,
    mail,
    numbered,
)

QP = CTE + b": quoted-printable"
JUNK = CTE + b": xxxxxxx"

_CODING_HEADERS: dict[int, list[bytes]] = {
    1: [
        b"\r\n".join(order)
        for order in (
            (CODED, QP), (QP, CODED), (CODED, JUNK), (JUNK, CODED),
            (JUNK, CODED, CODED), (CODED, CODED, JUNK), (CODED, CODED),
        )
    ],
    2: [
        CTE + b": " + v
        for v in (
            b"base64, quoted-printable", b"quoted-printable, base64", b'"base64", quoted-printable',
            b"base64 quoted-printable", b"base64:qp", b";base64", b"base64;", b",base64", b"base64,",
        )
    ],
    3: [CTE + b":\r\n" + CODED, CODED + b"\r\n" + CTE + b":", CTE + b": \r\n" + CODED],
    4: [CTE + b": bAsE64", CTE.upper() + b": BASE64", CTE.lower() + b":base64"],
    5: [
        CTE + b": \0base64", CTE + b": bas\0e64", CTE + b": base64\0", b"\0" + CODED,
        CTE + b"\0: base64", b"Content-Transfer\0-Encoding: base64",
    ],
    6: [b" " + CODED, b"X-A: b\r\n " + CODED, b"\t" + CODED],
    7: [
        CTE + b" : base64", CTE + b":: base64", CTE + b" base64", CTE + b":base64", CTE + b":\tbase64",
        CTE + b":\x0bbase64", CTE + b":\rbase64", CTE + b":" + b" " * 2000 + b"base64", CTE + b"\t: base64",
    ],
    8: [
        CTE + b": bas\r\n e64", CTE + b":\r\n base64", CTE + b":\r\n \r\n base64",
        CTE + b"\r\n : base64", CTE + b": base64\r\n ", b"Content-Transfer\r\n -Encoding: base64",
    ],
    9: [
        CTE + b": (x) base64", CTE + b": base64 (x)", CTE + b": bas(c)e64", CTE + b": bas(c\r\n )e64",
        CTE + b": (base64)", CTE + b": base64(qp", CTE + b"(: )base64", b"Content-Transfe(r-Encoding: base64",
        CTE + b": (quoted-printable) base64", CTE + b"(c): base64",
    ],
    10: [
        CTE + b": " + CODED, CTE + b": base64base64", CTE + b": base645", CTE + b": base64-",
        CTE + b": xxbase64", CTE + b": base64 xx", CTE + b": base 64",
    ],
    11: [
        CTE + b": " + v
        for v in (b'"base64"', b"base\\64", b"'base64'", b"=?utf-8?Q?base64?=", b"=?utf-8?B?YmFzZTY0?=", b"base=?utf-8?Q?64?=")
    ],
    12: [CTE + b": " + v for v in (b"x-base64", b"b", b"base", b"b64")],
    13: [b"junk line\r\n" + CODED, b"\xff\xfe junk\r\n" + CODED, b"  \r\n" + CODED, b"\xe3\x81\x82: x\r\n" + CODED, b":\r\n" + CODED],
    15: [b"X-A: b"],
}  # fmt: skip
_QP_CODINGS = (b"x-qp", b"quoted", b"qp", b"q", b"x-quoted-printable", b"quoted-printable, 7bit")


def cases(secret: Secret) -> Iterator[Case]:
    yield from _codings(secret)
    yield from _types(secret)
    yield from _boundaries(secret)


def _codings(secret: Secret) -> Iterator[Case]:
    for technique, variants in _CODING_HEADERS.items():
        after = (mail(secret.coded, part=OCTETS + b"\r\n" + v + b"\r\n") for v in variants)
        before = (mail(secret.coded, part=v + b"\r\n" + OCTETS + b"\r\n") for v in variants)
        yield from numbered(technique, after)
        yield from numbered(technique, before, "first ")
    quoted = (
        mail(secret.quoted, part=OCTETS + b"\r\n" + CTE + b": " + v + b"\r\n") for v in _QP_CODINGS
    )
    yield from numbered(12, quoted, "qp ")
    both = (
        mail(secret.quoted, part=OCTETS + b"\r\n" + v + b"\r\n")
        for v in (QP + b"\r\n" + CODED, CODED + b"\r\n" + QP, CTE + b":\r\n" + QP, b'X: y\r\n ' + QP)
    )  # fmt: skip
    yield from numbered(1, both, "qp ")
    inner = mail(secret.coded)
    for kind in (b"message/rfc822", b"message/global", b"multipart/mixed; boundary=foo"):
        body = inner if kind.startswith(b"message") else inner.partition(b"\r\n\r\n")[2]
        coded = Secret("", body).coded
        part = b"Content-Type: " + kind + b"\r\n" + CODED + b"\r\n"
        outer = MIXED.replace(b"foo", b"bar")
        wrapped = mail(
            coded, outer=outer, part=part, first=b"--bar\r\n", opening=b"\r\n--bar\r\n",
            closing=b"\r\n--bar--\r\n",
        )  # fmt: skip
        yield Case(14, kind.decode(), wrapped)
        yield Case(14, f"{kind.decode()} declared only", HEAD + part + b"\r\n" + body)


def _types(secret: Secret) -> Iterator[Case]:
    text = b"Content-Type: text/plain"
    outers: dict[int, list[bytes]] = {
        16: [text + b"\r\n" + MIXED, MIXED + b"\r\n" + text],
        17: [
            b"Content-Type: text/plain, multipart/mixed; boundary=foo",
            b"Content-Type: multipart/mixed, text/plain; boundary=foo",
        ],
        18: [b": multipart/mixed; boundary=foo", b""],
        19: [
            b"Content-Type: " + MIXED,
            b"Content-Type: multipart/mixedmultipart/mixed; boundary=foo",
        ],
        20: [
            b"Content-type: MULTIPART/mIxEd; BOUNDARY=foo",
            MIXED.replace(b"mixed", b"mix\0ed"),
            MIXED.replace(b": ", b" : "),
            b" " + MIXED,
            MIXED.replace(b": ", b":: "),
            MIXED.replace(b"-Type", b"-Type\0"),
        ],
        21: [
            b"Content-Type: " + v + b"; boundary=foo"
            for v in (
                b'"multipart/mixed"',
                b"multi\\part/mixed",
                b"multi(c)part/mixed",
                b"=?utf-8?Q?multipart/mixed?=",
            )
        ],
        22: [
            b"Content-Type: " + v
            for v in (
                b"multipart; boundary=foo", b"multiparts/mixed; boundary=foo",
                b"x.multipart/mixed; boundary=foo", b"multipart/invalid; boundary=foo",
                b"multipart/digest; boundary=foo", b"multipart/mixed boundary=foo", b"multipart/; boundary=foo",
                b"xmultipart/mixed; boundary=foo",
            )
        ],
        24: [
            b"X-Foo: bar\r" + MIXED,
            b"X-Foo :bar\r\n " + MIXED,
            b"X-Foo-bar\r\n " + MIXED,
            b"X-Foo: bar\n" + MIXED,
            b"X-Foo: bar\0\r\n" + MIXED,
        ],
    }  # fmt: skip
    for technique, variants in outers.items():
        yield from numbered(technique, (mail(secret.coded, outer=v) for v in variants))
    no_version = HEAD.replace(b"MIME-Version: 1.0\r\n", b"")
    yield Case(23, "none", mail(secret.coded, head=no_version))
    for n, version in enumerate((b"2.0", b"", b"1", b"1.0\r\nMIME-Version: 2.0", b"x (1.0)")):
        yield Case(23, f"odd {n}", mail(secret.coded, head=HEAD.replace(b"1.0", version)))


_PARAMETERS: dict[int, list[bytes]] = {
    25: [b"boundary=foo; boundary=bar", b"boundary=bar; boundary=foo", b"boundary=foo, boundary=bar", b"boundary=bar, boundary=foo"],
    26: [
        b"boundary*=''foo", b"boundary*0*=''foo", b"boundary*0=f; boundary*1=oo", b"boundary*1=oo; boundary*0=f",
        b"boundary*0=f; boundary*0=x; boundary*1=oo", b"boundary*=utf-16''%00f%00o%00o",
        b"boundary*=us-ascii'en'f%6fo", b"boundary=bar; boundary*=''foo", b"boundary*=''foo; boundary=bar",
        b"boundary=foo; boundary*=''bar", b"boundary*=''bar; boundary=foo", b"boundary=bar; boundary*0=foo",
        b"boundary*0=foo; boundary=bar", b"boundary=foo; boundary*0=bar", b"boundary*0=bar; boundary=foo",
    ],
    27: [b"boundary==?utf-8?Q?foo?=", b'boundary="=?utf-8?Q?foo?="', b"boundary==?utf-8?B?Zm9v?="],
    31: [b'boundary=""foo', b'boundary="foo"bar', b'boundary="foo', b'boundary=fo"o"', b'boundary=foo"', b"boundary='foo'"],
    32: [b'boundary="f\\oo"', b"boundary=f\\oo", b'boundary="foo\\"'],
    33: [
        b"boundary=foo(c)foo", b"boundary=(foo)", b"boundary=(foo", b"boundary(c)=foo", b"boundary=(c)foo",
        b"boundary=foo (c)",
    ],
    34: [
        b"boundary=\r\n foo", b"boundary\r\n =foo", b"bound\r\n ary=foo", b"boundary =foo", b"boundary= foo",
        b"boundary\t=\tfoo", b"boundary=\0foo", b"boundary\0=foo", b"\r\n\tboundary=\"fo\r\n o\"",
    ],
    35: [b"bound=foo", b'x="; boundary=bar"; boundary=foo', b'x="; boundary=foo"; boundary=bar', b"x=; boundary=foo", b'x=\'; boundary=foo\''],
    38: [b"boundary=foo,faa", b"boundary=foo,", b"boundary=,foo"],
}  # fmt: skip
# Parameter as written, and the delimiter that the lines really carry.
_USES: dict[int, list[tuple[bytes, bytes]]] = {
    28: [(v, b"") for v in (b"boundary=", b'boundary=""', b'boundary="', b"boundary=;", b'boundary=" "')]
    + [(b'boundary=" "', b" "), (b"boundary=", b"foo")],
    29: [
        (b"boundary= foo", b" foo"), (b'boundary=" foo"', b" foo"), (b'boundary="fo o"', b"fo o"),
        (b"boundary=fo o", b"fo o"), (b"boundary=fo o", b"fo"), (b"boundary=' foo'", b"' foo'"),
        (b'boundary="foo "', b"foo"), (b'boundary="foo "', b"foo "), (b"boundary=foo", b"foo "),
        (b'boundary=" foo"', b"foo"),
    ],
    30: [
        (b"boundary=\0foo", b"foo"), (b"boundary=\0foo", b"\0foo"), (b'boundary="foo;bar"', b"foo;bar"),
        (b"boundary=foo;bar", b"foo"), (b"boundary=foo;bar", b"foo;bar"), (b"boundary=foo\\;bar", b"foo;bar"),
    ],
    31: [(b'boundary=""foo', b""), (b'boundary="foo"bar', b"foobar"), (b'boundary="foo', b'"foo'), (b'boundary=fo"o"', b'fo"o"')],
    32: [(b"boundary=f\\oo", b"f\\oo"), (b'boundary="f\\oo"', b"f\\oo")],
    33: [(b"boundary=foo(c)foo", b"foo(c)foo"), (b"boundary=(foo)", b"(foo)"), (b"boundary=foo(c)foo", b"foofoo")],
    36: [(b"boundary=" + b"x" * n, b"x" * n) for n in (71, 200, 2049)] + [(b"boundary=" + b"x" * 71, b"x" * 70)],
}  # fmt: skip


def _boundaries(secret: Secret) -> Iterator[Case]:
    for technique, variants in _PARAMETERS.items():
        outers = (b"Content-Type: multipart/mixed; " + v for v in variants)
        yield from numbered(technique, (mail(secret.coded, outer=v) for v in outers))
    for technique, uses in _USES.items():
        yield from numbered(technique, (_used(secret, p, d) for p, d in uses), "used ")
    second = b"\r\nContent-Type: multipart/mixed; boundary="
    for good, other in ((b"foo", b"bar"), (b"bar", b"foo")):
        outer = b"Content-Type: multipart/mixed; boundary=" + good + second + other
        yield Case(25, f"two headers {good.decode()}", mail(secret.coded, outer=outer))
    outer = b"Content-Type: text/plain; boundary=foo"
    yield Case(37, "text/plain", mail(secret.coded, outer=outer))
    yield Case(37, "no type", mail(secret.coded, outer=b"Content-Type: ; boundary=foo"))


def _used(secret: Secret, parameter: bytes, delimiter: bytes) -> bytes:
    line = b"--" + delimiter
    return mail(
        secret.coded,
        outer=b"Content-Type: multipart/mixed; " + parameter,
        first=line + b"\r\n",
        opening=b"\r\n" + line + b"\r\n",
        closing=b"\r\n" + line + b"--\r\n",
    )
