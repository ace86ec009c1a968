"""Texts and slides that carry numbers: every place in a document where one can stand.

Answers: ``carriers``: files written by python-docx and python-pptx, packages cut up by hand,
RTF and binary files by hand, and, where it is installed, what LibreOffice makes of them.
LibreOffice's files carry times of their own, so their bytes differ between two runs; all
others depend on the seed alone.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docx

from tests.corpus import word_legacy, word_slides
from tests.corpus.carrier import Carrier
from tests.corpus.word_surgery import (
    MAIN,
    W,
    cell,
    cells,
    control,
    document_xml,
    drawn_box,
    edit,
    members,
    packed,
    paragraph,
    part_xml,
    run,
    saved,
    table,
    vml_box,
    with_body,
)
from tests.numbers import FULL_WIDTH, grouped, my_numbers

FAMILY = "word"
_LABEL = "個人番号："
_HIDDEN = "<w:vanish/>"


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every carrier of a text or a presentation, each with a number of its own."""
    yield from by_hand(seed)
    if shutil.which("soffice"):
        yield from converted(random.Random(seed))
        yield from _converted_slides(random.Random(seed + 1))


def by_hand(seed: int) -> Iterator[Carrier]:
    """Yield those that depend on the seed alone."""
    rng = random.Random(seed)
    for kind, body in _BODIES.items():
        number = _number(rng)
        yield _carrier(kind, "申請書.docx", with_body(body(number)), number)
    for kind, parts in _PARTS.items():
        number = _number(rng)
        yield _carrier(kind, "申請書.docx", parts(number), number)
    for module in (word_legacy, word_slides):
        for kind, name, write in module.KINDS:
            number = _number(rng)
            yield _carrier(kind, name, write(number), number)
    yield _carrier("clean document", "案内.docx", with_body(paragraph("ご案内です。")))


def _number(rng: random.Random) -> str:
    return my_numbers(rng.randrange(1 << 30), 1)[0]


def _carrier(kind: str, name: str, content: bytes, *numbers: str) -> Carrier:
    return Carrier(FAMILY, kind, name, content, frozenset(numbers))


# ------------------------------------------------------------------ bodies of a Word file


def _inserted(text: str) -> str:
    return f'<w:ins w:id="1" w:author="a">{run(text)}</w:ins>'


def _deleted(text: str) -> str:
    return f'<w:del w:id="2" w:author="a"><w:r><w:delText>{text}</w:delText></w:r></w:del>'


def _field(code: str, result: str) -> str:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    return (
        f"{char('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{char('separate')}"
        f"{run(result)}{char('end')}"
    )


def _ruby(base: str, over: str) -> str:
    return (
        f"<w:r><w:ruby><w:rt><w:r><w:t>{over}</w:t></w:r></w:rt>"
        f"<w:rubyBase><w:r><w:t>{base}</w:t></w:r></w:rubyBase></w:ruby></w:r>"
    )


def _shuffled_boxes(number: str) -> str:
    places = random.Random(number[:3]).sample(range(12), 12)
    return paragraph(
        drawn_box("個人番号", 0, 5), *(drawn_box(number[n], 100_000 * (n + 2), 0) for n in places)
    )


_BODIES: dict[str, Callable[[str], str]] = {
    "plain": lambda n: paragraph(_LABEL + n),
    "full width": lambda n: paragraph(_LABEL + grouped(n).translate(FULL_WIDTH)),
    "a run for each digit": lambda n: paragraph(_LABEL, *(run(d, "<w:b/>") for d in n)),
    "proofing marks between digits": lambda n: paragraph(
        _LABEL, *(f'<w:proofErr w:type="spellStart"/>{run(d)}' for d in n)
    ),
    "half inserted": lambda n: paragraph(_LABEL + n[:6], _inserted(n[6:])),
    "foreign digits inserted": lambda n: paragraph(_LABEL + n[:6], _inserted("99"), n[6:]),
    "foreign digits deleted": lambda n: paragraph(_LABEL + n[:6], _deleted("99"), n[6:]),
    "half deleted": lambda n: paragraph(_LABEL + n[:6], _deleted(n[6:])),
    "replaced digit by digit": lambda n: paragraph(
        _LABEL, *(_deleted(d) + _inserted("x") for d in n)
    ),
    "moved away": lambda n: paragraph(f"<w:moveFrom>{run(_LABEL + n)}</w:moveFrom>"),
    "paragraph mark deleted": lambda n: (
        f"<w:p><w:pPr><w:rPr><w:del w:id='3'/></w:rPr></w:pPr>{run(_LABEL + n[:5])}</w:p>"
        + paragraph(n[5:])
    ),
    "boxes in a table": lambda n: table(cells("個人番号", *n)),
    "heading over a spanned column": lambda n: table(
        cell(paragraph("氏名"), properties='<w:gridSpan w:val="2"/>') + cells("個人番号"),
        cells("山田", "太郎", n),
    ),
    "label merged downwards": lambda n: table(
        cell(paragraph("個人番号"), properties='<w:vMerge w:val="restart"/>') + cells("本人"),
        cell("<w:p/>", properties="<w:vMerge/>") + cells(n),
    ),
    "boxes in an inner table": lambda n: table(
        cells("個人番号") + cell(table(cells(*n)), "<w:p/>")
    ),
    "footnote mark within": lambda n: paragraph(
        _LABEL + n[:6], '<w:r><w:footnoteReference w:id="2"/></w:r>', n[6:]
    ),
    "text box": lambda n: paragraph(drawn_box(_LABEL + n)),
    "old text box": lambda n: paragraph(vml_box(_LABEL + n)),
    "text box within": lambda n: paragraph(_LABEL + n[:6], drawn_box("注 1"), n[6:]),
    "second alternate only": lambda n: paragraph(
        f"<w:r><mc:AlternateContent><mc:Choice><w:t>x</w:t></mc:Choice><mc:Fallback><w:t>{_LABEL}{n}"
        "</w:t></mc:Fallback></mc:AlternateContent></w:r>"
    ),
    "alternates within": lambda n: paragraph(
        _LABEL + n[:4],
        f"<w:r><mc:AlternateContent><mc:Choice><w:t>{n[4:8]}</w:t></mc:Choice>"
        f"<mc:Fallback><w:t>{n[4:8]}</w:t></mc:Fallback></mc:AlternateContent></w:r>",
        n[8:],
    ),
    "a text box for each digit": _shuffled_boxes,
    "a paragraph for each digit": lambda n: paragraph("個人番号") + "".join(map(paragraph, n)),
    "field result": lambda n: paragraph(_LABEL, _field("MERGEFIELD 番号", n)),
    "field code": lambda n: paragraph(_field(f"QUOTE 個人番号：{n}", "x")),
    "simple field": lambda n: paragraph(f'<w:fldSimple w:instr="SET 個人番号 {n}"/>'),
    "content control": lambda n: control(n, inline=False, title="個人番号"),
    "a control for each digit": lambda n: paragraph(
        _LABEL, *(control(d, inline=True) for d in n)
    ),
    "a paragraph control for each digit": lambda n: (
        paragraph("個人番号") + "".join(control(d, inline=False) for d in n)
    ),
    "ruby base": lambda n: paragraph(_LABEL, _ruby(n[:6], "あ"), _ruby(n[6:], "い")),
    "ruby text": lambda n: paragraph(_ruby("番号", _LABEL + n)),
    "hidden text": lambda n: paragraph(run(_LABEL + n, _HIDDEN)),
    "hidden digits within": lambda n: paragraph(_LABEL + n[:6], run("77", _HIDDEN), n[6:]),
    "white digits within": lambda n: paragraph(
        _LABEL + n[:6], run("77", '<w:color w:val="FFFFFF"/>'), n[6:]
    ),
    "symbol font": lambda n: paragraph(
        _LABEL,
        *(f'<w:r><w:sym w:font="Wingdings" w:char="F0{0x80 + int(d):02X}"/></w:r>' for d in n),
    ),
    "private characters": lambda n: paragraph(_LABEL + "".join(chr(0xF030 + int(d)) for d in n)),
    "non-breaking hyphens": lambda n: paragraph(
        _LABEL + n[:4], "<w:r><w:noBreakHyphen/></w:r>", n[4:8], "<w:r><w:noBreakHyphen/></w:r>", n[8:]
    ),
    "soft hyphens": lambda n: paragraph(_LABEL + n[:6], "<w:r><w:softHyphen/></w:r>", n[6:]),
    "equation": lambda n: paragraph(
        _LABEL, "<m:oMath>" + "".join(f"<m:r><m:t>{d}</m:t></m:r>" for d in n) + "</m:oMath>"
    ),
    "alternative text": lambda n: paragraph(
        f'<w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="{_LABEL}{n}"/></wp:inline>'
        "</w:drawing></w:r>"
    ),
    "bookmark name": lambda n: paragraph(f'<w:bookmarkStart w:id="1" w:name="個人番号_{n}"/>', "x"),
}  # fmt: skip


# ------------------------------------------------------------------ other parts of a Word file


def _beside(name: str, content: Callable[[str], bytes]) -> Callable[[str], bytes]:
    return lambda n: edit(with_body(paragraph("本文")), {name: content(n)})


def _story(name: str, root: str, element: str) -> Callable[[str], bytes]:
    return _beside(
        f"word/{name}.xml",
        lambda n: part_xml(root, f'<w:{element} w:id="2">{paragraph(_LABEL + n)}</w:{element}>'),
    )


def _written(fill: Callable[[docx.document.Document, str], object]) -> Callable[[str], bytes]:
    def write(number: str) -> bytes:
        made = docx.Document()
        fill(made, number)
        return saved(made)

    return write


def _header(made: docx.document.Document, number: str) -> None:
    made.sections[0].header.paragraphs[0].text = _LABEL + number


def _properties(made: docx.document.Document, number: str) -> None:
    made.core_properties.comments = _LABEL + number


def _link(made: docx.document.Document, number: str) -> None:
    made.part.relate_to(f"https://example.org/?個人番号={number}", "hyperlink", is_external=True)


def _renamed(number: str) -> bytes:
    """The main part under another name, as some programs write it."""
    files = members(with_body(paragraph(_LABEL, *number)))
    moved = {"word/document.xml": "word/document2.xml",
             "word/_rels/document.xml.rels": "word/_rels/document2.xml.rels"}  # fmt: skip
    return packed(
        {moved.get(n, n): c.replace(b"word/document.xml", b"word/document2.xml")
         for n, c in files.items()}
    )  # fmt: skip


def _as(codec: str, name: str) -> Callable[[str], bytes]:
    def write(number: str) -> bytes:
        xml = document_xml(paragraph(_LABEL, *number)).replace("UTF-8", name)
        return edit(with_body(""), {MAIN: xml.encode(codec)})

    return write


def _strict(number: str) -> bytes:
    xml = document_xml(paragraph(_LABEL, *number))
    return edit(
        with_body(""),
        {MAIN: xml.replace(W, "http://purl.oclc.org/ooxml/wordprocessingml/main").encode()},
    )


def _other_prefix(number: str) -> bytes:
    xml = document_xml(paragraph(_LABEL, *number))
    return edit(with_body(""), {MAIN: xml.replace("w:", "q0:").encode()})


def _chart(number: str) -> bytes:
    points = f"<c:pt idx='0'><c:v>{float(number):.11E}</c:v></c:pt>"
    return (
        "<c:chartSpace xmlns:c='c'><c:ser><c:tx><c:strRef><c:strCache><c:pt><c:v>個人番号</c:v></c:pt>"
        f"</c:strCache></c:strRef></c:tx><c:val><c:numRef><c:numCache>{points}</c:numCache></c:numRef>"
        "</c:val></c:ser></c:chartSpace>"
    ).encode()


_PARTS: dict[str, Callable[[str], bytes]] = {
    "header": _written(_header),
    "core property": _written(_properties),
    "link": _written(_link),
    "footnote": _story("footnotes", "footnotes", "footnote"),
    "endnote": _story("endnotes", "endnotes", "endnote"),
    "comment": _story("comments", "comments", "comment"),
    "glossary": _beside(
        "word/glossary/document.xml",
        lambda n: part_xml("glossaryDocument", f"<w:docParts>{paragraph(_LABEL, *n)}</w:docParts>"),
    ),
    "document variable": _beside(
        "word/settings.xml",
        lambda n: part_xml("settings", f'<w:docVars><w:docVar w:name="個人番号" w:val="{n}"/></w:docVars>'),
    ),
    "numbering text": _beside(
        "word/numbering.xml",
        lambda n: part_xml("numbering", f'<w:abstractNum><w:lvl><w:lvlText w:val="{_LABEL}{n}"/></w:lvl></w:abstractNum>'),
    ),
    "custom property": _beside(
        "docProps/custom.xml",
        lambda n: f'<Properties xmlns="p" xmlns:vt="v"><property name="個人番号"><vt:lpwstr>{n}</vt:lpwstr></property></Properties>'.encode(),
    ),
    "custom XML": _beside(
        "customXml/item7.xml", lambda n: f"<申請><個人番号>{n}</個人番号></申請>".encode()
    ),
    "HTML chunk": _beside(
        "word/afchunk1.htm", lambda n: f"<html><body>個人番号 {n[:6]}<b>{n[6:]}</b></body></html>".encode()
    ),
    "HTML chunk called XML": _beside(
        "word/afchunk1.xml", lambda n: f"<html><body>個人番号 {n[:6]}<b>{n[6:]}</b></body></html>".encode()
    ),
    "embedded Word file": _beside(
        "word/embeddings/doc1.docx", lambda n: with_body(paragraph(_LABEL, *n))
    ),
    "embedded file without an end": _beside(
        "word/embeddings/oleObject1.bin", lambda n: f"個人番号,{n}\n".encode("cp932")
    ),
    "chart": _beside("word/charts/chart1.xml", _chart),
    "SmartArt": _beside(
        "word/diagrams/data1.xml",
        lambda n: f"<dgm:dataModel xmlns:dgm='d' xmlns:a='a'><dgm:pt><dgm:t><a:p><a:r><a:t>{_LABEL}{n[:6]}</a:t></a:r><a:r><a:t>{n[6:]}</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>".encode(),
    ),
    "member nobody names": _beside(
        "word/extra.dat", lambda n: f"<x><t>個人番号 {n}</t></x>".encode()
    ),
    "main part renamed": _renamed,
    "strict namespace": _strict,
    "another prefix": _other_prefix,
    "UTF-16 part": _as("utf-16", "UTF-16"),
    "Shift_JIS part": _as("cp932", "Shift_JIS"),
}  # fmt: skip


# ------------------------------------------------------------------ what LibreOffice writes

_SOURCES = ("plain", "a run for each digit", "half inserted", "foreign digits inserted",
            "foreign digits deleted", "boxes in a table", "heading over a spanned column",
            "boxes in an inner table", "text box", "field result", "hidden text", "header",
            "core property", "full width")  # fmt: skip
_LOST = ("layout", "master", "shape's alternative text", "slide's comment",
         "slide's threaded comment")  # by LibreOffice  # fmt: skip
_LOST_IN = {"rtf": ("text box",)}  # by LibreOffice when it writes
_TARGETS = ("doc", "odt", "fodt", "rtf", "docx:MS Word 2007 XML")


def converted(rng: random.Random, sources: tuple[str, ...] = _SOURCES) -> Iterator[Carrier]:
    """Yield the sources in each of LibreOffice's own formats for texts."""
    texts = {}
    for kind in sources:
        number = _number(rng)
        body = _BODIES.get(kind)
        texts[kind] = number, with_body(body(number)) if body else _PARTS[kind](number)
    yield from _by_libreoffice(texts, "docx", _TARGETS)


def _converted_slides(rng: random.Random) -> Iterator[Carrier]:
    slides = {}
    for kind, _, write in word_slides.KINDS:
        if kind not in _LOST:
            number = _number(rng)
            slides[kind] = number, write(number)
    yield from _by_libreoffice(slides, "pptx", ("ppt", "odp", "fodp"))


def _by_libreoffice(
    sources: dict[str, tuple[str, bytes]], end: str, targets: tuple[str, ...]
) -> Iterator[Carrier]:
    with tempfile.TemporaryDirectory() as folder:
        for at, (_, content) in enumerate(sources.values()):
            Path(folder, f"{at}.{end}").write_bytes(content)
        for target in targets:
            out = Path(folder, "out")
            subprocess.run(
                ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile",
                 "--convert-to", target, "--outdir", str(out),
                 *(f"{folder}/{at}.{end}" for at in range(len(sources)))],
                check=True, capture_output=True, timeout=300,
            )  # fmt: skip
            made = target.partition(":")[0]
            lost = _LOST_IN.get(made, ())
            for at, (kind, (number, _)) in enumerate(sources.items()):
                content = Path(out, f"{at}.{made}").read_bytes()
                if kind in lost:
                    continue
                yield _carrier(
                    f"{kind}, as {made} by LibreOffice", f"申請書.{made}", content, number
                )
