"""Console: results to standard output, everything else to standard error.

Both are plain when they are no terminal or when NO_COLOR is set (https://no-color.org).
"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

#: Results, which may be piped into a file or another program.
OUT = Console(highlight=False)
#: Progress, hints and mistakes.
ERR = Console(stderr=True, highlight=False)


def say(text: str, style: str = "") -> None:
    """Print a result as it is: no markup, and no line broken that the terminal would not break."""
    OUT.print(Text(text, style), soft_wrap=True)


def hint(text: str, style: str = "") -> None:
    """Print something beside the result to standard error, as it is."""
    ERR.print(Text(text, style), soft_wrap=True)
