"""Sequences: whatever was edited and built before, a build gives what a first build gives."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import SmallSurvey, refusal
from edits import Page, Paper, small
from fuzzing import MORE
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

if TYPE_CHECKING:
    from sphinx.application import Sphinx

pytestmark = pytest.mark.once

numbers = st.integers(0, 5)
#: Words that are in no other place, so that a word leaves the search index with its page.
words = st.sampled_from(["Alpha", "Bravo", "Charlie", "Delta", "Echo"])
BUILDERS = ("html", "text", "dirhtml")


class Edits(RuleBasedStateMachine):
    """Edits a survey, builds now and then, and compares each build with a first one."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.root = Path(tempfile.mkdtemp(prefix="sequences-"))
        self.survey = SmallSurvey(self.root / "survey", self.patch)
        self.sources = small()
        self.builder = "html"
        self.fresh = 0
        self.build()

    def teardown(self) -> None:
        self.sources.broken = False
        self.build()
        self.patch.undo()
        shutil.rmtree(self.root)

    def key(self, number: int) -> str:
        return list(self.sources.papers)[number % len(self.sources.papers)]

    def paper(self, number: int) -> Paper:
        return self.sources.papers[self.key(number)]

    def page(self, number: int) -> Page:
        return list(self.sources.pages.values())[number % len(self.sources.pages)]

    @rule(number=numbers, word=words, what=st.sampled_from(["title", "name", "author"]))
    def change_a_record(self, number: int, word: str, what: str) -> None:
        value = f"{word}, Ada" if what == "author" else f"{word} {number}"
        setattr(self.paper(number), what, value)

    @rule(number=numbers)
    def change_year_and_venue(self, number: int) -> None:
        paper = self.paper(number)
        paper.year, paper.venue = 2018 + number, number % 2

    @rule(number=numbers, other=numbers, word=words)
    def add_a_paper(self, number: int, other: int, word: str) -> None:
        key = f"{word.lower()}{number}"
        if key not in self.sources.papers:
            equation = f"z = {number}" if other % 2 else ""
            paper = Paper(f"{word} {number}", cites=self.key(other), equation=equation)
            self.sources.papers[key] = paper
            self.page(number).entries.append(key)

    @precondition(lambda self: len(self.sources.papers) > 3)
    @rule(number=numbers)
    def remove_a_paper(self, number: int) -> None:
        key = self.key(number)
        del self.sources.papers[key]
        for page in self.sources.pages.values():
            page.entries = [other for other in page.entries if other != key]

    @rule(number=numbers)
    def rename_a_key(self, number: int) -> None:
        old = self.key(number)
        new = f"{old}x"
        self.sources.papers = {
            new if key == old else key: paper for key, paper in self.sources.papers.items()
        }
        for page in self.sources.pages.values():
            page.entries = [new if key == old else key for key in page.entries]

    @rule(number=numbers, other=numbers)
    def move_an_entry(self, number: int, other: int) -> None:
        key = self.key(number)
        for page in self.sources.pages.values():
            page.entries = [each for each in page.entries if each != key]
        self.page(other).entries.insert(0, key)

    @rule(number=numbers, other=numbers)
    def copy_an_entry(self, number: int, other: int) -> None:
        if self.key(number) not in self.page(other).entries:
            self.page(other).entries.append(self.key(number))

    @rule(number=numbers, other=numbers, what=st.sampled_from(["extends", "cites"]))
    def relate(self, number: int, other: int, what: str) -> None:
        if number != other:
            setattr(self.paper(number), what, self.key(other))

    @rule(number=numbers, value=st.sampled_from(["", "x = y", "p = q"]))
    def change_an_equation(self, number: int, value: str) -> None:
        self.paper(number).equation = value

    @rule(number=numbers, other=numbers, word=words)
    def change_prose(self, number: int, other: int, word: str) -> None:
        names = list(self.sources.pages)
        self.page(number).prose = (
            f"{word} is in {{eq}}`eq-{self.key(other)}`, {{entry}}`{self.key(other)}`, "
            f"{{doc}}`{names[other % len(names)]}`.\n\n```{{index}} {word}\n```"
        )

    @rule(number=numbers, word=words)
    def change_a_title(self, number: int, word: str) -> None:
        self.page(number).title = word

    @rule(number=numbers)
    def label_a_page(self, number: int) -> None:
        self.page(number).label = not self.page(number).label

    @rule(word=words, number=numbers)
    def add_a_page(self, word: str, number: int) -> None:
        self.sources.pages.setdefault(word.lower(), Page(f"{word} page", [self.key(number)]))

    @precondition(lambda self: len(self.sources.pages) > 2)
    @rule(number=numbers)
    def remove_a_page(self, number: int) -> None:
        names = list(self.sources.pages)
        del self.sources.pages[names[number % len(names)]]

    @rule(number=numbers, word=words)
    def rename_a_page(self, number: int, word: str) -> None:
        names = list(self.sources.pages)
        old = names[number % len(names)]
        if word.lower() not in names:
            self.sources.pages = {
                word.lower() if name == old else name: page
                for name, page in self.sources.pages.items()
            }

    @rule()
    def change_the_order(self) -> None:
        self.sources.pages = dict(reversed(self.sources.pages.items()))

    @rule(word=words)
    def change_the_tables(self, word: str) -> None:
        self.sources.tag, self.sources.venue = f"{word}.", word

    @rule(
        option=st.sampled_from(
            [
                ("html_title", "Another title"),
                ("html_copy_source", False),
                ("html_use_index", False),
                ("html_theme", "furo"),
                ("bibtex_default_style", "survey"),
                ("survey_techniques", "techniques/p"),
                ("exclude_patterns", ["_build", "about.md"]),
            ]
        )
    )
    def change_the_configuration(self, option: tuple[str, object]) -> None:
        conf = self.sources.conf
        self.sources.conf = {} if option[0] in conf else {**conf, option[0]: option[1]}

    @rule(style=st.sampled_from([None, "a {color: red}", "a {color: blue}"]))
    def change_a_style_sheet(self, style: str | None) -> None:
        self.sources.style = style

    @rule(builder=st.sampled_from(BUILDERS))
    def switch_the_builder(self, builder: str) -> None:
        self.builder = builder

    @rule()
    def break_the_records(self) -> None:
        self.sources.broken = True
        self.sources.write(self.survey.root)
        with refusal():
            self.survey.build(self.builder)
        self.sources.broken = False

    @rule(after=st.integers(0, 4))
    def kill_a_build(self, after: int) -> None:
        self.sources.write(self.survey.root)
        child = os.fork()
        if child == 0:
            try:
                self.survey.build(self.builder, prepare=lambda app: die_at(app, after))
            finally:
                os._exit(1)
        os.waitpid(child, 0)

    @rule()
    def build(self) -> None:
        self.sources.write(self.survey.root)
        self.fresh += 1
        other = SmallSurvey(self.root / f"fresh-{self.fresh}", self.patch)
        self.sources.write(other.root)
        again, first = self.survey.build(self.builder), other.build(self.builder)
        if any("duplicate label" in line for line in first.warnings):
            return  # which of the two Sphinx takes is its own affair
        ours, wanted = again.files(), first.files()
        assert ours.keys() == wanted.keys()
        assert [name for name in wanted if ours[name] != wanted[name]] == []
        assert again.app.statuscode == 0
        shutil.rmtree(other.root)


def die_at(app: Sphinx, page: int) -> None:
    """Let a build end at the page with a number as a killed process does."""
    seen: list[str] = []

    def count(_app: Sphinx, _doctree: object, docname: str) -> None:
        seen.append(docname)
        if len(seen) > page:
            os._exit(1)

    app.connect("doctree-resolved", count)


TestEdits = Edits.TestCase
TestEdits.settings = settings(max_examples=6 * MORE, stateful_step_count=12, deadline=None)
