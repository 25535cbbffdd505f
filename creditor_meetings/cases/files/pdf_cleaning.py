"""Opens a PDF in a process of its own and takes out what acts instead of being read.

Scripts, programs to be started, files inside the file, forms that fill themselves in (XFA),
sound and films. Links to other pages and to addresses stay. Runs as a script with neither Django
nor the rest of the system, with little memory and little time:

    FILE OUTPUT    -> {"flags": [code, ...]}: OUTPUT is written if there are any; or {"error": code}
"""

import json
import resource
import sys
from typing import Any

MEMORY = 2048 * 1024 * 1024
SECONDS = 120
DEEPEST = 60

# Actions (ISO 32000-1, 12.6.4) by what they would do; those that lead to a page are not here.
_ACTIONS = {
    "/JavaScript": "scripts_removed",
    "/Rendition": "scripts_removed",
    "/Launch": "launch_removed",
    "/GoToE": "files_removed",
    "/GoToR": "launch_removed",
    "/ImportData": "actions_removed",
    "/SubmitForm": "actions_removed",
    "/ResetForm": "actions_removed",
    "/Hide": "actions_removed",
    "/SetOCGState": "actions_removed",
    "/Trans": "actions_removed",
    "/Thread": "actions_removed",
    "/Sound": "media_removed",
    "/Movie": "media_removed",
    "/RichMediaExecute": "scripts_removed",
    "/GoTo3DView": "media_removed",
}
# Keys of any dictionary, gone with what they hold. /AA are actions that start by themselves.
_KEYS = {
    "/AA": "actions_removed",
    "/JS": "scripts_removed",
    "/XFA": "xfa_removed",
    "/EF": "files_removed",
    "/AF": "files_removed",
    "/Collection": "files_removed",
    "/RichMediaContent": "media_removed",
}
_NAME_TREES = {"/JavaScript": "scripts_removed", "/EmbeddedFiles": "files_removed"}
_ANNOTATIONS = {
    "/FileAttachment": "files_removed",
    "/RichMedia": "media_removed",
    "/Screen": "media_removed",
    "/Movie": "media_removed",
    "/Sound": "media_removed",
    "/3D": "media_removed",
}


class Unreadable(Exception):
    """The file cannot be used; the code says why."""


def clean(path: str, output: str) -> dict[str, Any]:
    """Say what acts in a PDF; if anything, write it without that to `output`."""
    import pikepdf

    flags: set[str] = set()
    try:
        with pikepdf.open(path) as pdf:
            _clean_names(pdf, flags)
            _clean_opening(pdf, flags)
            for one in pdf.objects:
                _walk(one, flags, 0)
            if flags:
                pdf.save(output)
    except pikepdf.PasswordError:
        raise Unreadable("encrypted") from None
    except (pikepdf.PdfError, ValueError, RuntimeError, OverflowError):
        raise Unreadable("damaged") from None
    return {"flags": sorted(flags)}


def _clean_names(pdf: Any, flags: set[str]) -> None:
    import pikepdf

    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        for key, flag in _NAME_TREES.items():
            if key in names:
                del names[key]
                flags.add(flag)


def _clean_opening(pdf: Any, flags: set[str]) -> None:
    import pikepdf

    opening = pdf.Root.get("/OpenAction")
    # An array is a page to begin with; so is /GoTo.
    if isinstance(opening, pikepdf.Dictionary) and opening.get("/S") != "/GoTo":
        flags.add(_ACTIONS.get(str(opening.get("/S")), "actions_removed"))
        flags.add("open_action_removed")
        del pdf.Root["/OpenAction"]


def _walk(thing: Any, flags: set[str], depth: int) -> None:
    """Look at an object and what stands directly in it; what it refers to has its own turn."""
    import pikepdf

    if depth > DEEPEST:
        raise Unreadable("too_heavy")
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        _clean_dictionary(thing, flags)
        for _key, value in thing.items():
            if not value_is_elsewhere(value):
                _walk(value, flags, depth + 1)
    elif isinstance(thing, pikepdf.Array):
        _clean_array(thing, flags)
        for value in thing:
            if not value_is_elsewhere(value):
                _walk(value, flags, depth + 1)


def value_is_elsewhere(value: Any) -> bool:
    """Whether a value is an indirect object, or no object that holds others."""
    return not hasattr(value, "is_indirect") or value.is_indirect


def _clean_dictionary(thing: Any, flags: set[str]) -> None:
    for key in list(thing.keys()):
        if key in _KEYS:
            flags.add(_KEYS[key])
            del thing[key]
            continue
        flag = _flag_of(thing[key])
        # The action's own /S, /Type and so on are names, never dictionaries: no false find.
        if flag:
            flags.add(flag)
            del thing[key]


def _clean_array(thing: Any, flags: set[str]) -> None:
    for number in range(len(thing) - 1, -1, -1):
        flag = _flag_of(thing[number])
        if flag:
            flags.add(flag)
            del thing[number]


def _flag_of(value: Any) -> str:
    import pikepdf

    if not isinstance(value, pikepdf.Dictionary):
        return ""
    kind = value.get("/S")
    if isinstance(kind, pikepdf.Name) and str(kind) in _ACTIONS and _is_action(value, str(kind)):
        return _ACTIONS[str(kind)]
    subtype = value.get("/Subtype")
    if isinstance(subtype, pikepdf.Name) and str(subtype) in _ANNOTATIONS and "/Rect" in value:
        return _ANNOTATIONS[str(subtype)]
    return ""


def _is_action(value: Any, kind: str) -> bool:
    # Page transitions and structure elements have an /S too.
    if "/Type" in value and str(value["/Type"]) != "/Action":
        return False
    return kind != "/Trans" or "/Trans" in value


def main(arguments: list[str]) -> dict[str, Any]:
    """Do what the arguments ask."""
    path, output = arguments
    return clean(path, output)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = main(sys.argv[1:])
    except Unreadable as refusal:
        answer = {"error": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"error": "too_heavy"}
    sys.stdout.write(json.dumps(answer))
