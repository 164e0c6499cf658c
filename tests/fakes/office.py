"""Office documents made of bytes: the parts that a reader of their text looks at, and no others."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_X = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        *(("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing")),
        *(("presentation", "presentation"),),
    )
)


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def relations(**targets: tuple[str, str]) -> str:
    """Each: id = (last word of the kind, target)."""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    lines = "".join(
        f'<Relationship Id="{id_}" Type="{base}/{kind}" Target="{target}"/>' for id_, (kind, target) in targets.items()
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )


def docx(body: str, others: Mapping[str, str] | None = None, **targets: tuple[str, str]) -> bytes:
    return zipped(
        {
            "_rels/.rels": relations(rId1=("officeDocument", "word/document.xml")),
            "word/_rels/document.xml.rels": relations(**targets),
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            **(others or {}),
        }
    )


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def footnotes(body: str) -> str:
    return f"<w:footnotes {_W}><w:footnote>{body}</w:footnote></w:footnotes>"


def pptx(*slides: tuple[str, str]) -> bytes:
    """Each: the XML of its shapes, and its notes."""
    parts: dict[str, str] = {"_rels/.rels": relations(rId1=("officeDocument", "/ppt/presentation.xml"))}
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in range(1, len(slides) + 1))
    parts["ppt/presentation.xml"] = f"<p:presentation {_A}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    # The last slide has the first file: their order is that of the list and not of the names.
    files = {n: f"slides/slide{len(slides) - n + 1}.xml" for n in range(1, len(slides) + 1)}
    parts["ppt/_rels/presentation.xml.rels"] = relations(**{f"rId{n}": ("slide", file) for n, file in files.items()})
    for n, (shapes, notes) in enumerate(slides, start=1):
        name = files[n].rpartition("/")[2]
        parts[f"ppt/slides/{name}"] = f"<p:sld {_A}>{shapes}</p:sld>"
        parts[f"ppt/slides/_rels/{name}.rels"] = relations(rId1=("notesSlide", f"../notesSlides/notes{n}.xml"))
        parts[f"ppt/notesSlides/notes{n}.xml"] = (
            f"<p:notes {_A}>{shape(notes)}<a:p><a:fld type='slidenum'><a:t>{n}</a:t></a:fld></a:p></p:notes>"
        )
    return zipped(parts)


def shape(*paragraphs: str) -> str:
    return "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in paragraphs)


def xlsx(sheets: Mapping[str, str], strings: str = "", styles: str = "", properties: str = "") -> bytes:
    """Each sheet: name -> the XML of its rows."""
    names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="s{n}"/>' for n, name in enumerate(sheets, start=1))
    targets = {f"s{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)}
    parts = {
        "_rels/.rels": relations(rId1=("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f"<workbook {_X}>{properties}<sheets>{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            **targets, str=("sharedStrings", "sharedStrings.xml"), sty=("styles", "styles.xml")
        ),
        "xl/sharedStrings.xml": f"<sst {_X}>{strings}</sst>",
        "xl/styles.xml": f"<styleSheet {_X}>{styles}</styleSheet>",
    }
    for n, rows in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{n}.xml"] = f"<worksheet {_X}><sheetData>{rows}</sheetData></worksheet>"
    return zipped(parts)


def open_document(kind: str, body: str, manifest: str = "") -> bytes:
    """`kind`: text, spreadsheet or presentation."""
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
            "content.xml": f"<office:document {_ODF}><office:body>{body}</office:body></office:document>",
        }
    )
