"""Static files as they are served: under names that hold their hash, compressed, for good.

A module names the modules it imports by their path; what is served names them by their hash, so
that a page of one version never loads a module of another, and nothing is asked for twice.
"""

from typing import Any

from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)

_FILES, _MODULES = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns
# What is fetched again after a failed attempt has something after its name.
_LATER = (
    r"""(?P<matched>import\(`(?P<url>[./][^`$]+\.m?js)(?P<more>\$\{\w+\})`\))""",
    """import(`%(url)s%(more)s`)""",
)


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, with the paths in modules written by the hash."""

    support_js_module_import_aggregation = True
    # As many as modules import one another in a row: the hash of one is part of the next.
    max_post_process_passes = 30
    _js_module_import_aggregation_patterns: Any = (_FILES, (*_MODULES, _LATER))
