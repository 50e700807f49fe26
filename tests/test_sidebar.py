"""The contents beside a page, resolved once a folder, are what Sphinx resolves for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from surveyext.build.sidebar import Sidebar

if TYPE_CHECKING:
    from conftest import SmallSurvey
    from sphinx.application import Sphinx
    from sphinx.testing.util import SphinxTestApp

pytestmark = pytest.mark.once

OPTIONS = {"collapse": False, "titles_only": True, "maxdepth": -1, "includehidden": True}
NESTED = """# More

```{toctree}
:hidden:

Below <below/one>
below/two
self
https://example.org
```
"""


@pytest.fixture
def nested(survey: SmallSurvey) -> SmallSurvey:
    """A survey with contents of several levels and folders, one page listed twice."""
    survey.write("more.md", NESTED)
    survey.write("below/one.md", "# One\n\n## Section\n\nText.\n")
    survey.write("below/two.md", "# Two\n\n```{toctree}\n/more-of-two\n```\n")
    survey.write("more-of-two.md", "---\norphan: true\n---\n\n# More & *more* of two\n")
    survey.edit("index.md", "```{toctree}\n", "```{toctree}\nmore\n")
    return survey


def compared(survey: SmallSurvey) -> dict[str, tuple[str, str]]:
    """Build, and return by page the contents that its template gets and those of Sphinx."""
    found: dict[str, tuple[str, str]] = {}

    def compare(
        app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _tree: object
    ) -> None:
        theirs = cast("Any", app.builder)._get_local_toctree(pagename, **OPTIONS)
        found[pagename] = context["toctree"](**OPTIONS), theirs

    def connect(app: SphinxTestApp) -> None:
        app.connect("html-page-context", compare, priority=450)

    assert survey.build(prepare=connect).warnings == []
    return found


def test_marks_and_addresses_are_sphinxs_own(nested: SmallSurvey) -> None:
    found = compared(nested)
    assert {name for name, (ours, theirs) in found.items() if ours != theirs} == set()
    marked = {name for name, (ours, _) in found.items() if "current" in ours}
    assert {"more", "below/one", "more-of-two", "techniques/pruning"} <= marked
    assert "index" not in marked


def test_contents_are_resolved_once_a_folder(
    nested: SmallSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    resolve = Sidebar._resolve

    def count(self: Sidebar, docname: str, options: dict[str, Any]) -> Any:
        asked.append(docname)
        return resolve(self, docname, options)

    monkeypatch.setattr(Sidebar, "_resolve", count)
    compared(nested)
    assert sorted(name.rpartition("/")[0] for name in asked) == ["", "below", "techniques"]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("below/one.md", "---\ntocdepth: 1\n---\n# One\n"),
        ("rest.rst", ":orphan:\n\nRest\n====\n\n.. only:: html\n\n   Here\n   ----\n\n   Text.\n"),
    ],
)
def test_contents_that_depend_on_the_page_are_left_to_sphinx(
    nested: SmallSurvey, monkeypatch: pytest.MonkeyPatch, page: str, text: str
) -> None:
    monkeypatch.setattr(Sidebar, "_resolve", None)
    nested.write(page, text)
    assert compared(nested)
