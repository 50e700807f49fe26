"""Math font: STIX Two Math, cut down to the characters in the formulas of a site."""

from __future__ import annotations

import functools
import html
import importlib.metadata
import logging
import re
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveyext.build.failures import all_or_message
from surveyext.exports.write import CITE
from surveyext.library.model import digest
from surveyext.output.drawn_characters import drawn

if TYPE_CHECKING:
    from docutils import nodes
    from fontTools.ttLib import TTFont
    from sphinx.application import Sphinx

_FONT = "_static/survey-math.woff2"  # as survey.css names it
#: Fetches the font while the styles are fetched, so that no formula moves; browsers refuse
#: that to copies opened from a disk, where the font is at hand anyway.
_PRELOAD = """
<script>
  if (location.protocol !== "file:") {{
    const font = {{ rel: "preload", href: "{address}", as: "font", crossOrigin: "" }};
    document.head.append(Object.assign(document.createElement("link"), font));
  }}
</script>"""
_FORMULA = re.compile(rb"<math\b.*?</math>", re.DOTALL)
_TEXT = re.compile(r">([^<>]+)<")
_LETTER = re.compile(r"<mi>([^<]|&\w+;)</mi>")
#: Browsers draw the hyphen of a formula as a minus sign.
_MINUS = "\N{MINUS SIGN}"
#: The slanted letters, by what NFKC makes of them.
_SLANTED = {
    unicodedata.normalize("NFKC", chr(code)): chr(code)
    for first, last in ((0x1D434, 0x1D467), (0x1D6E2, 0x1D71B))
    for code in range(first, last + 1)
    if unicodedata.name(chr(code), "")
} | {"h": "\N{PLANCK CONSTANT}"}


def characters(page: bytes) -> set[str]:
    """Return every character that a browser needs to draw the formulas of a page in UTF-8.

    A letter that stands alone in ``<mi>`` is drawn slanted, which MathML Core calls
    *math-auto*: https://www.w3.org/TR/mathml-core/#the-mathvariant-attribute
    """
    found: set[str] = set()
    for formula in {each.decode() for each in _FORMULA.findall(page)}:
        found.update(*map(html.unescape, _TEXT.findall(formula)))
        found.update(_SLANTED.get(html.unescape(letter), "") for letter in _LETTER.findall(formula))
    return {character for character in found if character.strip()}


@functools.cache
def cut(used: frozenset[str]) -> bytes:
    """Return a WOFF2 font of these characters with all their sizes, the same for the same set."""
    from fontTools.subset import Options, Subsetter  # here: most builds find the font cut
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every step
    options = Options()
    options.layout_features = []  # alternates for subscripts would double the size
    options.hinting = False
    options.name_IDs = [0, 1, 2, 13, 14]  # whose it is and its licence, the OFL
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in used | {_MINUS}])
    with TTFont(_source(), recalcTimestamp=False) as font, BytesIO() as out:
        _leave_sizes(font)
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(out)
        return out.getvalue()


def _leave_sizes(font: TTFont) -> None:
    """Leave of thirteen sizes of a bracket as many as TeX has, and the parts of larger ones."""
    variants = font["MATH"].table.MathVariants
    for each in (*variants.VertGlyphConstruction, *variants.HorizGlyphConstruction):
        if each.GlyphAssembly:
            sizes = each.MathGlyphVariantRecord
            each.MathGlyphVariantRecord = [*sizes[:2], *sizes[3::3]]


def _source() -> Path:
    """Return the whole font, which the ziamath package brings."""
    return Path(
        str(importlib.metadata.distribution("ziamath").locate_file("ziamath")),
        "fonts/STIXTwoMath-Regular.ttf",
    )


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the font that the pages need beside their styles (build-finished)."""
    if exception is not None or not _serves_font(app):
        return
    out, doctrees = Path(app.outdir), Path(app.doctreedir)
    with all_or_message(out):
        kept = f"survey-drawn-{app.builder.name}-{digest(str(out))[:8]}.json"
        used = drawn(out, (doctrees, out / CITE), doctrees / kept, characters)
        path = out / _FONT
        if used:
            path.write_bytes(_kept(used, doctrees))
        else:
            path.unlink(missing_ok=True)


def _kept(used: frozenset[str], folder: Path) -> bytes:
    """Return the font from ``folder`` if the last build needed the same; cutting takes a second."""
    made_by = [importlib.metadata.version(name) for name in ("brotli", "fonttools", "ziamath")]
    kept = folder / f"survey-math-{digest(made_by, sorted(used))}.woff2"
    if not kept.is_file():
        for old in folder.glob("survey-math-*.woff2"):
            old.unlink()
        part = kept.with_suffix(".part")  # a build that is killed leaves no half of a font
        part.write_bytes(cut(used))
        part.replace(kept)
    return kept.read_bytes()


def preload(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Have pages with formulas fetch the font early (html-page-context)."""
    if _serves_font(app) and "<math" in context.get("body", ""):
        script = _PRELOAD.format(address=context["pathto"](_FONT, resource=True))
        context["metatags"] = context.get("metatags", "") + script


def _serves_font(app: Sphinx) -> bool:
    builder = app.builder
    return (
        builder.format == "html"
        and builder.name in {"html", "dirhtml", "singlehtml"}
        and app.config.html_math_renderer == "mathml"
    )
