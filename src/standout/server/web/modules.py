"""Which modules a script imports, so that a browser fetches them at once and not one by one."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from standout.server.web.assets import FOLDER

_IMPORT: Final = re.compile(r'^(?:import|export) [^"]*?"(\.[^"]+)";', re.MULTILINE | re.DOTALL)


@cache
def needed(script: str) -> tuple[str, ...]:
    """Return all that a module of ``static/js`` imports, also at second hand.

    Returns
    -------
    tuple
        Paths below ``static``, the script itself left out, in the order of their first mention.
    """
    begin = FOLDER / "js" / script
    found = {begin: None}
    waiting = [begin]
    while waiting:
        module = waiting.pop(0)
        for name in _IMPORT.findall(module.read_text("utf-8")):
            path = (module.parent / name).resolve()
            if path not in found and path.is_file():
                found[path] = None
                waiting.append(path)
    root = FOLDER.resolve()
    return tuple(path.relative_to(root).as_posix() for path in found if path != begin)
