"""Warning advice: what to do about the commonest warnings of Sphinx, MyST and docutils."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from surveyext.library.text import did_you_mean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_QUOTED = re.compile(r"\n(?=```|:::|\.\. )")  #: Where docutils starts to quote a directive.
_LONGEST = 300  #: Characters of a message that are shown.
_NEAR = 0.7  #: How much like a known name another must be.


class Remedy(NamedTuple):
    """What to do about one sort of warning."""

    pattern: str  #: Of the message; its first group is the name that is not known.
    advice: str  #: Said where no known name is near.
    names: str = ""  #: Which names are known; "," for those that its second group lists.


_FILE: Final = "correct the name, relative to this page, or add the file"
_LABEL: Final = "correct the name, or write '(name)=' on the line above what is meant"
_PAGE: Final = "correct the name, or add the page"
_TWO: Final = "rename one of the two"
REMEDIES: Final = (
    Remedy(
        r"[Uu]nknown directive type:? ['\"]([^'\"]+)",
        "correct the name, or add the extension that has it in conf.py",
        "directive",
    ),
    Remedy(
        r"[Uu]nknown interpreted text role \"([^\"]+)",
        "correct the name, or add the extension that has it in conf.py",
        "role",
    ),
    Remedy(r"Unknown option key: '([^']+)' \(allowed: \[(.*)\]", "use one of those allowed", ","),
    Remedy(r"Invalid option value for", "write a value of that form"),
    Remedy(r"argument\(s\) required, ", "write them after the name, on the same line"),
    Remedy(r"Content block expected", "write the text between the fences"),
    Remedy(r"Has content, but none permitted", "delete what stands between the fences"),
    Remedy(r"undefined label: '([^']+)", _LABEL, "label"),
    Remedy(r"unknown document: '([^']+)", _PAGE, "page"),
    Remedy(r"nonexisting document '([^']+)", _PAGE, "page"),
    Remedy(r"isn't included in any toctree", "name the page in a {toctree}"),
    Remedy(r"doesn't have a title", "begin that page with a '#' heading"),
    Remedy(r"equation not found: (\S+)", "correct the name, or label the equation", "equation"),
    Remedy(r"cross-reference target not found: '([^'#]+)", _LABEL, "target"),
    Remedy(r"local id not found in doc '[^']+': '([^']+)", _LABEL, "label"),
    Remedy(r"'any' reference target not found: (\S+)", _LABEL, "target"),
    Remedy(r"term not in glossary: '([^']+)", "correct it, or add it to a {glossary}", "term"),
    Remedy(r"citation not found: (\S+)", "cite a record with {cite:t} and its key"),
    Remedy(r"(?:image|download) file not readable: (.+)", _FILE, "file"),
    Remedy(r"file not found: '([^']+)|Include file '([^']+)", _FILE, "file"),
    Remedy(r"header level increase", "write at most one '#' more than the heading above has"),
    Remedy(r"headings start at H", "begin the page with a heading of one '#'"),
    Remedy(r"Duplicate footnote definition", _TWO),
    Remedy(r"duplicate label", _TWO),
    Remedy(r"Duplicate ID", _TWO),
    Remedy(r"Footnote \[.*\] is not referenced", "refer to it, as [^name], or delete it"),
    Remedy(r"footnote references: only", "define each footnote, as '[^name]: text'"),
    Remedy(r"Unknown target name", "define it; a footnote as '[^name]: text'"),
    Remedy(
        r"Pygments lexer name '([^']+)", "name a language that Pygments knows, or text", "language"
    ),
    Remedy(r"Lexing literal_block", "correct the code, or call it text"),
    Remedy(r"Error with CSV|Error parsing content", "mend what stands between the fences"),
    Remedy(r"invalid line number spec", "write lines as 1,3-5"),
    Remedy(r"Invalid directive argument", "write an argument of that form"),
    Remedy(r"The parent of a '[^']+' should be", "put it into one"),
    Remedy(r"Undefined substitution", "define it, or write '|' with a backslash before it"),
    Remedy(r"Malformed YAML", "write 'name: value' lines between two lines of '---'"),
    Remedy(r"Substitution error", "correct the name, or define it in myst_substitutions"),
    Remedy(r"entry '.*' does not exist|file '.*' does not exist", "correct the setting"),
    Remedy(r"Invalid configuration value", "correct the setting"),
    Remedy(r"unsupported theme option", "delete it from html_theme_options"),
    Remedy(r"Could not import extension|no theme named", "install it here, or use --quick"),
    Remedy(r"Sphinx stopped: ", "mend what it names, or leave Sphinx out with --quick"),
)


def advise(message: str, names: Mapping[str, Iterable[str]]) -> str:
    """Return a warning on one line, "what is wrong; what to do" where that is known.

    :param names: What is known of each sort that :data:`REMEDIES` names.
    """
    message = one_line(_QUOTED.split(message, maxsplit=1)[0]).strip().removesuffix(".")
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]} [...]"
    for pattern, advice, sort in REMEDIES:
        if found := re.search(pattern, message):
            known = re.findall(r"'([^']+)'", found[2]) if sort == "," else names.get(sort, ())
            wrong = next(filter(None, found.groups()), "")
            near = did_you_mean(wrong, known, cutoff=_NEAR) if sort else ""
            return f"{message}; {near.strip() or advice}"
    return message
