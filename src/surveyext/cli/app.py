"""App: the table of contents of the command line."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from surveyext import __version__
from surveyext.cli.console import OUT, hint
from surveyext.cli.exits import CommandError, Exit

#: A module of this package for each command, and what it does, to fit on a line of the help.
#: It imports at once only what its options need, the rest when it runs, so that no command
#: waits for another one's libraries.
COMMANDS = {
    "add": "Add a paper: fetch its record and place its entry.",
    "check": "Name every mistake in records, entries and pages.",
    "format": "Write refs.bib and entry blocks in their one form.",
    "refresh": "Ask the sources again, and propose edits as a diff.",
    "show": "Show an entry: its record, links, note and evidence.",
    "stats": "Count the entries by technique, year, venue and kind.",
    "suggestion": "Add the paper that an issue suggests.",
}


def create() -> typer.Typer:
    """Return the application with every command."""
    app = typer.Typer(
        name="survey",
        help="Add papers to a living survey, check it and keep it fresh.",
        epilog="Exit codes: "
        + "; ".join(f"{code.value} {code.name.lower()}" for code in Exit)
        + ". Run 'survey --install-completion' once to let your shell complete commands.",
        no_args_is_help=True,
        rich_markup_mode=None,  # plain sentences, the same in a terminal and in a file
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name, about in COMMANDS.items():
        module = import_module(f"surveyext.cli.{name}")
        app.command(name, short_help=about)(module.command)
    return app


def _print_version(asked: bool) -> None:
    if asked:
        OUT.print(f"survey {__version__}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Hold what is common to all commands."""


def run() -> int:
    """Run the command that the process was started with and return its exit code."""
    try:
        create()()  # ends in SystemExit, with the code of the command
    except CommandError as error:
        hint(f"survey: {error}", "red")
        return error.code
    except SystemExit as ended:
        if ended.code == Exit.INTERRUPTED:
            hint("survey: stopped; every file is whole")
        raise
    return Exit.FINE
