"""What each room adds to the walks: `*_steps` to the story, `*_doors` to the addresses."""

import importlib
import pkgutil
from types import ModuleType


def modules(ending: str) -> list[ModuleType]:
    """Import the modules of this package whose names end so, in order."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__) if one.name.endswith(ending))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]
