"""Assets: no script on a page that has no use for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

#: A script that sphinx-design adds to every page, and what it serves.
_TABS, _TAB_SET = "design-tabs.js", "tab-set"


def leave_out(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Leave out the script of tabs where there are none (html-page-context)."""
    if _TAB_SET not in context.get("body", ""):
        scripts = context.get("script_files", [])
        context["script_files"] = [
            script for script in scripts if not str(getattr(script, "filename", "")).endswith(_TABS)
        ]
