"""Assets: ours without comments, and no style or script on a page that has no use for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rjsmin import jsmin

from surveyext.views.cards import STYLED

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
# That they begin with plain letters makes these ten times as fast: pages are long.
_CLASS = re.compile(r"sd(?<!\wsd)-[a-z0-9-]+")
_COLOURED = re.compile(r'highlight-(?!none )[^\s"]+ notranslate"')


def serve(app: Sphinx) -> None:
    """Let Sphinx copy our styles and scripts (builder-inited)."""
    folder = Path(app.doctreedir) / "survey-static"
    folder.mkdir(parents=True, exist_ok=True)
    for path in (Path(__file__).parent.parent / "static").iterdir():
        (folder / path.name).write_text(shipped(path), encoding="utf-8")
    app.config.html_static_path.append(str(folder))


def shipped(path: Path) -> str:
    """Return a style or a script as readers get it."""
    text = path.read_text(encoding="utf-8")
    # cssmin, of the author of jsmin, breaks selectors inside @container.
    return jsmin(text) if path.suffix == ".js" else _COMMENT.sub("", text)


def leave_out(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Leave out what a page has no use for (html-page-context)."""
    body = context.get("body", "")
    # Pages without text of their own are drawn by their template.
    useless = set() if doctree is None else _useless(body)
    for kind in ("css_files", "script_files"):
        files = context.get(kind, [])
        context[kind] = [file for file in files if _name(file) not in useless]


def _useless(body: str) -> set[str]:
    """Return the names of the files that do nothing on a page."""
    checks = {
        "design-tabs.js": "tab-set" in body,
        "sphinx-design.min.css": not STYLED.issuperset(_CLASS.findall(body)),
        "pygments.css": bool(_COLOURED.search(body)),
        "find.js": 'class="survey-filter' in body or 'id="search-results"' in body,
    }
    return {name for name, useful in checks.items() if not useful}


def _name(file: Any) -> str:
    return str(getattr(file, "filename", "")).rpartition("/")[2]
