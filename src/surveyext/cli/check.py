"""survey check: everything that is wrong with the survey, with nothing written."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from surveyext.cli.console import ERR, hint, say
from surveyext.cli.exits import Exit

if TYPE_CHECKING:
    from surveyext.cli.locate import Place
    from surveyext.cli.report import Finding


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
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Leave out what Sphinx says of pages; takes a second or two."),
    ] = False,
) -> None:
    """Name every mistake in records, entries, data files and pages, and write nothing.

    It says all that the build would say, each problem as
    file:line: what is wrong; what to do [kind],
    and also where the canonical form is broken. Sphinx and its extensions read the pages for
    that, in a temporary folder; their kinds are those that suppress_warnings takes.

    \b
    Examples:
      survey check
      survey check --quick                before each commit
      survey check --format json > problems.json
      survey check --format github        in a workflow
    """  # noqa: D301  # Click takes the backspace for "keep these lines"
    from surveyext.cli import report
    from surveyext.cli.canonical_form import not_canonical
    from surveyext.cli.locate import find, load
    from surveyext.survey import audit

    place = find()
    reading = load(place)
    problems = sorted([*reading.problems, *not_canonical(place, reading)])
    found = [report.Finding.of_problem(each) for each in problems]
    malformed = any(each.kind in audit.FATAL for each in problems)
    if not malformed and not quick:
        found = sorted({*found, *_remarks(place, found)})
    forms = {
        Format.TEXT: report.as_text,
        Format.JSON: report.as_json,
        Format.GITHUB: report.as_github,
    }
    for line in forms[form](found):
        say(line)
    if malformed and not quick:
        hint("Sphinx reads no page while a .bib file is malformed: check again when it is mended")
    if found and form is not Format.JSON:
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        hint(f"{count}; the manual's page 'Contribute' says how to mend each kind")
    elif form is Format.TEXT:
        size = len(reading.survey.library.records)
        hint(f"{size} records, {len(reading.survey.items)} entries: nothing is wrong")
    raise typer.Exit(Exit.PROBLEMS if found else Exit.FINE)


def _remarks(place: Place, found: list[Finding]) -> list[Finding]:
    """Return what Sphinx says and is not among what was found already."""
    from surveyext.cli.report import Finding
    from surveyext.editing.dry_build import rehearse

    with ERR.status("Sphinx reads the pages") as status:
        remarks = rehearse(
            place.source,
            place.config.extensions,
            lambda docname: status.update(f"Sphinx reads {docname}"),
        )
    told = {each[:3] for each in found}  # the build shortens long messages
    return [each for each in map(Finding.of_remark, remarks) if each[:3] not in told]
