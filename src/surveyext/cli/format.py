"""survey format: .bib files and entry blocks in their one form."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated

import typer

from surveyext.cli.console import hint, say
from surveyext.cli.exits import Exit

if TYPE_CHECKING:
    from surveyext.cli.canonical_form import Tidied


def command(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; name the files that would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change.")
    ] = False,
) -> None:
    """Write refs.bib and all entry blocks in the one form that the survey uses.

    Comments, fields and text stay; what is not understood is left alone and named.
    All files are written or none. With --check or --diff the exit code is 1 when a file
    would change.

    \b
    Examples:
      survey format
      survey format --diff
    """  # noqa: D301  # Click takes the backspace for "keep these lines"
    from surveyext.build.settings import shown
    from surveyext.cli.atomic_write import replace_files
    from surveyext.cli.canonical_form import tidied
    from surveyext.cli.locate import find, load

    place = find()
    files = list(tidied(place, load(place)))
    changed = [each for each in files if each.changed]
    left = [(each, *part) for each in files for part in each.canonical.left]
    for each, line, reason in left:
        hint(f"{shown(each.path)}:{line}: {reason}; left as it is")
    if diff:
        for each in changed:
            _show(each, shown(each.path))
    elif not check:
        replace_files(place.root, {each.path: each.canonical.text for each in changed})
    if not diff:
        for each in changed:
            say(f"{'would format' if check else 'formatted'} {shown(each.path)}")
    if not changed:
        hint(f"{len(files)} files have the form already")
    raise typer.Exit(Exit.PROBLEMS if left or (changed and (check or diff)) else Exit.FINE)


def _show(each: Tidied, name: str) -> None:
    old, new = each.text.splitlines(), each.canonical.text.splitlines()
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm=""):
        say(line, styles.get(line[:1], ""))
