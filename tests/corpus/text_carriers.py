"""Text-like carriers: every way in which a text file or an HTML page can hold a number.

Run ``python -m tests.corpus.text_carriers [seed]`` for the table of what is found.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import random
import sys
import urllib.parse
from collections.abc import Iterator

from tests.corpus.carrier import Carrier
from tests.numbers import FULL_WIDTH, grouped, my_numbers

FAMILY = "text"
_ROWS = 6  # of a roster
_CHARSETS = ("utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-16-le",
             "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")  # fmt: skip


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every text carrier, each with numbers of its own."""
    rng = random.Random(seed)
    for make in (_charsets, _plain, _coded, _tables, _json, _xml, _cards, _html, _clean):
        yield from make(rng)


def _carrier(kind: str, name: str, text: str | bytes, *numbers: str, media: str = "") -> Carrier:
    content = text if isinstance(text, bytes) else text.encode()
    return Carrier(FAMILY, kind, name, content, frozenset(numbers), media)


def _number(rng: random.Random) -> str:
    return my_numbers(rng.randrange(1 << 30), 1)[0]


def _thirds(number: str) -> tuple[str, str, str]:
    return number[:4], number[4:8], number[8:]


def _charsets(rng: random.Random) -> Iterator[Carrier]:
    for charset in _CHARSETS:
        n = _number(rng)
        text = f"氏名：山田太郎\r\n個人番号：{n}\r\n以上、よろしくお願いします。\r\n"
        yield _carrier(f"text in {charset}", "memo.txt", text.encode(charset), n)
    n = _number(rng)
    wide = f"マイナンバー {n.translate(FULL_WIDTH)} です。\n".encode("iso2022_jp")
    yield _carrier("full width in iso-2022-jp", "memo.txt", wide, n)


def _plain(rng: random.Random) -> Iterator[Carrier]:
    n = _number(rng)
    a, b, c = _thirds(n)
    yield _carrier(
        "flowed, cut at a soft break", "memo.txt", f"個人番号は {a} \n{b} \n{c} です\n", n
    )
    n = _number(rng)
    line = "個人番号のご連絡をいたします。" * 5
    yield _carrier("wrapped inside the number", "memo.txt", f"{line}個人番号 {n[:7]}\n{n[7:]}\n", n)
    n = _number(rng)
    a, b, c = _thirds(n)
    yield _carrier("cut over quoted lines", "memo.txt", f"> > 個人番号 {a}-\n> > {b}-{c}\n", n)
    n = _number(rng)
    yield _carrier("quoted", "memo.txt", f"> > 個人番号: {grouped(n)}\n", n)
    n = _number(rng)
    coded = "".join(f"%{ord(d):02X}" for d in n)
    yield _carrier("URL-encoded digits", "memo.txt", f"個人番号={coded}\n", n)
    n = _number(rng)
    query = urllib.parse.urlencode({"個人番号": n})
    yield _carrier("URL-encoded label", "form.txt", f"name=a&{query}\n", n)
    n = _number(rng)
    coded = "".join(f"\\u{ord(d):04x}" for d in n)
    yield _carrier("\\u escapes in a script", "a.js", f'var mynumber = "{coded}";\n', n)
    n = _number(rng)
    coded = "".join(f"\\x{ord(d):02x}" for d in n)
    yield _carrier("\\x escapes", "a.py", f"mynumber = '{coded}'\n", n)
    n = _number(rng)
    sql = f"INSERT INTO staff (name, my_number) VALUES ('山田', '{n}');\n"
    yield _carrier("SQL dump", "dump.sql", sql, n)
    n = _number(rng)
    yield _carrier("YAML", "a.yaml", f"staff:\n  - name: 山田\n    mynumber: '{n}'\n", n)
    n = _number(rng)
    yield _carrier("INI", "a.ini", f"[staff]\nmy_number={n}\n", n)
    n = _number(rng)
    yield _carrier("log", "a.log", f"2026-04-01T00:00:00Z INFO mynumber={n} user=1\n", n)
    n = _number(rng)
    yield _carrier("mentions %PDF-", "memo.txt", f"先頭は %PDF- です。\n個人番号 {n}\n", n)


def _coded(rng: random.Random) -> Iterator[Carrier]:
    n = _number(rng)
    body = f"氏名,個人番号\n山田,{n}\n".encode()
    lines = (body[i : i + 45] for i in range(0, len(body), 45))
    uu = "begin 644 list.csv\n" + "".join(binascii.b2a_uu(x).decode() for x in lines) + "`\nend\n"
    yield _carrier("uuencode", "memo.txt", f"添付します。\n\n{uu}", n)
    yield _carrier("uuencode, quoted", "memo.txt", "".join(f"> {x}\n" for x in uu.split("\n")), n)
    n = _number(rng)
    long = (f"個人番号 {n}\n" + "ご確認をお願いいたします。\n" * 12).encode()
    yield _carrier("base64 paragraph", "memo.txt", b"see below\n\n" + base64.encodebytes(long), n)
    n = _number(rng)
    short = base64.b64encode(f"個人番号 {n}\n".encode()).decode()
    yield _carrier("base64 line", "memo.txt", f"以下のとおりです。\n\n{short}\n", n)
    n = _number(rng)
    qp = binascii.b2a_qp(f"個人番号：{n}\n".encode()).decode()
    yield _carrier("quoted-printable body", "memo.txt", qp, n)
    n = _number(rng)
    raw = f"個人番号,{n}\n".encode()
    yield _carrier("yEnc", "memo.txt", _yenc("list.csv", raw), n)
    n = _number(rng)
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n個人番号 {n}\n"
    signature = base64.encodebytes(rng.randbytes(300)).decode()
    armour = f"-----BEGIN PGP SIGNATURE-----\n\n{signature}-----END PGP SIGNATURE-----\n"
    yield _carrier("clear-signed", "memo.asc", text + armour, n)


def _yenc(name: str, raw: bytes) -> bytes:
    out = bytearray()
    for byte in raw:
        code = (byte + 42) % 256
        out += bytes((61, (code + 64) % 256)) if code in (0, 10, 13, 61) else bytes((code,))
    head = f"=ybegin line=128 size={len(raw)} name={name}\r\n".encode()
    return head + bytes(out) + f"\r\n=yend size={len(raw)}\r\n".encode()


def _tables(rng: random.Random) -> Iterator[Carrier]:
    for kind, name, delimiter, shown in (
        ("CSV", "list.csv", ",", "{}"),
        ("CSV with .00", "list.csv", ",", "{}.00"),
        ("CSV with formula text", "list.csv", ",", '="{}"'),
        ("TSV", "list.tsv", "\t", "{}"),
        ("semicolons", "list.csv", ";", "{}"),
        ("fixed width", "list.txt", "    ", "{}"),
    ):
        numbers = my_numbers(rng.randrange(1 << 30), _ROWS)
        rows = [delimiter.join((f"山田{i}", shown.format(n))) for i, n in enumerate(numbers)]
        text = "\r\n".join((delimiter.join(("氏名", "個人番号")), *rows, ""))
        yield _carrier(kind, name, text.encode("cp932"), *numbers)
    lost = my_numbers(rng.randrange(1 << 30), _ROWS, first="01")
    rows = [f"山田{i},{int(n)}.0" for i, n in enumerate(lost)]
    yield _carrier("CSV, zeros lost", "list.csv", "\n".join(("氏名,個人番号", *rows)), *lost)
    n = _number(rng)
    a, b, c = _thirds(n)
    yield _carrier("CSV, three columns", "e.csv", f"mynmbr1,mynmbr2,mynmbr3\n{a},{b},{c}\n", n)
    n = _number(rng)
    text = f"氏名,個人番号\n山田,{n[0]}.{n[1:]}E+11\n"
    yield _carrier("CSV, scientific with all digits", "list.csv", text, n)


def _json(rng: random.Random) -> Iterator[Carrier]:
    n = _number(rng)
    yield _carrier("JSON", "a.json", json.dumps({"氏名": "山田", "個人番号": n}), n)
    n = _number(rng)
    coded = "".join(f"\\u{ord(d):04x}" for d in n)
    yield _carrier("JSON digits as \\u", "a.json", f'{{"my_number":"{coded}"}}', n)
    n = _number(rng)
    yield _carrier("JSON number", "a.json", json.dumps([{"mynumber": int(n)}]), n)
    n = _number(rng)
    yield _carrier("JSON digits in a list", "a.json", json.dumps({"mynumber": [*map(int, n)]}), n)
    n = _number(rng)
    parts = {f"mynumber{i}": part for i, part in enumerate(_thirds(n), 1)}
    yield _carrier("JSON in three keys", "a.json", json.dumps(parts), n)
    n = _number(rng)
    yield _carrier("JSON in a list of three", "a.json", json.dumps({"個人番号": _thirds(n)}), n)
    numbers = my_numbers(rng.randrange(1 << 30), _ROWS)
    records = [json.dumps({"name": f"山田{i}", "kojin_bango": n}) for i, n in enumerate(numbers)]
    yield _carrier("JSON Lines", "a.jsonl", "\n".join(records), *numbers)
    n = _number(rng)
    inner = base64.b64encode(f"個人番号 {n}\n".encode()).decode()
    yield _carrier("JSON with a file as base64", "a.json", json.dumps({"file": inner}), n)


def _xml(rng: random.Random) -> Iterator[Carrier]:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    n = _number(rng)
    coded = "".join(f"&#{ord(d)};" for d in n)
    yield _carrier("XML character references", "a.xml", f"<r><個人番号>{coded}</個人番号></r>", n)
    n = _number(rng)
    yield _carrier("XML CDATA", "a.xml", f"{head}<r><mynumber><![CDATA[{n}]]></mynumber></r>", n)
    n = _number(rng)
    yield _carrier(
        "XML CDATA cut", "a.xml", f"{head}<r><mynumber>{n[:5]}<![CDATA[{n[5:]}]]></mynumber></r>", n
    )
    n = _number(rng)
    coded = "".join(f"&#x{ord(d):x};" for d in n)
    yield _carrier("XML attribute", "a.xml", f'{head}<r><p mynumber="{coded}"/></r>', n)
    n = _number(rng)
    dtd = f'<!DOCTYPE r [<!ENTITY a "{n[:6]}">]>'
    yield _carrier("XML entity", "a.xml", f"{head}{dtd}<r><mynumber>&a;{n[6:]}</mynumber></r>", n)
    n = _number(rng)
    text = "".join(f"<d>{d}</d>" for d in n)
    yield _carrier(
        "XML, a digit an element", "a.xml", f"{head}<r><mynumber>{text}</mynumber></r>", n
    )
    n = _number(rng)
    body = f"<text:p>個人番号 <text:span>{n[:5]}</text:span>{n[5:]}</text:p>"
    space = 'xmlns:office="o" xmlns:text="t"'
    fodt = f"{head}<office:document {space}><office:body>{body}</office:body></office:document>"
    yield _carrier("flat ODT", "a.fodt", fodt, n)
    numbers = my_numbers(rng.randrange(1 << 30), _ROWS)
    rows = "".join(_row(f"山田{i}", n) for i, n in enumerate(numbers))
    book = f'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="s"><Worksheet ss:Name="a"><Table>{_row("氏名", "個人番号")}{rows}</Table></Worksheet></Workbook>'
    yield _carrier("Excel 2003 XML", "a.xls", head + book, *numbers)
    n = _number(rng)
    boxes = _row("個人番号", *n)
    yield _carrier(
        "Excel 2003 XML, a digit a cell",
        "a.xml",
        f'{head}<Workbook xmlns:ss="s"><Table>{boxes}</Table></Workbook>',
        n,
    )
    n = _number(rng)
    runs = "".join(f"<w:r><w:t>{x}</w:t></w:r>" for x in ("個人番号 ", n[:5], n[5:]))
    yield _carrier(
        "Word 2003 XML, runs",
        "a.xml",
        f'{head}<w:wordDocument xmlns:w="w"><w:body><w:p>{runs}</w:p></w:body></w:wordDocument>',
        n,
    )
    n = _number(rng)
    spans = "".join(f"<tspan x='{9 * i}'>{d}</tspan>" for i, d in enumerate(n))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text>個人番号 {spans}</text></svg>'
    yield _carrier("SVG, a digit a tspan", "a.svg", svg, n)
    n = _number(rng)
    text = f'<?xml version="1.0" encoding="Shift_JIS"?><r><個人番号>{n}</個人番号></r>'
    yield _carrier("XML in Shift_JIS", "a.xml", text.encode("cp932"), n)
    n = _number(rng)
    text = f'<?xml version="1.0" encoding="UTF-16"?><r><x>マイナンバー</x><y>{n[:5]}<b>{n[5:]}</b></y></r>'
    yield _carrier("XML in UTF-16", "a.xml", text.encode("utf-16"), n)


def _row(*cells: str) -> str:
    return "<Row>" + "".join(f"<Cell><Data>{x}</Data></Cell>" for x in cells) + "</Row>"


def _cards(rng: random.Random) -> Iterator[Carrier]:
    n = _number(rng)
    qp = "".join(f"={byte:02X}" for byte in f"個人番号:{n}".encode())
    soft = f"{qp[:60]}=\r\n{qp[60:]}"
    text = f"BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{soft}\r\nEND:VCARD\r\n"
    yield _carrier("vCard, quoted-printable", "a.vcf", text, n)
    n = _number(rng)
    text = f"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:マイナンバー{n[:7]}\r\n {n[7:]}\r\nEND:VCARD\r\n"
    yield _carrier("vCard, folded", "a.vcf", text, n)
    n = _number(rng)
    coded = base64.b64encode(f"個人番号 {n}".encode()).decode()
    text = f"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE;ENCODING=b:{coded[:20]}\r\n {coded[20:]}\r\nEND:VCARD\r\n"
    yield _carrier("vCard, base64", "a.vcf", text, n)
    n = _number(rng)
    text = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDESCRIPTION:個人番号\\n{n[:3]}\r\n {n[3:]}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    yield _carrier("iCalendar, folded", "a.ics", text, n, media="text/calendar")
    n = _number(rng)
    coded = base64.b64encode(f"個人番号 {n}".encode()).decode()
    text = f"dn: cn=a,dc=example\ncn: a\ndescription:: {coded[:30]}\n {coded[30:]}\n"
    yield _carrier("LDIF, base64", "a.ldif", text, n)


def _html(rng: random.Random) -> Iterator[Carrier]:
    for kind, body in (
        ("unknown tags", "<p>個人番号 <o:p>{0}</o:p><st1:x>{1}</st1:x><foo>{2}</foo></p>"),
        ("wbr, shy, zero width", "<p>個人番号 {0}<wbr>{1}&shy;&#8203;{2}</p>"),
        ("references", "<p>個人番号 {refs}</p>"),
        ("references with zeros", "<p>個人番号 {zeros}</p>"),
        ("a digit a cell", "<p>x</p><table><tr><td>個人番号</td>{cells}</tr></table>"),
        ("a digit a cell below its label", "<p>個人番号</p><table><tr>{cells}</tr></table>"),
        ("four digits a cell below their label", "<p>個人番号</p><table><tr><td>{0}</td><td>-</td><td>{1}</td><td>-</td><td>{2}</td></tr></table>"),
        ("hidden table", "<div style='display:none'><table><tr><td>個人番号</td>{cells}</tr></table></div>"),
        ("three inputs", "<p>個人番号<input value={0}>-<input value={1}>-<input value={2}></p>"),
        ("twelve inputs", "<p>個人番号{inputs}</p>"),
        ("hidden inputs", "<p>a</p><input type=hidden name=mynumber1 value={0}><input type=hidden name=mynumber2 value={1}><input type=hidden name=mynumber3 value={2}>"),
        ("sdval", "<table><tr><td>氏名</td><td>個人番号</td></tr><tr><td>a</td><td sdval='{n}'>1.23E+11</td></tr></table>"),
        ("x:num", "<table><tr><td>氏名</td><td>個人番号</td></tr><tr><td>a</td><td x:num='{n}'>1.23E+11</td></tr></table>"),
        ("title", "<p title='個人番号 {n}'>a</p>"),
        ("alt", "<img alt='個人番号 {n}'>"),
        ("data attribute", "<p data-mynumber='{n}'>a</p>"),
        ("query string", "<a href='https://x.example/?mynumber={n}'>a</a>"),
        ("query string, coded", "<a href='https://x.example/?%E5%80%8B%E4%BA%BA%E7%95%AA%E5%8F%B7={pct}'>a</a>"),
        ("mailto body", "<a href='mailto:a@x.example?body=%E5%80%8B%E4%BA%BA%E7%95%AA%E5%8F%B7{n}'>a</a>"),
        ("data URI", "<img src='data:text/plain;base64,{b64}'>"),
        ("comment", "<!-- 個人番号 {n} --><p>a</p>"),
        ("conditional comment", "<!--[if mso]><p>個人番号 {0}<b>{1}</b>{2}</p><![endif]--><p>a</p>"),
        ("template", "<template><p>個人番号 {0}<b>{1}</b>{2}</p></template><p>a</p>"),
        ("noscript", "<noscript><p>個人番号 {0}<b>{1}</b>{2}</p></noscript><p>a</p>"),
        ("style content", "<style>p::after {{ content: '個人番号 {n}' }}</style><p>a</p>"),
        ("style content, escaped", "<style>p::after {{ content: '個人番号 {css}' }}</style><p>a</p>"),
        ("meta refresh", "<meta http-equiv=refresh content='0;url=https://x.example/?mynumber={n}'><p>a</p>"),
        ("hiding class between", "<style>.z{{display:none}}</style><p>個人番号 {0}<i class=z>abc</i>{1}<i class=z>abc</i>{2}</p>"),
        ("script escapes", "<script>var mynumber = '{js}'</script><p>a</p>"),
        ("srcdoc", "<iframe srcdoc='&lt;p&gt;個人番号 {0}&lt;b&gt;{1}&lt;/b&gt;{2}&lt;/p&gt;'></iframe>"),
        ("digits in floating divs", "<div>個人番号</div>{divs}"),
        ("nested in 50,000 divs", "{deep}個人番号 {n}"),
    ):  # fmt: skip
        n = _number(rng)
        text = "<html><head><meta charset=utf-8></head><body>" + body.format(
            *_thirds(n), **_forms(n)
        )
        yield _carrier(f"HTML, {kind}", "a.html", text, n, media="text/html")
    n = _number(rng)
    text = f"<p>マイナンバー {n[:5]}<i>{n[5:]}</i></p>"
    yield _carrier("HTML fragment without a type", "a.html", text, n)
    n = _number(rng)
    text = f"<html><meta charset=shift_jis><p>個人番号<b>{n[:3]}</b>{n[3:]}</p></html>"
    yield _carrier("HTML in Shift_JIS", "a.htm", text.encode("cp932"), n)


def _forms(n: str) -> dict[str, str]:
    return {
        "n": n,
        "refs": "".join(f"&#{ord(d)};" for d in n),
        "zeros": "".join(f"&#000{ord(d)}" + ";" for d in n),
        "cells": "".join(f"<td>{d}</td>" for d in n),
        "inputs": "".join(f"<input size=1 value='{d}'>" for d in n),
        "pct": "".join(f"%{ord(d):02x}" for d in n),
        "b64": base64.b64encode(f"個人番号 {n}".encode()).decode(),
        "css": "".join(f"\\{ord(d):06x}" for d in n),
        "js": "".join(f"\\x{ord(d):02x}" for d in n),
        "divs": "".join(f"<div style='float:left'>{d}</div>" for d in n),
        "deep": "<div>" * 50_000,
    }


def _clean(rng: random.Random) -> Iterator[Carrier]:
    """Files without a number that are read whole: nothing found, nothing unread."""
    armour = "-----BEGIN PGP MESSAGE-----\n\n" + base64.encodebytes(rng.randbytes(100)).decode()
    quoted = "".join(f"> {x}\n" for x in armour.split("\n"))
    yield _carrier("clean: quoted PGP armour", "memo.txt", f"いただいた文です。\n{quoted}")
    named = "本文が -----BEGIN PGP MESSAGE----- で始まる場合は開けません。\n"
    yield _carrier("clean: PGP armour named", "memo.txt", named)
    key = base64.encodebytes(rng.randbytes(600)).decode()
    block = f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{key}-----END PGP PUBLIC KEY BLOCK-----\n"
    yield _carrier("clean: PGP public key", "key.asc", block)
    yield _carrier("clean: %PDF- mentioned", "memo.txt", "先頭が %PDF-1.7 のファイルです。\n")
    yield _carrier("clean: <html> mentioned", "memo.txt", "<html> や <body> の話です。\n")
    yield _carrier("clean: begin in prose", "memo.txt", "begin 100 years ago\nand end\n")
    sheet = html.escape("<a & b>")
    yield _carrier("clean: XML", "a.xml", f"<?xml version='1.0'?><r><a>{sheet}</a></r>")
    yield _carrier(
        "clean: SVG",
        "a.svg",
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg xmlns="http://www.w3.org/2000/svg"><path d="M 0 0 L 10.123456 20.654321"/></svg>',
    )
    yield _carrier("clean: JSON", "a.json", json.dumps({"a": [1, 2, 3], "b": {"c": None}}))


if __name__ == "__main__":
    from tests.corpus.found import report

    report(carriers(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
