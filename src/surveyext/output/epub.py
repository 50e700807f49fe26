"""EPUB: Sphinx's builder, mended where a checker of the format or a second build objects."""

from __future__ import annotations

import datetime
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from sphinx.builders.epub3 import Epub3Builder

from surveyext.build.stamp import files_below
from surveyext.output.zips import write_zip

if TYPE_CHECKING:
    from surveyext.build.domain import SurveyDomain

_PAGE = re.compile(r'(<item [^>]*href="([^"]+\.xhtml)" media-type="[^"]+") />')
#: The rule that fetches the site's own font.
_FONT = re.compile(r"@font-face \{[^}]*\}\n")


class SurveyEpub(Epub3Builder):
    """An EPUB that says what its pages hold, and that is the same whenever it is built."""

    def content_metadata(self) -> dict[str, Any]:
        """Return what the package says of the book; its date is that of the newest entry."""
        return super().content_metadata() | {"date": f"{self._date()}T00:00:00Z"}

    def toc_metadata(self, level: int, navpoints: list[Any]) -> dict[str, Any]:
        """Return what the old table of contents says: the identifier that the package has."""
        return super().toc_metadata(level, navpoints) | {"uid": self.config.epub_identifier}

    def build_content(self) -> None:
        """Write the package file, with the property that a page with formulas needs.

        https://www.w3.org/TR/epub-33/#sec-item-property-values
        """
        out = Path(self.outdir)
        styles = out / "_static/survey.css"
        # Readers bring a font for formulas; the site's is cut down to its own pages.
        styles.write_text(_FONT.sub("", styles.read_text(encoding="utf-8")), encoding="utf-8")
        # What this build or another keeps for the next one is no part of the book.
        kept = sorted(files_below(out) - files_below(out, Path(self.doctreedir)))
        before = self.config.epub_exclude_files
        self.config.epub_exclude_files = [*before, *kept]
        super().build_content()
        self.config.epub_exclude_files = before

        def item(match: re.Match[str]) -> str:
            markup = (out / unquote(unescape(match[2]))).read_text(encoding="utf-8")
            return f'{match[1]} properties="mathml" />' if "<math" in markup else match[0]

        package = out / "content.opf"
        package.write_text(_PAGE.sub(item, package.read_text(encoding="utf-8")), encoding="utf-8")

    def build_epub(self) -> None:
        """Write the files into one: always in the same order and with the same dates."""
        out = Path(self.outdir)
        first = ["mimetype", "META-INF/container.xml", "content.opf", "toc.ncx"]
        book = out / f"{self.config.epub_basename}.epub"
        write_zip(book, {name: out / name for name in dict.fromkeys([*first, *self.files])})

    def _date(self) -> str:
        survey = cast("SurveyDomain", self.env.domains["survey"]).survey
        dates = [entry.added for entry in survey.entries if _is_date(entry.added)]
        return max(dates, default="1980-01-01")


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
