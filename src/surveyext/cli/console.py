"""Console: results to standard output, everything else to standard error; what is pasted.

Both outputs are plain when they are no terminal or when NO_COLOR is set (https://no-color.org).
"""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

from surveyext.cli.exits import CommandError
from surveyext.library.text import HIDDEN

#: Results, which may be piped into a file or another program.
OUT = Console(highlight=False)
#: Progress, hints and mistakes.
ERR = Console(stderr=True, highlight=False)


def say(text: str, style: str = "", *, prose: bool = False) -> None:
    """Print a result as it is, without markup and characters that steer a terminal.

    :param prose: Break lines between words in a terminal; other lines are left to it.
    """
    OUT.print(Text(HIDDEN.sub("", text), style), soft_wrap=not (prose and OUT.is_terminal))


def hint(text: str, style: str = "") -> None:
    """Print something beside the result to standard error, as it is."""
    ERR.print(Text(HIDDEN.sub("", text), style), soft_wrap=True)


def pasted(what: str) -> str:
    """Return what standard input has, asking for it in a terminal.

    :param what: The name of what it should be, "BibTeX record".
    :raises CommandError: It is not UTF-8.
    """
    if sys.stdin.isatty():
        hint(f"paste the {what}, then press Ctrl-D")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"standard input is not UTF-8; save the {what} as UTF-8") from None
