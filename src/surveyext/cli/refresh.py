"""survey refresh: what changed at the sources since, as edits to look at or to make."""

from __future__ import annotations

import datetime
import difflib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from surveyext.cli.complete import keys
from surveyext.cli.console import ERR, hint, say
from surveyext.cli.exits import CommandError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from surveyext.cli.edits import Texts
    from surveyext.cli.locate import Place
    from surveyext.cli.refresh_queue import Answers
    from surveyext.editing.read_survey import Reading
    from surveyext.editing.updates import Update
    from surveyext.library.evidence import Evidence
    from surveyext.library.model import Record


@dataclass(slots=True)
class Report:
    """What a refresh found."""

    new: dict[Path, str] = field(default_factory=dict)  #: New texts of files.
    changes: list[tuple[str, str]] = field(default_factory=list)  #: (key, what changed).
    troubles: list[tuple[str, str]] = field(default_factory=list)  #: (key, what a person mends).
    unknown: list[str] = field(default_factory=list)  #: What could not be asked.


def command(
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Only this paper; may be repeated.", autocompletion=keys),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="DAY", help="Only papers added on YYYY-MM-DD or later.")
    ] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Write the edits.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    mailto: Annotated[
        str, typer.Option(help="Where a service can reach you.", envvar="SURVEY_MAILTO")
    ] = "",
) -> None:
    """Ask the sources again, and propose edits as a diff.

    It finds preprints that have been published, new titles and people, repositories that
    moved, their stars, and links that are dead. A server that refuses to answer programs
    (403, 429) leaves its link as it is. Nothing changes without --apply. What was asked is
    kept: a refresh that was stopped goes on where it was.

    \b
    Examples:
      survey refresh
      survey refresh --only sanh2020movement
      survey refresh --apply
      survey refresh --json --since 2026-11-01
    """  # noqa: D301  # Click takes the backspace for "keep these lines"
    from surveyext.cli.edits import Texts, refuse_malformed
    from surveyext.cli.locate import find, load
    from surveyext.cli.refresh_queue import Rounds
    from surveyext.cli.services import client, state

    place = find()
    reading = load(place)
    refuse_malformed(reading)
    wanted = _wanted(reading, only or [], since)
    texts = Texts(place, reading)
    with client(place, mailto) as web, Rounds(state(place) / "refresh.sqlite") as rounds:
        answers = rounds.ask(web, reading, wanted, ERR)
        report = _compare(place, reading, texts, answers)
        if as_json:
            say(_document(report, texts))
        else:
            _show(report, texts)
        if apply:
            texts.write(report.new)
        rounds.forget()
    if not as_json:
        hint(_summary(report, applied=apply))
    found = report.troubles or (report.new and not apply)
    raise typer.Exit(Exit.PROBLEMS if found and not apply else Exit.FINE)


def _wanted(reading: Reading, only: list[str], since: str) -> list[str]:
    """Return the keys of the records to ask about.

    :raises CommandError: A key is unknown, or the day no date.
    """
    from surveyext.library.text import did_you_mean

    records = reading.survey.library.records
    for key in only:
        if key not in records:
            hinted = did_you_mean(key, records) or "look for it with 'survey show'"
            raise CommandError(f"no record has the key '{key}'; {hinted.strip()}", Exit.USAGE)
    try:
        day = datetime.date.fromisoformat(since).isoformat() if since else ""
    except ValueError:
        raise CommandError(f"'{since}' is no date; write YYYY-MM-DD", Exit.USAGE) from None
    added = {entry.key: entry.added for entry in reading.survey.entries}
    return [
        key
        for key in records
        if (not only or key in only) and (not day or added.get(key, "") >= day)
    ]


def _compare(place: Place, reading: Reading, texts: Texts, answers: Answers) -> Report:
    from surveyext.sources import github

    report = Report(unknown=list(answers.unknown))
    _compare_records(place, reading, texts, answers, report)
    _compare_repositories(place, reading, texts, answers, report)
    for url, state in answers.links.items():
        name = github.name_of(url)
        if name and not (state.dead and answers.repositories.get(name)):
            continue  # the repository says it already
        for key, where in _holders(reading, url):
            if state.dead:
                right = "find where it is now, or take it out"
                report.troubles.append((key, f"{where}: dead link {url}; {right}"))
            elif state.moved:
                report.troubles.append((key, f"{where}: {url} has moved to {state.moved}"))
    return report


def _compare_records(
    place: Place, reading: Reading, texts: Texts, answers: Answers, report: Report
) -> None:
    from surveyext.editing.updates import compare
    from surveyext.library.model import Kind
    from surveyext.survey.audit import today

    for key, findings in answers.records.items():
        record, known = reading.survey.library.records[key], reading.survey.evidence(key)
        where = f"{record.file}:{record.line}"
        update = compare(record, known, findings, today().isoformat())
        if update.withdrawn:
            report.troubles.append((key, f"{where}: withdrawn: {update.withdrawn}"))
        if not update.reasons:
            continue
        new = _with(place, texts, report.new, update, record, known)
        try:
            proposal = texts.propose(new, lambda each: each.kind is Kind.UNKNOWN_VENUE)
        except CommandError as error:  # one record must not hold up the others
            what = "; ".join(update.reasons)
            report.troubles.append((key, f"{where}: {what}; cannot be written: {error}"))
            continue
        mine = [each for each in proposal.problems if f"'{key}'" in each.message]
        report.troubles += [(key, f"{each.file}:{each.line}: {each.message}") for each in mine]
        report.new = new
        report.changes += [(key, reason) for reason in update.reasons]


def _with(
    place: Place,
    texts: Texts,
    before: dict[Path, str],
    update: Update,
    record: Record,
    known: Evidence | None,
) -> dict[Path, str]:
    """Return the new texts with one more record brought up to date."""
    from surveyext.editing import entry_blocks
    from surveyext.editing.edits import replace_record, replace_table
    from surveyext.library import evidence

    new = dict(before)
    if update.record != record:
        bib = next(path for path in place.paths.bib if f"{{{record.key}," in texts[path])
        new[bib] = replace_record(new.get(bib, texts[bib]), update.record)
    path = place.paths.evidence
    if path and update.evidence and update.evidence != known:
        change = replace_table if known else entry_blocks.insert_table
        table = evidence.table(update.evidence)
        new[path] = change(new.get(path, texts[path]), record.key, table)
    return new


def _compare_repositories(
    place: Place, reading: Reading, texts: Texts, answers: Answers, report: Report
) -> None:
    from surveyext.editing.edits import replace_address
    from surveyext.library import stars as repositories
    from surveyext.sources import github
    from surveyext.survey.audit import today

    stars = dict(reading.survey.library.stars)
    for name, found in answers.repositories.items():
        old = f"https://github.com/{name}"
        for entry in reading.survey.entries:
            for option in ("code", "reimplementation", "project", "model"):
                url = getattr(entry, option)
                if github.name_of(url).lower() != name.lower():
                    continue
                if found is None:
                    right = "find where it is now, or take it out"
                    where = f"{reading.path(entry.docname)}:{entry.line}"
                    report.troubles.append((entry.key, f"{where}: dead link {url}; {right}"))
                elif (new := github.moved(url, found)) != url:
                    path = reading.files[entry.docname]
                    text = report.new.get(path, texts[path])
                    report.new[path] = replace_address(text, entry, option, new)
                    report.changes.append((entry.key, f"{option} moved to {new}"))
        if found is None:
            stars.pop(old, None)
            continue
        if found.url != old:
            stars.pop(old, None)
        before = stars.get(found.url)
        if before is None or before.count != found.stars:
            stars[found.url] = repositories.Stars(found.stars, today().isoformat())
    counted = place.paths.repositories
    if counted and stars != dict(reading.survey.library.stars):
        report.new[counted] = repositories.write(stars)
        report.changes.append(("", f"stars of {len(stars)} repositories"))


def _holders(reading: Reading, url: str) -> Iterator[tuple[str, str]]:
    """Yield key and place of what holds a link."""
    from surveyext.library.links import paper_url

    for record in reading.survey.library.records.values():
        if paper_url(record) == url:
            yield record.key, f"{record.file}:{record.line}"
    for entry in reading.survey.entries:
        if url in {entry.code, entry.reimplementation, entry.project, entry.model}:
            yield entry.key, f"{reading.path(entry.docname)}:{entry.line}"


def _diff(report: Report, texts: Texts) -> list[str]:
    from surveyext.build.settings import shown

    lines: list[str] = []
    for path, text in sorted(report.new.items()):
        name = shown(path)
        old, new = texts[path].splitlines(), text.splitlines()
        lines += difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="")
    return lines


def _show(report: Report, texts: Texts) -> None:
    """Print what was found and the diff; ``git apply`` passes over the lines above it."""
    for key, change in report.changes:
        say(f"# {key}: {change}" if key else f"# {change}")
    for key, trouble in report.troubles:
        say(f"# {trouble} ({key})", "yellow")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in _diff(report, texts):
        say(line, styles.get(line[:1], ""))
    for message in report.unknown:
        hint(f"not known: {message}", "dim")


def _document(report: Report, texts: Texts) -> str:
    def rows(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
        return [{"key": key, "message": message} for key, message in pairs]

    document = {
        "version": 1,
        "changes": rows(report.changes),
        "troubles": rows(report.troubles),
        "unknown": report.unknown,
        "diff": "\n".join(_diff(report, texts)),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _summary(report: Report, *, applied: bool) -> str:
    changes, troubles = len(report.changes), len(report.troubles)
    if not changes and not troubles:
        return "nothing is new"
    if not changes:
        return f"nothing to write; {troubles} for you to mend"
    edits = f"{changes} change{'' if changes == 1 else 's'}"
    said = f"{edits} {'written' if applied else 'proposed; --apply writes them'}"
    return f"{said}; {troubles} for you to mend" if troubles else said
