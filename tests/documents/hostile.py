"""Files made to harm, or made by mistake so that they could: built on the spot, kept nowhere.

Each case of `CORPUS` is a name, its bytes, and either words of the refusal (a pattern) or the
flags with which the file is taken.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import docx
import openpyxl
import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image

from tests.documents import papers

OFFICE = "application/vnd.openxmlformats-officedocument"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NS = "http://schemas.openxmlformats.org/package/2006/relationships"


# --- office files -----------------------------------------------------------------------------


@cache
def document(text: str = "财产管理方案") -> bytes:
    """A plain .docx."""
    paper = docx.Document()
    paper.add_heading(text)
    paper.add_paragraph("本方案提请债权人会议表决。")
    return _saved(paper.save)


@cache
def workbook() -> bytes:
    """A plain .xlsx."""
    book = openpyxl.Workbook()
    book.active.append(["财产", "评估值"])
    book.active.append(["厂房", 186_000_000])
    return _saved(book.save)


@cache
def slides(text: str = "财产状况报告") -> bytes:
    """A plain .pptx of one slide, as small as one can be."""
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    show = "http://schemas.openxmlformats.org/presentationml/2006/main"
    names = f'xmlns:a="{drawing}" xmlns:r="{RELATION}" xmlns:p="{show}"'
    tree = (
        '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/>'
        "</p:nvGrpSpPr><p:grpSpPr/>%s</p:spTree></p:cSld>"
    )
    box = (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
        '<p:spPr><a:xfrm><a:off x="900000" y="900000"/><a:ext cx="7000000" cy="900000"/></a:xfrm>'
        '<a:prstGeom prst="rect"/></p:spPr><p:txBody><a:bodyPr/><a:p><a:r>'
        f'<a:rPr lang="zh-CN" sz="3200"/><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>'
    )
    colours = "".join(
        f'<a:{one}><a:srgbClr val="{value}"/></a:{one}>'
        for one, value in {
            "dk1": "000000", "lt1": "FFFFFF", "dk2": "222222", "lt2": "EEEEEE",
            **{f"accent{n}": "336699" for n in range(1, 7)},
            "hlink": "0000FF", "folHlink": "800080",
        }.items()
    )  # fmt: skip
    font = '<a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    theme = (
        f'<a:theme xmlns:a="{drawing}" name="t"><a:themeElements><a:clrScheme name="c">{colours}'
        f'</a:clrScheme><a:fontScheme name="f"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}'
        f'</a:minorFont></a:fontScheme><a:fmtScheme name="m"><a:fillStyleLst>{fill * 3}'
        f"</a:fillStyleLst><a:lnStyleLst>{f'<a:ln>{fill}</a:ln>' * 3}</a:lnStyleLst>"
        f"<a:effectStyleLst>{'<a:effectStyle><a:effectLst/></a:effectStyle>' * 3}"
        f"</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme>"
        "</a:themeElements></a:theme>"
    )
    mapped = (
        '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" '
        'accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" '
        'folHlink="folHlink"/>'
    )
    part = f"{OFFICE}.presentationml"
    return package(
        {
            "ppt/presentation.xml": f"<p:presentation {names}><p:sldMasterIdLst><p:sldMasterId "
            'id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst><p:sldId id="256" '
            'r:id="rId2"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
            '<p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations(
                ("slideMaster", "slideMasters/slideMaster1.xml"), ("slide", "slides/slide1.xml")
            ),
            "ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {names}>{tree % ''}{mapped}"
            '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst>'
            "</p:sldMaster>",
            "ppt/slideMasters/_rels/slideMaster1.xml.rels": relations(
                ("slideLayout", "../slideLayouts/slideLayout1.xml"),
                ("theme", "../theme/theme1.xml"),
            ),
            "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {names}>{tree % ''}</p:sldLayout>",
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations(
                ("slideMaster", "../slideMasters/slideMaster1.xml")
            ),
            "ppt/theme/theme1.xml": theme,
            "ppt/slides/slide1.xml": f"<p:sld {names}>{tree % box}</p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": relations(
                ("slideLayout", "../slideLayouts/slideLayout1.xml")
            ),
        },
        {
            "ppt/presentation.xml": f"{part}.presentation.main+xml",
            "ppt/slideMasters/slideMaster1.xml": f"{part}.slideMaster+xml",
            "ppt/slideLayouts/slideLayout1.xml": f"{part}.slideLayout+xml",
            "ppt/theme/theme1.xml": f"{OFFICE}.theme+xml",
            "ppt/slides/slide1.xml": f"{part}.slide+xml",
        },
    )


def relations(*named: tuple[str, str], more: str = "") -> str:
    """A part's relations: each a type and what it leads to."""
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(named, start=1)
    )
    return f'<Relationships xmlns="{_NS}">{rows}{more}</Relationships>'


def package(parts: Mapping[str, str | bytes], types: Mapping[str, str]) -> bytes:
    """An office file of these parts; the first is the main one."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items()
    )
    content_types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f"{overrides}</Types>"
    )
    main = next(iter(parts))
    return archive(
        {
            "[Content_Types].xml": content_types,
            "_rels/.rels": relations(("officeDocument", main)),
            **parts,
        }
    )


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of these names and bytes."""
    paper = io.BytesIO()
    with zipfile.ZipFile(paper, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return paper.getvalue()


def changed(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """An office file with parts changed, added or taken out."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    change(parts)
    return archive(parts)


def with_parts(data: bytes, **more: bytes) -> bytes:
    """An office file with further parts; "__" stands for "/", "_dot_" for "."."""
    named = {k.replace("__", "/").replace("_dot_", "."): v for k, v in more.items()}
    return changed(data, lambda parts: parts.update(named))


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    paper = io.BytesIO()
    save(paper)
    return paper.getvalue()


def with_relation(data: bytes, kind: str, target: str, part: str = "word/document.xml") -> bytes:
    """An office file one of whose parts leads outside."""
    folder, _, name = part.rpartition("/")
    row = (
        f'<Relationship Id="rIdX" Type="{RELATION}/{kind}" Target="{target}" '
        'TargetMode="External"/></Relationships>'
    ).encode()

    def change(parts: dict[str, bytes]) -> None:
        rels = f"{folder}/_rels/{name}.rels"
        before = parts.get(rels, relations().encode())
        parts[rels] = before.replace(b"</Relationships>", row)

    return changed(data, change)


def with_field(*words: str) -> bytes:
    """A .docx with a field whose instruction is spread over several runs."""
    runs = "".join(
        f'<w:r><w:instrText xml:space="preserve">{one}</w:instrText></w:r>' for one in words
    )
    field = (
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r>'
        '<w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>内容</w:t></w:r><w:r>'
        '<w:fldChar w:fldCharType="end"/></w:r></w:p><w:sectPr'
    ).encode()

    def change(parts: dict[str, bytes]) -> None:
        parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:sectPr", field)

    return changed(document(), change)


def with_formula(formula: str) -> bytes:
    """An .xlsx with a formula."""
    book = openpyxl.Workbook()
    book.active["A1"] = formula
    return _saved(book.save)


def _of_type(data: bytes, before: str, after: str) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        name = "[Content_Types].xml"
        parts[name] = parts[name].replace(before.encode(), after.encode())

    return changed(data, change)


def compound(*streams: str) -> bytes:
    """The dress of old office files (OLE), with these streams in its directory."""
    entries = b"".join(one.encode("utf-16-le").ljust(128, b"\0") for one in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + entries + bytes(2048)


def zip_bomb() -> bytes:
    """A .docx whose one part unpacks to 400 MB."""
    paper = io.BytesIO(document())
    with (
        zipfile.ZipFile(paper, "a", zipfile.ZIP_DEFLATED) as file,
        file.open("word/media/bomb.bin", "w", force_zip64=True) as part,
    ):
        for _ in range(400):
            part.write(bytes(1024 * 1024))
    return paper.getvalue()


def many_entries() -> bytes:
    """A .docx of more parts than anybody writes."""
    return changed(
        document(), lambda parts: parts.update({f"word/media/{n}": b"" for n in range(10_001)})
    )


def nested_bomb() -> bytes:
    """A .docx that holds an archive that holds a bomb."""
    return with_parts(document(), word__embeddings__more_dot_docx=archive({"a.docx": zip_bomb()}))


def encrypted_zip() -> bytes:
    """A .docx whose parts are marked as encrypted."""
    data = bytearray(document())
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(sign)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(sign, at + 4)
    return bytes(data)


def laughing() -> bytes:
    """A .docx whose text is a thousand million entities."""
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
    )

    def change(parts: dict[str, bytes]) -> None:
        text = parts["word/document.xml"].decode()
        head, _, rest = text.partition("?>")
        parts["word/document.xml"] = f"{head}?><!DOCTYPE d [{entities}]>{rest}".encode()

    return changed(document(), change)


# --- PDFs -------------------------------------------------------------------------------------


def pdf_with(change: Callable[[Pdf], None], data: bytes = b"") -> bytes:
    """A PDF changed by hand."""
    paper = io.BytesIO()
    with pikepdf.open(io.BytesIO(data or papers.blank_pdf(2))) as pdf:
        change(pdf)
        pdf.save(paper)
    return paper.getvalue()


def _script() -> Dictionary:
    return Dictionary(Type=Name.Action, S=Name.JavaScript, JS=String("app.alert(1)"))


def _names(pdf: Pdf) -> Dictionary:
    if "/Names" not in pdf.Root:
        pdf.Root.Names = Dictionary()
    return pdf.Root.Names


def script_at_start(pdf: Pdf) -> None:
    """Run a script when the file is opened."""
    pdf.Root.OpenAction = pdf.make_indirect(_script())


def named_scripts(pdf: Pdf) -> None:
    """Bring scripts for the whole document."""
    _names(pdf).JavaScript = Dictionary(Names=Array([String("a"), pdf.make_indirect(_script())]))


def script_behind_a_link(pdf: Pdf) -> None:
    """Run a script after an innocent link, in an action that follows another."""
    _annotate(
        pdf,
        Subtype=Name.Link,
        A=Dictionary(S=Name.URI, URI=String("https://example.org/"), Next=Array([_script()])),
    )


def launch(pdf: Pdf) -> None:
    """Start a program by a click."""
    _annotate(pdf, Subtype=Name.Link, A=Dictionary(S=Name.Launch, F=String("cmd.exe")))


def embedded(pdf: Pdf) -> None:
    """Bring another file."""
    pdf.attachments["invoice.exe"] = b"MZ" + bytes(2000)


def attached_to_a_page(pdf: Pdf) -> None:
    """Bring another file behind a pin on a page."""
    stream = Stream(pdf, b"MZ" + bytes(100))
    spec = Dictionary(Type=Name.Filespec, F=String("a.exe"), EF=Dictionary(F=stream))
    _annotate(pdf, Subtype=Name.FileAttachment, FS=pdf.make_indirect(spec))


def page_opens(pdf: Pdf) -> None:
    """Act when a page is turned to."""
    pdf.pages[1].AA = Dictionary(O=_script())


def xfa(pdf: Pdf) -> None:
    """Be a form that fills itself in."""
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=Stream(pdf, b"<xdp:xdp/>"))


def submits(pdf: Pdf) -> None:
    """Send what was typed to somebody."""
    _annotate(
        pdf,
        Subtype=Name.Widget,
        FT=Name.Btn,
        T=String("send"),
        A=Dictionary(S=Name.SubmitForm, F=String("https://example.org/")),
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.pages[0].Annots[0]]))


def film(pdf: Pdf) -> None:
    """Play a film."""
    _annotate(pdf, Subtype=Name.RichMedia, RichMediaContent=Dictionary())


def _annotate(pdf: Pdf, **more: object) -> None:
    annotation = Dictionary(Type=Name.Annot, Rect=Array([10, 10, 90, 90]), **more)
    pdf.pages[0].Annots = Array([pdf.make_indirect(annotation)])


def starts_on_page_two(pdf: Pdf) -> None:
    """Begin with the second page, which is nobody's harm."""
    pdf.Root.OpenAction = Array([pdf.pages[1].obj, Name.Fit])
    _annotate(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://example.org/")))


# --- the corpus -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A file: how it is called, how it is made, and what becomes of it."""

    name: str
    make: Callable[[], bytes]
    refused: str = ""
    flags: tuple[str, ...] = ()


_MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
_DOC_TYPE = f"{OFFICE}.wordprocessingml.document.main+xml"

REFUSED = {
    "zip bomb": Case("a.docx", zip_bomb, "展开后过大"),
    "too many entries": Case("a.docx", many_entries, "展开后过大"),
    "a name that leads out": Case(
        "a.docx",
        lambda: changed(document(), lambda p: p.update({"../../etc/cron": b""})),
        "条目名称",
    ),
    "an absolute name": Case(
        "a.docx", lambda: changed(document(), lambda p: p.update({"/etc/passwd": b""})), "条目名称"
    ),
    "a name of another system": Case(
        "a.docx", lambda: changed(document(), lambda p: p.update({"C:\\a": b""})), "条目名称"
    ),
    "the same name twice": Case(
        "a.docx",
        lambda: changed(document(), lambda p: p.update({"WORD/document.xml": b""})),
        "条目名称",
    ),
    "encrypted entries": Case("a.docx", encrypted_zip, "打开密码"),
    "encrypted by Office": Case(
        "a.docx", lambda: compound("EncryptionInfo", "EncryptedPackage"), "打开密码"
    ),
    "old Word": Case("a.doc", lambda: compound("WordDocument"), r"旧版.*\.docx"),
    "old Excel": Case("a.xls", lambda: compound("Workbook"), r"旧版.*\.xlsx"),
    "old PowerPoint": Case("a.ppt", lambda: compound("PowerPoint Document"), r"旧版.*\.pptx"),
    "another compound file": Case("a.docx", lambda: compound("Contents"), "无法辨认"),
    "macros by its type": Case(
        "a.docm", lambda: _of_type(document(), _DOC_TYPE, _MACRO_TYPE), "含有宏"
    ),
    "macros named docx": Case(
        "a.docx", lambda: _of_type(document(), _DOC_TYPE, _MACRO_TYPE), "含有宏"
    ),
    "a template": Case(
        "a.docx", lambda: _of_type(document(), "document.main", "template.main"), "请上传 PDF"
    ),
    "entities that laugh": Case("a.docx", laughing, "损坏"),
    "no such archive": Case("a.docx", lambda: b"PK\x03\x04" + bytes(200), "损坏"),
    "docx cut in half": Case("a.docx", lambda: document()[: len(document()) // 2], "损坏"),
    "docx named xlsx": Case("a.xlsx", document, r"\.docx"),
    "docx named pdf": Case("a.pdf", document, r"\.docx"),
    "pdf named docx": Case("a.docx", papers.blank_pdf, r"\.pdf"),
    "a jar named docx": Case(
        "a.docx", lambda: archive({"META-INF/MANIFEST.MF": b"", "a.class": b""}), "请上传 PDF"
    ),
    "only content types": Case(
        "a.docx",
        lambda: archive({"[Content_Types].xml": b"<Types/>", "a.txt": b"a"}),
        "请上传 PDF",
    ),
    "html named docx": Case("a.docx", lambda: papers.HTML, "请上传 PDF"),
    "svg named png": Case(
        "a.png", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "请上传 PDF"
    ),
    "pdf that is a docx too": Case("a.pdf", lambda: papers.blank_pdf() + document(), "ZIP"),
    "a bomb in a picture": Case("a.png", papers.bomb_png, "像素"),
    "2001 pages": Case("a.pdf", lambda: papers.blank_pdf(2001), "2000"),
    "a page a kilometre long": Case("a.pdf", lambda: papers.blank_pdf(1, 595, 900_000), "尺寸"),
    "a name written backwards": Case("报告\u202efdp.exe", papers.blank_pdf, r"“\.exe”.*\.pdf"),
    "empty": Case("a.docx", lambda: b"", "空的"),
}

FLAGGED = {
    "a script at the start": Case(
        "a.pdf", lambda: pdf_with(script_at_start), flags=("open_action_removed", "scripts_removed")
    ),
    "scripts by name": Case("a.pdf", lambda: pdf_with(named_scripts), flags=("scripts_removed",)),
    "a script behind a link": Case(
        "a.pdf", lambda: pdf_with(script_behind_a_link), flags=("scripts_removed",)
    ),
    "a program": Case("a.pdf", lambda: pdf_with(launch), flags=("launch_removed",)),
    "a file inside": Case("a.pdf", lambda: pdf_with(embedded), flags=("files_removed",)),
    "a file behind a pin": Case(
        "a.pdf", lambda: pdf_with(attached_to_a_page), flags=("files_removed",)
    ),
    "a page that acts": Case("a.pdf", lambda: pdf_with(page_opens), flags=("actions_removed",)),
    "a form that fills itself": Case("a.pdf", lambda: pdf_with(xfa), flags=("xfa_removed",)),
    "a form that is sent": Case("a.pdf", lambda: pdf_with(submits), flags=("actions_removed",)),
    "a film": Case("a.pdf", lambda: pdf_with(film), flags=("media_removed",)),
}

HARMLESS = {
    "a link, and a page to begin with": Case("a.pdf", lambda: pdf_with(starts_on_page_two)),
    "restricted printing": Case("a.pdf", lambda: papers.encrypted_pdf("")),
    "a name of 4,000 letters": Case("长" * 4000 + ".pdf", papers.blank_pdf),
    "a name with a path": Case("../../etc/报告.pdf", papers.blank_pdf),
    "a name with unseen letters": Case("报\u200b告\u202e\n.pdf", papers.blank_pdf),
}

CONVERTED = {
    "plain .docx": Case("方案.docx", document, flags=("converted",)),
    "plain .xlsx": Case("财产.xlsx", workbook, flags=("converted",)),
    "plain .pptx": Case("汇报.pptx", slides, flags=("converted",)),
    "macros in a plain .docx": Case(
        "a.docx",
        lambda: with_parts(document(), word__vbaProject_dot_bin=b"\xd0\xcf\x11\xe0 macros"),
        flags=("converted", "macros_left_out"),
    ),
    "a bomb in a file inside": Case("a.docx", nested_bomb, flags=("converted", "files_removed")),
}


def picture_of(colour: str) -> bytes:
    """A picture of one colour, to be found again."""
    paper = io.BytesIO()
    Image.new("RGB", (60, 60), colour).save(paper, "PNG")
    return paper.getvalue()
