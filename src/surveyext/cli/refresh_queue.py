"""Refresh queue: every question of a refresh, asked once even when the command is stopped."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from surveyext.cli.exits import CommandError, Exit
from surveyext.library.links import paper_url
from surveyext.library.model import Person
from surveyext.library.text import is_web_link
from surveyext.sources import arxiv, ask_all, bibtex, github
from surveyext.sources.client import Fault, WebError
from surveyext.sources.finding import Finding
from surveyext.sources.identifiers import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from surveyext.editing.read_survey import Reading
    from surveyext.library.model import Record
    from surveyext.sources.client import Web

#: Requests to different hosts that go on at once; a host gets one at a time.
_AT_ONCE = 8
#: Kinds of records that are no papers; only their links are asked about.
_NO_PAPERS = {"online", "software"}


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads."""

    dead: bool
    moved: str  #: Its new address, "" when it has not moved for good.


@dataclass(slots=True)
class Answers:
    """What the sources said."""

    records: dict[str, list[Finding]] = field(default_factory=dict)  #: By key.
    repositories: dict[str, github.Repository | None] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)  #: What nobody can tell today, and why.


class Rounds:
    """The questions of one refresh and the answers so far, in a file."""

    def __init__(self, path: Path) -> None:
        """Open the file, or begin it anew when it is spoilt."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        try:
            self._data = _open(path)
        except sqlite3.DatabaseError:
            path.unlink()
            self._data = _open(path)

    def __enter__(self) -> Rounds:
        return self

    def __exit__(self, *_: object) -> None:
        self._data.close()

    def forget(self) -> None:
        """Begin anew next time: everything was asked and said."""
        self._data.execute("DELETE FROM answers")

    def ask(self, web: Web, reading: Reading, keys: Sequence[str], console: Console) -> Answers:
        """Ask everything that was not asked yet, showing how far it is.

        :raises CommandError: Nothing can be reached.
        """
        records = {key: reading.survey.library.records[key] for key in keys}
        questions = dict(_questions(web, reading, records))
        known = self._known()
        left = [name for name in questions if name not in known]
        if left and known:
            console.print(f"going on: {len(questions) - len(left)} answers are here already")
        with (
            _progress(console) as progress,
            ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ask") as pool,
        ):
            task = progress.add_task("asking", total=len(left))
            web.watch = lambda host: progress.update(task, description=f"asking {host}")

            def ask(name: str) -> tuple[str, Any]:
                answer = questions[name]()
                if web.reached and "offline" not in answer:
                    self._keep(name, answer)
                progress.advance(task)
                return name, answer

            try:
                known.update(pool.map(ask, left))
            except KeyboardInterrupt:
                # A thread may wait for a server for minutes; every answer is on disk already.
                progress.stop()
                console.print("stopped; the next refresh goes on from here")
                os._exit(Exit.INTERRUPTED)
        if left and not web.reached:
            message = "no service can be reached; check the connection and run it again"
            raise CommandError(message, Exit.UNREACHABLE)
        return _answers({name: known[name] for name in questions})

    def _known(self) -> dict[str, Any]:
        rows = self._data.execute("SELECT question, answer FROM answers")
        return {question: json.loads(answer) for question, answer in rows}

    def _keep(self, question: str, answer: Any) -> None:
        with self._lock:
            row = (question, json.dumps(answer))
            self._data.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", row)


def _open(path: Path) -> sqlite3.Connection:
    data = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    data.execute("CREATE TABLE IF NOT EXISTS answers (question PRIMARY KEY, answer)")
    return data


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _questions(
    web: Web, reading: Reading, records: dict[str, Record]
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield each question's name and how to ask it, mixed so that hosts take turns."""
    numbers = [each.field("eprint") for each in records.values() if each.field("eprint")]
    preprints = _Batches(web, numbers)
    entries = [entry for entry in reading.survey.entries if entry.key in records]
    names: dict[str, None] = {}
    urls: dict[str, None] = {}
    for key, record in records.items():
        if (url := paper_url(record)) and _is_page(record):
            urls[url] = None
        for entry in (each for each in entries if each.key == key):
            for link in (entry.code, entry.reimplementation, entry.project, entry.model):
                if name := github.name_of(link):
                    names[name] = None
                if is_web_link(link) and not github.is_whole(link):
                    urls[link] = None
    rows = [
        [(f"record {key}", _asker(_record, web, each, preprints)) for key, each in records.items()],
        [(f"repository {name}", _asker(_repository, web, name)) for name in names],
        [(f"link {url}", _asker(_link, web, url)) for url in urls],
    ]
    for number in range(max(map(len, rows))):
        yield from (row[number] for row in rows if number < len(row))


def _asker(ask: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    """Return a question whose answer says at least why there is none."""

    def asked() -> Any:
        try:
            return ask(*arguments)
        except WebError as error:
            if error.fault is Fault.GONE:
                return {"gone": str(error)}
            return {"offline" if error.fault is Fault.OFFLINE else "unknown": str(error)}

    return asked


def _is_page(record: Record) -> bool:
    """Tell whether a record's address is asked by no other question."""
    names = list(ask_all.identifiers(bibtex.finding(record, "pasted", "")))
    return all(name.form is Form.PAGE for name in names if name.url == paper_url(record))


class _Batches:
    """arXiv's answers, asked for many numbers at a time by whoever needs one first."""

    def __init__(self, web: Web, numbers: list[str]) -> None:
        self._web, self._lock = web, threading.Lock()
        self._batches = [
            numbers[at : at + arxiv.BATCH] for at in range(0, len(numbers), arxiv.BATCH)
        ]
        self._found: dict[int, dict[str, Finding] | WebError] = {}

    def get(self, number: str) -> Finding | None:
        """Return what arXiv says of a number, ``None`` when it does not know it.

        :raises WebError: It gives no answer.
        """
        place = next((n for n, batch in enumerate(self._batches) if number in batch), None)
        if place is None:
            return None
        with self._lock:
            if place not in self._found:
                try:
                    self._found[place] = arxiv.fetch_all(self._web, self._batches[place])
                except WebError as error:
                    self._found[place] = error  # which a batch's other papers need not repeat
            found = self._found[place]
        if isinstance(found, WebError):
            raise found
        return found.get(number)


def _record(web: Web, record: Record, preprints: _Batches) -> Any:
    said: list[str] = []
    known = bibtex.finding(record, "pasted", "")
    if record.type in _NO_PAPERS:
        return {"findings": [], "said": []}
    preprint = preprints.get(record.field("eprint"))
    found = ask_all.ask_again(web, known, preprint, said.append)
    return {"findings": [_frozen(each) for each in found], "said": said}


def _frozen(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "fields": dict(finding.fields)}


def _thawed(value: dict[str, Any]) -> Finding:
    people = tuple(Person(**each) for each in value["people"])
    return Finding(**{**value, "people": people})


def _repository(web: Web, name: str) -> Any:
    return {"repository": asdict(github.fetch(web, name))}


def _link(web: Web, url: str) -> Any:
    answer = web.look(url)
    return {"moved": answer.moved if answer.moved != url else ""}


def _answers(known: dict[str, Any]) -> Answers:
    answers = Answers()
    for question, answer in known.items():
        kind, _, name = question.partition(" ")
        if "unknown" in answer or "offline" in answer:
            answers.unknown.append(answer.get("unknown") or answer["offline"])
        elif kind == "record":
            answers.records[name] = [_thawed(each) for each in answer.get("findings", [])]
            answers.unknown += answer.get("said", [answer.get("gone", "")])
        elif kind == "repository":
            found = answer.get("repository")
            answers.repositories[name] = github.Repository(**found) if found else None
        else:
            answers.links[name] = Link("gone" in answer, answer.get("moved", ""))
    answers.unknown = sorted(set(filter(None, answers.unknown)))
    return answers
