"""Console: results to standard output, everything else to standard error.

Both are plain when they are no terminal or when NO_COLOR is set (https://no-color.org).
"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from surveyext.text import HIDDEN

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
