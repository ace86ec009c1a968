"""D to F: delimiter lines, the gap between header and body, the tree (39 to 57)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.message.catalogue.base import CODED, HEAD, MIXED, OCTETS, Case, Secret, mail, numbered

_LINE_ENDS = (
    b"\r", b"\n", b"\n\r", b"\r\r\n", b"\r\n\n", b"\r\n\r", b"\n\r\n", b"\r\x13", b"\x13\n", b"\r\x13\n",
    b"\r ", b" \n",
)  # fmt: skip


def cases(secret: Secret) -> Iterator[Case]:
    yield from _delimiters(secret)
    yield from _gaps(secret)
    yield from _trees(secret)
    yield from _many(secret)


def _delimiters(secret: Secret) -> Iterator[Case]:
    tails = (b" ", b"\t", b"\x0b", b"x", b"-", b" text", b"\r", b"\0")
    openings = [b"\r\n --foo\r\n", b"\r\n\t--foo\r\n", b"\r\n- --foo\r\n"]
    openings += [b"\r\n--foo" + tail + b"\r\n" for tail in tails]
    yield from numbered(39, (mail(secret.coded, opening=o) for o in openings))
    both = (
        mail(secret.coded, first=o[2:], opening=o, closing=o[:-2] + b"--\r\n") for o in openings
    )
    yield from numbered(39, both, "all ")
    closings = (
        b"",
        b"\r\n--foo-\r\n",
        b"\r\n--foo\r\n",
        b"\r\n--foo--",
        b"\r\n--foo--x\r\n",
        b"\r\n--fo--\r\n",
    )
    yield from numbered(40, (mail(secret.coded, closing=c) for c in closings))
    inner = _inner(secret, b"in", b"in")
    yield Case(40, "no inner end", inner.replace(b"--in--", b""))
    yield Case(40, "no outer end", inner.replace(b"--foo--", b""))
    hidden = OCTETS + b"\r\nX-A: b\r\n--foo--\r\n" + CODED + b"\r\n"
    yield Case(41, "end in a header", mail(secret.coded, part=hidden))
    folded = OCTETS + b"\r\nX-A: b\r\n --foo--\r\n" + CODED + b"\r\n"
    yield Case(41, "end in a fold", mail(secret.coded, part=folded))
    yield Case(
        41, "boundary in a header", mail(secret.coded, part=hidden.replace(b"foo--", b"foo"))
    )
    yield Case(41, "in the main header", mail(secret.coded, head=HEAD + b"X-A:\r\n --foo--\r\n"))
    starts = (
        b"\r--foo\r\n",
        b"\n\r--foo\r\n",
        b"\r\r--foo\r\n",
        b"\n--foo\n",
        b"\r\n\r--foo\r\n",
        b"x--foo\r\n",
    )
    yield from numbered(42, (mail(secret.coded, opening=o) for o in starts))
    broken = mail(secret.coded, opening=b"\r\n--foo\r")
    yield Case(42, "header after a CR", broken)
    blank = (b"\r\n--foo\r\n\r\n", b"\r\n--foo\r\n \r\n", b"\r\n--foo\r\n\n", b"\r\n--foo\n\r\n")
    yield from numbered(43, (mail(secret.coded, opening=o) for o in blank))
    others = (
        b"\r\n--bar\r\n",
        b"\r\n--foobar\r\n",
        b"\r\n--fo\r\n",
        b"\r\n--FOO\r\n",
        b"\r\n-foo\r\n",
        b"\r\n---foo\r\n",
    )
    yield from numbered(44, (mail(secret.coded, opening=o) for o in others))
    all_other = (
        mail(secret.coded, first=o[2:], opening=o, closing=o[:-2] + b"--\r\n") for o in others
    )
    yield from numbered(44, all_other, "all ")


def _gaps(secret: Secret) -> Iterator[Case]:
    between = (mail(secret.coded, part=OCTETS + end + CODED + b"\r\n") for end in _LINE_ENDS)
    yield from numbered(45, between)
    top = (mail(secret.coded, outer=b"X-A: b" + end + MIXED) for end in _LINE_ENDS)
    yield from numbered(45, top, "outer ")
    part = OCTETS + b"\r\n" + CODED
    yield from numbered(46, (mail(secret.coded, part=part, gap=end * 2) for end in _LINE_ENDS))
    once = (mail(secret.coded, part=part + b"\r\n", gap=end) for end in _LINE_ENDS)
    yield from numbered(46, once, "once ")
    yield Case(47, "none", mail(secret.coded, gap=b""))
    yield Case(47, "none, no line end", mail(secret.coded, part=part, gap=b""))
    yield Case(47, "one blank", mail(secret.coded, gap=b" \r\n"))
    for name, junk, after in (
        ("plain", b"", b""),
        ("junk before", b"junk\r\n", b""),
        ("junk after", b"", b"junk\r\n"),
        ("junk around", b"junk\r\n", b"junk\r\n"),
    ):
        body = junk + CODED + b"\r\n" + after + b"\r\n" + secret.coded
        yield Case(48, name, mail(body, part=OCTETS + b"\r\n"))
    plain = OCTETS + b"\r\n" + CODED + b"\r\n"
    yield Case(49, "like a header", mail(b"X-A: b\r\n" + secret.coded, part=plain))
    yield Case(
        49, "like a header, no gap", mail(b"X-A: b\r\n\r\n" + secret.coded, part=plain, gap=b"")
    )
    yield Case(49, "after blanks", mail(secret.coded, part=plain, gap=b"  \r\n"))
    yield Case(49, "after a tab", mail(secret.coded, part=plain, gap=b"\t\r\n\r\n"))


def _inner(secret: Secret, declared: bytes, used: bytes, kind: bytes = b"mixed") -> bytes:
    """The base mail with its attachment one multipart farther in."""
    part = b"Content-Type: multipart/" + kind
    part += b"; boundary=" + declared + b"\r\n" if declared else b"\r\n"
    body = b"--" + used + b"\r\n" + OCTETS + b"\r\n" + CODED + b"\r\n\r\n" + secret.coded
    return mail(body + b"\r\n--" + used + b"--\r\n", part=part)


def _trees(secret: Secret) -> Iterator[Case]:
    entity = OCTETS + b"\r\n" + CODED + b"\r\n\r\n" + secret.coded + b"\r\n"
    yield Case(50, "entity", mail(b"b2s=", preamble=entity))
    yield Case(50, "body only", mail(b"b2s=", preamble=secret.coded + b"\r\n"))
    yield Case(51, "entity", mail(b"b2s=", epilogue=entity))
    yield Case(51, "part", mail(b"b2s=", epilogue=b"--foo\r\n" + entity + b"--foo--\r\n"))
    yield Case(51, "body only", mail(b"b2s=", epilogue=secret.coded + b"\r\n"))
    for declared, used in (
        (b"foo", b"foo"), (b"in", b"foo"), (b"", b"in"), (b"foobar", b"foobar"), (b"fo", b"fo"),
        (b"in", b"inner"), (b"inner", b"in"),
    ):  # fmt: skip
        name = f"{declared.decode()}/{used.decode()}"
        made = _inner(secret, declared, used)
        yield Case(52, name, made)
        dummy = b"--" + declared + b"\r\n\r\ndummy\r\n--" + used + b"\r\n" + OCTETS
        yield Case(52, f"{name} dummy", made.replace(b"--" + used + b"\r\n" + OCTETS, dummy, 1))
    middle = len(secret.coded) // 2
    split = secret.coded[:middle] + b"\r\n--foo\r\n" + secret.coded[middle:]
    yield Case(
        53, "outer line in base64", _inner(secret, b"in", b"in").replace(secret.coded, split)
    )
    ended = split.replace(b"--foo", b"--foo--")
    yield Case(53, "outer end in base64", _inner(secret, b"in", b"in").replace(secret.coded, ended))
    yield Case(
        54,
        "inner deleted",
        mail(b"", part=b"Content-Type: multipart/mixed; boundary=in\r\n", epilogue=entity),
    )
    yield Case(
        54, "inner empty", mail(entity, part=b"Content-Type: multipart/mixed; boundary=in\r\n")
    )
    nested = HEAD + b"Content-Type: text/plain\r\n\r\n" + secret.text
    for depth in (1, 3):
        for _ in range(depth):
            nested = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + nested
        yield Case(57, f"rfc822 {depth}", nested)
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + secret.text + b"</p>"
    for kind in (
        b"alternative",
        b"related",
        b"appledouble",
        b"digest",
        b"parallel",
        b"report",
        b"signed",
    ):
        outer = b"Content-Type: multipart/" + kind + b"; boundary=foo"
        yield Case(57, f"{kind.decode()} base64", mail(secret.coded, outer=outer))
        made = mail(b"b2s=", outer=outer).replace(b"Content-Type: text/plain\r\n\r\ntext", html)
        yield Case(57, f"{kind.decode()} html", made)


def _many(secret: Secret) -> Iterator[Case]:
    leaf = OCTETS + b"\r\n" + CODED + b"\r\n\r\n" + secret.coded + b"\r\n"
    for depth in (10, 50, 100):
        opened = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(depth)
        )
        closed = b"".join(b"--b%d--\r\n" % n for n in reversed(range(depth)))
        yield Case(55, f"multipart {depth}", HEAD + opened + leaf + closed)
        mixed = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
            b"Content-Type: message/rfc822\r\n\r\nMIME-Version: 1.0\r\n" % (n, n)
            for n in range(depth // 2)
        )
        yield Case(55, f"alternating {depth}", HEAD + mixed + leaf)
    for count in (1, 1000, 20_000):
        dummies = b"--foo\r\n\r\nx\r\n" * count
        yield Case(
            56,
            f"{count} parts",
            HEAD + MIXED + b"\r\n\r\n" + dummies + b"--foo\r\n" + leaf + b"--foo--\r\n",
        )
