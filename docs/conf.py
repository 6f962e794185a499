"""How the documentation becomes a site: ``make site``, then open ``build/site/index.html``."""  # noqa: INP001 - read by Sphinx

from __future__ import annotations

from typing import Final

from sphinx.application import Sphinx

from standout import __version__

project = "Standout"
release = __version__
author = "The authors of Standout"
project_copyright = author

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["reference/*.py", "**/__pycache__"]
# Pygments has no words for what it does not colour; a link out of this folder is for readers of
# the repository.
suppress_warnings = ["misc.highlighting_failure", "myst.xref_missing"]

# Links from one page to a heading of another are made from the headings' own words.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

html_theme = "furo"
html_title = f"Standout {release}"
html_show_sphinx = False
html_copy_source = False
# Sphinx's own search needs no network; nothing here does.
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0B6B62", "color-brand-content": "#0B6B62"},
    "dark_css_variables": {"color-brand-primary": "#4FD1C0", "color-brand-content": "#4FD1C0"},
}

_CONTENTS: Final = """

```{toctree}
:hidden:
:glob:
:caption: %s

%s
```
"""
_PARTS: Final = {
    "Learn": "tutorial/*",
    "Do": "howto/*",
    "Look up": "reference/*\nglossary",
    "Understand": "explanation/*",
}


def _add_contents(_: Sphinx, page: str, source: list[str]) -> None:
    # The list of pages is Sphinx's alone: in the file it would show as code where the repository
    # is read, and be forgotten when a page is added.
    if page == "index":
        source[0] += "".join(_CONTENTS % part for part in _PARTS.items())


def setup(app: Sphinx) -> None:
    """Give the site its list of pages."""
    app.connect("source-read", _add_contents)
