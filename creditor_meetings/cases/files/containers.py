"""Opens office files (.docx, .xlsx, .pptx) in a process of its own and takes out what acts.

Such a file is a ZIP archive of XML parts (ECMA-376). What it is stands in [Content_Types].xml;
what it wants fetched, started or unpacked stands in its relations and fields. Runs as a script
with neither Django nor the rest of the system, with little memory and little time:

    look FILE            -> {"format": "docx"|"xlsx"|"pptx"} or {"error": code}
    clean FILE OUTPUT    -> {"flags": [code, ...]}: OUTPUT is what may be converted
"""

import json
import posixpath
import re
import resource
import sys
import zipfile
from typing import Any

MAX_ENTRIES = 10_000
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_ONE = 512 * 1024 * 1024
RATIO_FROM = 32 * 1024 * 1024
"""Bytes unpacked up to which nobody asks how well they were packed."""
MAX_RATIO = 100
MAX_PARSED = 64 * 1024 * 1024
"""The largest part (bytes) that is read as XML here."""
MEMORY = 2048 * 1024 * 1024
SECONDS = 120

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
MAIN = {_WORD: "docx", _SHEET: "xlsx", _SLIDES: "pptx"}

# What carries programs or further files: dropped with whatever names it.
_MACROS = re.compile(
    r"(vbaproject|vbadata)[^/]*\.(bin|xml)$|/macrosheets/|/dialogsheets/|/activex/|/ctrlprops/"
    r"|customui",
    re.I,
)
_EMBEDDED = re.compile(r"/embeddings/|/oleobject[^/]*$|\.(exe|dll|zip|js|vbs|lnk|bat)$", re.I)
_FETCHED_FIELDS = frozenset(
    ("INCLUDE", "INCLUDETEXT", "INCLUDEPICTURE", "IMPORT", "LINK", "DDE", "DDEAUTO", "RD",
     "DATABASE", "AUTOTEXT", "MACROBUTTON")
)  # fmt: skip
_FETCHING_FORMULA = re.compile(
    rb"<(?:\w+:)?f\b[^>]*>[^<]*(?:WEBSERVICE|DDE|IMAGE|cmd\s*\|)[^<]*</(?:\w+:)?f>", re.I
)
_DOCTYPE = tuple(
    word.encode(code)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for code in ("ascii", "utf-16-le", "utf-16-be")
)


class Unreadable(Exception):
    """The file cannot be used; the code says why."""


def look(path: str) -> dict[str, Any]:
    """Say which kind of office file it is, within the limits. Raises `Unreadable`."""
    with _open(path) as archive:
        return {"format": _format(archive)}


def _open(path: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Unreadable("damaged") from None
    _check_entries(archive.infolist())
    return archive


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise Unreadable("too_heavy")
    names = [one.filename.casefold() for one in entries]
    if len(set(names)) < len(names):
        raise Unreadable("odd_names")
    for one in entries:
        if one.flag_bits & 0x1:
            raise Unreadable("encrypted_office")
        if _is_odd(one):
            raise Unreadable("odd_names")
        if one.file_size > RATIO_FROM and one.file_size > MAX_RATIO * max(1, one.compress_size):
            raise Unreadable("too_heavy")
    unpacked = sum(one.file_size for one in entries)
    if unpacked > MAX_UNPACKED or max((one.file_size for one in entries), default=0) > MAX_ONE:
        raise Unreadable("too_heavy")
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * sum(one.compress_size for one in entries):
        raise Unreadable("too_heavy")


def _is_odd(entry: zipfile.ZipInfo) -> bool:
    # `orig_filename` is the name before zipfile cut it at a NUL or turned its slashes.
    name = entry.orig_filename
    return (
        name.startswith("/")
        or "\\" in name
        or ":" in name
        or any(ord(letter) < 32 for letter in name)
        or ".." in name.split("/")
        or (entry.external_attr >> 16) & 0o170000 == 0o120000  # a symbolic link
    )


def _format(archive: zipfile.ZipFile) -> str:
    try:
        types = archive.read("[Content_Types].xml")
    except KeyError:
        raise Unreadable("not_office") from None
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError):
        raise Unreadable("damaged") from None
    root = _parse(types)
    found = {
        one.get("ContentType", "")
        for one in root
        if isinstance(one.tag, str) and one.tag.endswith("}Override")
    }
    if any("macroenabled" in one.lower() for one in found):
        raise Unreadable("macros")
    kinds = {MAIN[one] for one in found & MAIN.keys()}
    if len(kinds) != 1:
        raise Unreadable("not_office")
    return kinds.pop()


def _parse(data: bytes) -> Any:
    from lxml import etree  # type: ignore[import-untyped]

    if len(data) > MAX_PARSED:
        raise Unreadable("too_heavy")
    if any(word in data for word in _DOCTYPE):
        raise Unreadable("damaged")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unreadable("damaged") from None


def clean(path: str, output: str) -> dict[str, Any]:
    """Write `output`: the same pages without programs, further files, and what is fetched."""
    flags: set[str] = set()
    with _open(path) as archive:
        _format(archive)
        names = {entry.filename for entry in archive.infolist()}
        dropped = {name: flag for name in names if (flag := _dropped(name))}
        flags |= set(dropped.values())
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
            for entry in archive.infolist():
                if entry.filename not in dropped and not entry.is_dir():
                    _copy(archive, entry, written, dropped, flags)
    return {"flags": sorted(flags)}


def _dropped(name: str) -> str:
    if _MACROS.search(f"/{name}"):
        return "macros_left_out"
    return "files_removed" if _EMBEDDED.search(f"/{name}") else ""


def _copy(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    written: zipfile.ZipFile,
    dropped: dict[str, str],
    flags: set[str],
) -> None:
    name = entry.filename
    is_xml = name.lower().endswith((".xml", ".rels", ".vml"))
    try:
        if not is_xml:
            with archive.open(entry) as source, written.open(name, "w", force_zip64=True) as target:
                while piece := source.read(1024 * 1024):
                    target.write(piece)
            return
        data = archive.read(entry)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        raise Unreadable("damaged") from None
    if any(word in data for word in _DOCTYPE):
        raise Unreadable("damaged")
    written.writestr(name, _harmless(name, data, dropped, flags))


def _harmless(name: str, data: bytes, dropped: dict[str, str], flags: set[str]) -> bytes:
    if name.lower().endswith(".rels"):
        return _relations(name, data, dropped, flags)
    if name == "[Content_Types].xml":
        return _types(data, dropped)
    if name.startswith("word/") and (b"instrText" in data or b"fldSimple" in data):
        return _fields(data, flags)
    if name.startswith("xl/worksheets/") or name == "xl/workbook.xml":
        cut, found = _FETCHING_FORMULA.subn(b"", data)
        if found:
            flags.add("external_removed")
        return cut
    return data


def _relations(name: str, data: bytes, dropped: dict[str, str], flags: set[str]) -> bytes:
    root = _parse(data)
    base = posixpath.dirname(posixpath.dirname(name))
    gone = {one.casefold() for one in dropped}
    for one in list(root):
        if not isinstance(one.tag, str):
            continue
        target = one.get("Target", "")
        if one.get("TargetMode", "").lower() == "external":
            # A link that a reader may follow is no more than words; all else is fetched unasked.
            if one.get("Type", "").endswith("/hyperlink") and _is_address(target):
                continue
            root.remove(one)
            flags.add("external_removed")
        elif _resolved(base, target).casefold() in gone:
            root.remove(one)
        elif ":" in target or "\\" in target or target.startswith("//"):
            root.remove(one)
            flags.add("external_removed")
    return _written(root)


def _is_address(target: str) -> bool:
    return target.lower().startswith(("http://", "https://", "mailto:", "#"))


def _resolved(base: str, target: str) -> str:
    joined = target if target.startswith("/") else posixpath.join("/", base, target)
    return posixpath.normpath(joined).lstrip("/")


def _types(data: bytes, dropped: dict[str, str]) -> bytes:
    root = _parse(data)
    gone = {f"/{one}".casefold() for one in dropped}
    for one in list(root):
        if isinstance(one.tag, str) and one.get("PartName", "").casefold() in gone:
            root.remove(one)
    return _written(root)


def _fields(data: bytes, flags: set[str]) -> bytes:
    """Empty the fields of a text that would fetch or start something.

    A field's words may be spread over many runs, and fields may stand in fields.
    """
    root = _parse(data)
    open_fields: list[list[Any]] = []
    for one in root.iter():
        kind = one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""
        if kind == "fldSimple":
            _empty_simple(one, flags)
        elif kind == "fldChar":
            state = _attribute(one, "fldCharType")
            if state == "begin":
                open_fields.append([])
            elif state in ("separate", "end") and open_fields:
                _empty(open_fields[-1], flags)
                open_fields[-1] = []
                if state == "end":
                    open_fields.pop()
        elif kind == "instrText" and open_fields:
            open_fields[-1].append(one)
        elif kind == "instrText":
            _empty([one], flags)
    for unfinished in open_fields:
        _empty(unfinished, flags)
    return _written(root)


def _attribute(element: Any, name: str) -> str:
    return next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")


def _empty_simple(element: Any, flags: set[str]) -> None:
    for key, value in list(element.attrib.items()):
        if key.rpartition("}")[2] == "instr" and _fetches(value):
            element.attrib[key] = ""
            flags.add("external_removed")


def _empty(words: list[Any], flags: set[str]) -> None:
    if _fetches("".join(one.text or "" for one in words)):
        for one in words:
            one.text = ""
        flags.add("external_removed")


def _fetches(instruction: str) -> bool:
    first = instruction.split(maxsplit=1)[:1]
    return bool(first) and first[0].strip('"').upper() in _FETCHED_FIELDS


def _written(root: Any) -> bytes:
    from lxml import etree

    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def main(arguments: list[str]) -> dict[str, Any]:
    """Do what the arguments ask."""
    verb, path, *rest = arguments
    return look(path) if verb == "look" else clean(path, rest[0])


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = main(sys.argv[1:])
    except Unreadable as refusal:
        answer = {"error": str(refusal)}
    except MemoryError:
        answer = {"error": "too_heavy"}
    sys.stdout.write(json.dumps(answer))
