"""Formulas: TeX to MathML, and why TeX cannot be set; pure."""

from __future__ import annotations

import functools
import html
import re
from xml.dom import minidom

from math_core import LatexError, LatexToMathML

_COMMENT = re.compile(r"(?<!\\)(?:\\\\)*%")
_PLACE = re.compile(r"^\d+: ")  # an offset, which nobody counts
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]+;")  # HTML has it, XML does not
#: A bracket of a set size with scripts, which Chromium leaves small unless it stands in a row.
_SIZED_BASE = re.compile(r"(<msu(?:b|p|bsup)>)(<mo [^>]*minsize[^>]*>[^<]*</mo>)")
_STYLES = ("displaystyle", "scriptlevel")
_NAMESPACE = "http://www.w3.org/1998/Math/MathML"  # HTML knows it, XML must be told
_CONVERTER = LatexToMathML(fancy_error=False)
#: The converter calls itself for what stands inside: at some thousands deep, which the
#: commands that a formula defines can reach on a line, the process ends without a word.
_LONGEST, _DEEPEST = 4000, 50
_DEFINING = re.compile(r"\\(?:(?:re)?newcommand|providecommand|g?def|let|global)(?![a-zA-Z])")
_NESTING = re.compile(r"\\\\|\\[{}]|(\{|\\begin|\\left(?![a-zA-Z]))|(\}|\\end|\\right(?![a-zA-Z]))")


_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
#: What amsmath and the usual fonts set and the converter does not, in words that it knows.
_ORDINARY = (
    (re.compile(r"\\\\\*?\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in|mu|pc|bp|sp)\s*\]"), r"\\\\ "),
    (re.compile(r"\\(?:mathds|mathbbm|mathbbmss)(?![a-zA-Z])"), r"\\mathbb"),
    (re.compile(rf"\\substack\s*{_GROUP}"), r"\\begin{subarray}{c}\1\\end{subarray}"),
    (re.compile(r"\\tag\*\s*\{([^{}]*)\}"), r"\\qquad\\text{\1}"),
    (re.compile(r"\\tag\s*\{([^{}]*)\}"), r"\\qquad\\text{(\1)}"),
    # A number of its own would stand beside the one of the page.
    (re.compile(r"\\(begin|end)\{(?:align|equation|split|flalign)\*?\}"), r"\\\1{aligned}"),
    (re.compile(r"\\(begin|end)\{(?:gather|multline)\*?\}"), r"\\\1{gathered}"),
    (re.compile(r"\\(begin|end)\{smallmatrix\}"), r"\\\1{matrix}"),
)
_LIMITS = re.compile(rf"\\mathop\s*{_GROUP}\s*(?:\\limits)?\s*_\s*{_GROUP}")
_ELSEWHERE = re.compile(r"\\(?:eq|page|auto)?ref(?![a-zA-Z])")
_STRUCTURE = re.compile(r"\\begin\s*\{|\\end\s*\{|\\\\|\\[{}&]|[{}&]")


def _ordinary(tex: str, *, display: bool) -> str:
    """Return a formula in the words of the converter."""
    for pattern, written in _ORDINARY:
        tex = pattern.sub(written, tex)
    # Beside an operator in a line, below it in a formula of its own.
    return _LIMITS.sub(r"\\underset{\2}{\1}", tex) if display else tex


@functools.cache
def to_mathml(tex: str, *, display: bool) -> str:
    """Return TeX as MathML Core.

    :raises ValueError: It cannot be set; the message says why.
    """
    _refuse_dangerous(tex)
    if found := _ELSEWHERE.search(tex):
        raise ValueError(f"{found[0]} leads nowhere in a formula, name the equation in the text")
    source = _ordinary(tex, display=display)
    if _has_lines(source):
        source = rf"\begin{{aligned}}{source}\end{{aligned}}"
    try:
        markup = _CONVERTER.convert_with_local_state(source, displaystyle=display)
    except LatexError as error:
        reason = _PLACE.sub("", " ".join(str(error).split()))
        raise ValueError(reason.removesuffix(".")) from None
    markup = _SIZED_BASE.sub(r"\1<mrow>\2</mrow>", markup)
    return _ENTITY.sub(lambda match: html.unescape(match[0]), markup)


def to_mathml3(tex: str, *, display: bool) -> str:
    """Return TeX as MathML 3, which books have: only some elements can set a style.

    https://www.w3.org/TR/epub-33/#sec-xhtml-mathml

    :raises ValueError: It cannot be set; the message says why.
    """
    document = minidom.parseString(to_mathml(tex, display=display))
    for element in document.getElementsByTagName("*"):
        names = [name for name in _STYLES if element.hasAttribute(name)]
        around = element.parentNode
        if names and around is not None and element.tagName not in {"math", "mstyle"}:
            style = document.createElement("mstyle")
            for name in names:
                style.setAttribute(name, element.getAttribute(name))
                element.removeAttribute(name)
            around.replaceChild(style, element)
            style.appendChild(element)
    (root,) = document.getElementsByTagName("math")
    root.setAttribute("xmlns", _NAMESPACE)
    return root.toxml()


def _refuse_dangerous(tex: str) -> None:
    if len(tex) > _LONGEST:
        raise ValueError(f"it has {len(tex)} characters, more than {_LONGEST}")
    if define := _DEFINING.search(tex):
        raise ValueError(f"{define[0]} defines a command, instead of what it stands for")
    depth = 0
    for match in _NESTING.finditer(tex):
        depth += bool(match[1]) - bool(match[2])
        if depth > _DEEPEST:
            raise ValueError(f"its braces are more than {_DEEPEST} deep")


def fault(tex: str, *, display: bool) -> str:
    """Return why TeX cannot be set, as a problem says it, or ``""``."""
    if _COMMENT.search(tex):
        return r"a bare % hides the rest of its line from TeX; write \%"
    try:
        to_mathml(tex, display=display)
    except ValueError as error:
        return f"this TeX cannot be set: {error}; write it in ordinary LaTeX math"
    return ""


def _has_lines(tex: str) -> bool:
    """Tell whether a formula has lines or cells outside of every environment and group."""
    depth = 0
    for match in _STRUCTURE.finditer(tex):
        if match[0].startswith(r"\begin"):
            depth += 2  # its name closes a brace that was opened here
        elif match[0].startswith(r"\end"):
            pass
        elif match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
        elif match[0] in {r"\\", "&"} and depth == 0:
            return True
    return False
