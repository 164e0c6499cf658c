"""Office documents as text, read in the child process; hostile ones cost a sentence and no more."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from app.services.attachments import office_package
from app.services.attachments.attachment import NotAttachableError
from app.services.attachments.document_worker import text_of
from app.services.attachments.reading import attachment_of, read_file
from tests.fakes import office

SHEET_XML = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read(data: bytes) -> str:
    """The text as the child reads it, in this process."""
    answer = text_of(data, 1_000_000)
    assert "text" in answer, answer
    return str(answer["text"])


def problem(data: bytes) -> str:
    return str(text_of(data, 1_000_000)["problem"])


# -- Word


def test_a_word_document_is_read_in_the_child_and_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "report.bin"
    path.write_bytes(office.docx(office.paragraph("The first") + office.paragraph("the &lt;second&gt; ä 漢字")))
    found = read_file(path)
    assert found.kind == "document"
    assert found.media_type == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert found.text == "File 'report.bin':\n```\nThe first\nthe <second> ä 漢字\n```"
    assert found.data == path.read_bytes(), "what is stored is the document"


def test_tables_are_rows_with_tabs_and_a_table_in_a_cell_is_part_of_it() -> None:
    def cell(inside: str) -> str:
        return f"<w:tc>{inside}</w:tc>"

    inner = f"<w:tbl><w:tr>{cell(office.paragraph('deep'))}{cell(office.paragraph('er'))}</w:tr></w:tbl>"
    row_1 = cell(office.paragraph("name")) + cell(office.paragraph("two") + office.paragraph("lines"))
    row_2 = cell("<w:p/>") + cell(inner)
    table = f"<w:tbl><w:tr>{row_1}</w:tr><w:tr>{row_2}</w:tr></w:tbl>"
    text = read(office.docx(office.paragraph("before") + table + office.paragraph("after")))
    assert text == "before\nname\ttwo lines\n\tdeep er\nafter"


def test_breaks_are_kept_and_what_was_deleted_or_says_how_it_looks_is_not_text() -> None:
    body = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>elsewhere</w:t></w:r></w:moveFrom>"
        "<w:ins><w:r><w:t>d</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    )
    assert read(office.docx(body)) == "a\tb\ncd"


def test_the_text_of_a_drawing_is_read_once() -> None:
    def box(name: str) -> str:
        return f"<w:{name}><w:txbxContent>{office.paragraph('in the box')}</w:txbxContent></w:{name}>"

    body = f"<w:p><w:r><w:t>around</w:t>{box('Choice')}{box('Fallback')}</w:r></w:p>"
    assert read(office.docx(body)) == "in the box\naround"


def test_footnotes_stand_at_the_end() -> None:
    notes = {"word/footnotes.xml": office.footnotes(office.paragraph("said by nobody"))}
    text = read(office.docx(office.paragraph("A claim"), notes, f=("footnotes", "footnotes.xml")))
    assert text == "A claim\n\n[footnotes]\nsaid by nobody"
    empty = {"word/footnotes.xml": office.footnotes("<w:p/>")}
    assert read(office.docx(office.paragraph("A claim"), empty, f=("footnotes", "footnotes.xml"))) == "A claim"


# -- PowerPoint


def test_slides_come_in_their_order_with_numbers_and_notes() -> None:
    data = office.pptx((office.shape("Title", "point"), "say hello"), (office.shape("End"), ""))
    assert read(data) == "[slide 1]\nTitle\npoint\n\n[notes of slide 1]\nsay hello\n\n[slide 2]\nEnd"


def test_a_table_on_a_slide_is_rows_with_tabs() -> None:
    cells = "".join(f"<a:tc>{office.shape(text)}</a:tc>" for text in ("x", "y"))
    assert read(office.pptx((f"<a:tbl><a:tr>{cells}</a:tr></a:tbl>", ""))) == "[slide 1]\nx\ty"


# -- Excel


def test_a_workbook_is_sheets_of_rows_with_the_columns_where_they_were() -> None:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row><row r="2"/>'
        '<row r="9"><c r="B9"><v>3.5</v></c><c t="b"><v>1</v></c><c t="str"><f>A1</f><v>made</v></c>'
        '<c t="inlineStr"><is><t>in</t><t>line</t></is></c><c t="e"><v>#DIV/0!</v></c></row>'
    )
    strings = "<si><t>name</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>ignored</t></rPh></si>"
    found = attachment_of("b.xlsx", office.xlsx({"Q1 &amp; Q2": rows, "Empty": ""}, strings))
    assert found.media_type == SHEET_XML
    assert found.text is not None
    assert "[sheet Q1 & Q2]\nname\t\trich\n\t3.5\tTRUE\tmade\tinline\t#DIV/0!\n\n[sheet Empty]" in found.text


@pytest.mark.parametrize(
    ("style", "value", "properties", "shown"),
    [
        (1, "45292", "", "2024-01-01"),
        (1, "45292.75", "", "2024-01-01 18:00:00"),
        (1, "0.5", "", "12:00:00"),
        (1, "59", "", "1900-02-28"),
        (1, "61", "", "1900-03-01"),
        (1, "43830", '<workbookPr date1904="1"/>', "2024-01-01"),
        (1, "2957004", '<workbookPr date1904="1"/>', "2957004"),
        (1, "2958465.9999999", "", "2958465.9999999"),
        (1, "-3", "", "-3"),
        (1, "1e300", "", "1e300"),
        (2, "45292", "", "2024-01-01"),
        (3, "45292", "", "45292"),
        (0, "45292", "", "45292"),
    ],
)
def test_what_is_shown_as_a_date_is_read_as_one(style: int, value: str, properties: str, shown: str) -> None:
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="[$-409]yyyy/mm"/>'
        '<numFmt numFmtId="171" formatCode="0.0 &quot;days&quot; [Red]"/></numFmts><cellStyleXfs><xf numFmtId="14"/>'
        '</cellStyleXfs><cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs>'
    )
    row = f'<row><c s="{style}"><v>{value}</v></c></row>'
    assert read(office.xlsx({"S": row}, styles=styles, properties=properties)) == f"[sheet S]\n{shown}"


# -- OpenDocument


def test_cells_that_are_written_out_of_their_order_are_all_read() -> None:
    row = '<row><c r="C1"><v>3</v></c><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    assert read(office.xlsx({"S": row})) == "[sheet S]\n1\t2\t3"


def test_an_opendocument_text_is_read() -> None:
    body = (
        "<office:text><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>Head</text:h>"
        '<text:p>a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d\n  e <text:span>f</text:span>'
        "<office:annotation><text:p>remark</text:p></office:annotation></text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell>"
        "<table:table-cell><text:p>y</text:p></table:table-cell></table:table-row></table:table></office:text>"
    )
    found = attachment_of("n.odt", office.open_document("text", body))
    assert found.media_type == "application/vnd.oasis.opendocument.text"
    assert found.text == "File 'n.odt':\n```\nHead\na   b\tc\nd e f\nx\ty\n```"


def test_an_opendocument_sheet_repeats_what_it_says_is_repeated_and_no_empty_cells() -> None:
    body = (
        '<office:spreadsheet><table:table table:name="Data"><table:table-row table:number-rows-repeated="2">'
        '<table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"/>'
        '<table:table-cell table:number-columns-repeated="2"><text:p>b<text:s/>c</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
        "</table:table></office:spreadsheet>"
    )
    assert read(office.open_document("spreadsheet", body)) == "[sheet Data]\na\t\t\tb c\tb c\na\t\t\tb c\tb c"


def test_opendocument_slides_have_numbers_and_notes() -> None:
    def page(text: str, notes: str) -> str:
        inside = f"<presentation:notes><text:p>{notes}</text:p></presentation:notes>"
        return f"<draw:page><draw:frame><text:p>{text}</text:p></draw:frame>{inside}</draw:page>"

    body = f"<office:presentation>{page('One', 'aside')}{page('Two', 'more')}</office:presentation>"
    assert read(office.open_document("presentation", body)) == (
        "[slide 1]\nOne\n\n[notes of slide 1]\naside\n\n[slide 2]\nTwo\n\n[notes of slide 2]\nmore"
    )


# -- what cannot be read is told


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"old kind .*Save it as \.docx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (office.zipped({"a.txt": "text"}), "is a ZIP archive. Unpack it"),
        (office.docx("<w:p/>"), "has no text"),
        (office.docx(office.paragraph("x"))[:-40], "like a ZIP archive or an Office document, and is damaged"),
        (office.open_document("text", "<office:text/>", "<encryption-data/>"), "protected by a password"),
        (office.zipped({"_rels/.rels": office.relations(r=("officeDocument", "xl/workbook.bin"))}), r"\.xlsb"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, words: str) -> None:
    with pytest.raises(NotAttachableError, match=words):
        attachment_of("thing", data)


def test_no_entity_of_a_document_is_ever_expanded() -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><document>&b;</document>'
    outside = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/hostname">]><document>&a;</document>'
    for xml in (bomb, outside):
        parts = {"_rels/.rels": office.relations(r=("officeDocument", "d.xml")), "d.xml": xml}
        assert problem(office.zipped(parts)) == "damaged"


def test_a_document_that_unpacks_too_large_is_refused_by_what_it_says_and_by_what_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = office.docx(office.paragraph("x") * 100_000)
    assert len(honest) < 50_000
    monkeypatch.setattr(office_package, "MOST_PART_BYTES", 1_000_000)
    assert problem(honest) == "bomb"
    monkeypatch.setattr(office_package, "MOST_PART_BYTES", 1_000_000_000)
    monkeypatch.setattr(office_package, "MOST_BYTES", 1_000_000)
    assert problem(honest) == "bomb"
    monkeypatch.setattr(office_package, "MOST_BYTES", 1_000_000_000)
    monkeypatch.setattr(office_package, "MOST_PARTS", 2)
    assert problem(honest) == "bomb"


def test_a_part_that_is_larger_than_it_says_is_damaged() -> None:
    data = bytearray(office.docx(office.paragraph("x") * 1_000))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (100).to_bytes(4, "little")
    assert problem(bytes(data)) == "damaged"


def test_methods_of_packing_that_take_a_lot_of_memory_are_not_used() -> None:
    parts = {"_rels/.rels": office.relations(r=("officeDocument", "d.xml")), "d.xml": "<document/>"}
    assert problem(office.zipped(parts, zipfile.ZIP_LZMA)) == "damaged"


@pytest.mark.parametrize(
    "data",
    [
        office.docx("<w:tbl><w:tr><w:tc>" * 200_000),  # never closed
        office.docx("<w:tbl><w:tr><w:tc><w:p>" * 100_000 + "</w:p></w:tc></w:tr></w:tbl>" * 100_000),
        office.docx("</w:p></w:tr>"),
        office.xlsx({"S": '<row><c r="XFD1"><v>1</v></c></row>' * 5_000}),
        office.xlsx({"S": '<row><c r="ZZZ99999999999" t="s"><v>99999999999999999999</v></c></row>'}),
        office.open_document(
            "spreadsheet",
            '<table:table><table:table-row table:number-rows-repeated="999999999"><table:table-cell '
            'table:number-columns-repeated="999999999"><text:p>' + "x" * 1_000 + "</text:p></table:table-cell>"
            "</table:table-row></table:table>",
        ),
        office.zipped(
            {"_rels/.rels": office.relations(r=("officeDocument", "../../etc/passwd")), "etc/passwd": "root"}
        ),
    ],
)
def test_a_document_that_lies_ends_soon_and_within_the_limit(data: bytes) -> None:
    began = time.monotonic()
    try:
        found = attachment_of("x", data)
    except NotAttachableError:
        found = None
    assert found is None or len(found.text or "") < 500_000
    assert time.monotonic() - began < 15
