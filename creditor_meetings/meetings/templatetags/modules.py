"""Lets a browser fetch all modules of a page at once, rather than each when another names it."""

import re
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^;"'`(]*?["'](?P<path>\.{1,2}/[^"']+)["']""", re.MULTILINE
)


@register.simple_tag
def module_preloads(entry: str) -> SafeString:
    """Write `<link rel="modulepreload">` for a module and all that it imports, as in

    {% module_preloads "js/room/main.js" %}
    """
    return _links.__wrapped__(entry) if settings.DEBUG else _links(entry)


@lru_cache
def _links(entry: str) -> SafeString:
    links = ((static(name),) for name in imported_by(entry))
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)


def imported_by(entry: str) -> list[str]:
    """Return a module's name and those of all it imports, the nearest first."""
    found = [entry]
    for name in found:
        path = finders.find(name)
        if not isinstance(path, str):
            raise ValueError(f"no static file {name}, imported on the way from {entry}")
        for match in _IMPORT.finditer(Path(path).read_text(encoding="utf-8")):
            imported = normpath(join(dirname(name), match["path"]))
            if imported not in found:
                found.append(imported)
    return found
