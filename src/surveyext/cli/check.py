"""survey check: every problem of the survey, without a build."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from surveyext.cli.console import hint, say
from surveyext.cli.exits import Exit

if TYPE_CHECKING:
    from surveyext.model import Problem


class Format(StrEnum):
    """How problems are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def command(
    form: Annotated[
        Format,
        typer.Option(
            "--format", help="text to read, json for programs, github for notes on a pull request."
        ),
    ] = Format.TEXT,
) -> None:
    """Name every mistake in records, entries, data files and pages, without building the site.

    It says what the build would say of the survey, each problem as
    file:line: what is wrong; what to do [survey.kind],
    and also where the canonical form, an equation's label, a link to a page or file, a heading
    or the table of contents is broken.

    \b
    Examples:
      survey check
      survey check --format json > problems.json
      survey check --format github        in a workflow
    """  # noqa: D301  # Click takes the backspace for "keep these lines"
    from surveyext.cli.place import find, load
    from surveyext.cli.tidy import not_canonical

    place = find()
    reading = load(place)
    problems = sorted([*reading.problems, *not_canonical(place, reading)])
    for line in _FORMS[form](problems):
        say(line)
    if problems and form is not Format.JSON:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        hint(f"{count}; the manual's page 'Contribute' says how to mend each kind")
    elif form is Format.TEXT:
        size = len(reading.survey.library.records)
        hint(f"{size} records, {len(reading.survey.items)} entries: nothing is wrong")
    raise typer.Exit(Exit.PROBLEMS if problems else Exit.FINE)


def as_text(problems: list[Problem]) -> list[str]:
    """Return problems as the build prints them."""
    return [
        f"{each.file}:{max(each.line, 1)}: {each.message} [survey.{each.kind}]" for each in problems
    ]


def as_json(problems: list[Problem]) -> list[str]:
    """Return one document: ``{"version": 1, "problems": [{file, line, kind, message}]}``."""
    rows = [
        {"file": each.file, "line": max(each.line, 1), "kind": each.kind, "message": each.message}
        for each in problems
    ]
    return [json.dumps({"version": 1, "problems": rows}, ensure_ascii=False, indent=2)]


def as_github(problems: list[Problem]) -> list[str]:
    """Return workflow commands that GitHub shows beside the lines.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    return [
        f"::error file={_property(each.file)},line={max(each.line, 1)},"
        f"title=survey.{each.kind}::{_data(each.message)}"
        for each in problems
    ]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_FORMS = {Format.TEXT: as_text, Format.JSON: as_json, Format.GITHUB: as_github}
