r"""TeX: the one decoder of TeX in text: cards, names, references and exports show what it says.

pylatexenc knows how many arguments a command takes and what it prints, from ``\"u`` and
``\textquoteright`` to ``\ensuremath{\beta}``; what it does not know is named, not lost in
silence. Formulas between dollars are split off before and never come here.
"""

from __future__ import annotations

import functools
import logging
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# It would log what we name ourselves.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
_ADDRESS = re.compile(r"\\(?:url|path|nolinkurl)\s*\{([^{}]*)\}")
_LINK = re.compile(r"\\href\s*\{[^{}]*\}")
#: A per cent sign would make a comment of the rest, an ampersand end a cell.
_BARE = re.compile(r"(?<!\\)((?:\\\\)*)([%&])")
_END = re.compile(r"(?<!\\)((?:\\\\)*)\\$")
_SPECIAL = re.compile(r"[\\%$#&_{}~^]")
#: Commands that pylatexenc does not print as a reader expects, and what they print.
_PRINTED = {
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "BibTeX": "BibTeX",
    "LaTeXe": "LaTeX2e",
    "XeTeX": "XeTeX",
    "LuaTeX": "LuaTeX",
    "AmS": "AMS",
    "-": "",
    "/": "",
    "today": "",
    "{": "",  # braces and backslashes would be TeX again for whoever reads the text
    "}": "",
    "textbackslash": "\u2216",
    "slash": "/",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "par": " ",
    "newline": " ",
}
#: Commands with one argument that only sort, or only style; the argument is shown or not.
_HIDDEN = ("noopsort", "SortNoop", "noop", "href", "protect")
_SHOWN = (
    "url",
    "path",
    "mkbibquote",
    "mkbibemph",
    "enquote",
    "textsmaller",
    "MakeUppercase",
    "uppercase",
)


@functools.cache
def _database() -> Any:
    from pylatexenc.latex2text import MacroTextSpec, get_default_latex_context_db

    database = get_default_latex_context_db()
    printed = [MacroTextSpec(name, text) for name, text in _PRINTED.items()]
    hidden = [MacroTextSpec(name, "") for name in _HIDDEN]
    shown = [MacroTextSpec(name, "%s") for name in _SHOWN]
    database.add_context_category("survey", macros=[*printed, *hidden, *shown], prepend=True)
    return database


@functools.cache
def _walker_database() -> Any:
    from pylatexenc.latexwalker import get_default_latex_context_db
    from pylatexenc.macrospec import std_macro

    database = get_default_latex_context_db()
    one = [std_macro(name, "{") for name in (*_HIDDEN[:-1], *_SHOWN)]
    none = [std_macro(name, "") for name in _PRINTED]
    database.add_context_category("survey", macros=[*one, *none], prepend=True)
    return database


def _nodes(tex: str) -> Any:
    from pylatexenc.latexwalker import LatexWalker

    walker = LatexWalker(tex, latex_context=_walker_database(), tolerant_parsing=True)
    return walker.get_latex_nodes()[0]


def decoded(tex: str, *, braces: bool = False) -> str:
    """Return TeX as Unicode text.

    :param braces: Keep those of groups: a style changes no case in them, a name is not split.
    """
    from pylatexenc.latex2text import LatexNodes2Text

    tex = _ADDRESS.sub(lambda found: _SPECIAL.sub(r"\\\g<0>", found[1]), _LINK.sub("", tex))
    tex = _END.sub(r"\1", _BARE.sub(r"\1\\\2", tex)).replace("\\\\", " ")
    text = LatexNodes2Text(
        latex_context=_database(),
        math_mode="text",
        strict_latex_spaces=True,
        keep_comments=True,
        keep_braced_groups=braces,
    ).nodelist_to_text(_nodes(tex))
    if not braces:
        text = text.replace("{", "").replace("}", "")
    return str(text)


def unknown(tex: str) -> list[str]:
    """Return the commands of a TeX value that are not known, whose arguments alone are shown."""
    if "\\" not in tex:
        return []
    tex = _LINK.sub("", _ADDRESS.sub("", tex)).replace("\\\\", " ")
    known = {spec.macroname for spec in _database().iter_macro_specs()}
    return [name for name in dict.fromkeys(_commands(_nodes(tex))) if name not in known]


def _commands(nodes: Any) -> Iterator[str]:
    for node in nodes or ():
        if node is None:
            continue
        if name := getattr(node, "macroname", ""):
            yield name
        yield from _commands(getattr(node, "nodelist", None))
        arguments = getattr(node, "nodeargd", None)
        yield from _commands(getattr(arguments, "argnlist", None))
