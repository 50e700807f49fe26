"""Staleness: whatever a view shows, a changed field makes its pages new, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import SmallSurvey, correct_survey

from surveyext.build.domain import SurveyDomain
from surveyext.survey.facets import FACETS
from surveyext.survey.groups import Group, Heading
from surveyext.views.pictures import PICTURES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from surveyext.survey.survey import Survey

pytestmark = pytest.mark.once

#: A record and an entry in which every field is filled.
BIB = """
@inproceedings{{han2016deep,
  title = {{{title}}},
  author = {{{author}}},
  editor = {{{editor}}},
  booktitle = {{{booktitle}}},
  series = {{{series}}},
  volume = {{{volume}}},
  pages = {{{pages}}},
  publisher = {{{publisher}}},
  note = {{{note}}},
  year = {{{year}}},
  doi = {{{doi}}},
  eprint = {{{eprint}}},
  url = {{{url}}},
  openreview = {{{openreview}}},
}}
"""
RECORD = {
    "title": "Deep Compression",
    "author": "Han, Song and Mao, Huizi",
    "editor": "Ed, Wang",
    "booktitle": "Neural Information Processing Systems",
    "series": "NIPS",
    "volume": "28",
    "pages": "1--9",
    "publisher": "Curran",
    "note": "Oral",
    "year": "2016",
    "doi": "10.1000/one",
    "eprint": "1510.00149",
    "url": "https://example.org/one",
    "openreview": "SylO2yStDr",
}
ENTRY = """
:::{{entry}} han2016deep
:name: {name}
:code: {code}
:reimplementation: {reimplementation}
:project: {project}
:model: {model}
:tags: {tags}
:also: {also}
:extends: {extends}
:added: {added}

{text}
:::
"""
SAID = {
    "name": "DC",
    "code": "https://github.com/a/b",
    "reimplementation": "https://github.com/c/d",
    "project": "https://example.org/p",
    "model": "https://example.org/m",
    "tags": "unstructured",
    "also": "pruning",
    "extends": "jiao2020tinybert",
    "added": "2026-11-20",
    "text": "A note.",
}
CHANGES = {
    "title": "Deep {C}ompression Again",
    "author": "Han, Song and Mai, Huizi",
    "editor": "Ed, Wu",
    "booktitle": "Findings of the Association for Computational Linguistics: ACL",
    "series": "NeurIPS",
    "volume": "29",
    "pages": "2--9",
    "publisher": "MIT Press",
    "note": "Poster",
    "year": "2017",
    "doi": "10.1000/two",
    "eprint": "1510.00150",
    "url": "https://example.org/two",
    "openreview": "SylO2yStDs",
    "name": "DCN",
    "code": "https://github.com/a/c",
    "reimplementation": "https://github.com/c/e",
    "project": "https://example.org/q",
    "model": "https://example.org/n",
    "tags": "structured",
    "also": "empty",
    "extends": "sanh2020movement",
    "added": "2026-12-20",
    "text": "Another note with {cite:t}`sanh2020movement`.",
}
#: Further values of one field.
MORE = {
    "a given name": {"author": "Han, Sing and Mao, Huizi"},
    "nobody": {"author": ""},
    "no code": {"code": ""},
    "no code at all": {"code": "", "reimplementation": ""},
    "a letter's case": {"title": "Deep compression"},
    "a day of the month": {"added": "2026-11-21"},
    "no name": {"name": ""},
    "no venue": {"booktitle": "Elsewhere"},
}
#: Pages that show all of the record, in forms that need not differ: its card, its line.
WHOLE = {"techniques/quantization", "bibliography", "views/prose"}
CASES: dict[str, dict[str, str]] = {
    **{name: {name: value} for name, value in CHANGES.items()},
    **MORE,
}


def by_publisher(survey: Survey) -> tuple[Heading, ...]:
    """Group by a field that nothing else shows, as somebody's own facet would."""
    found: dict[str, list[str]] = {}
    for item in survey.newest_papers:
        found.setdefault(item.record.field("publisher") or "None", []).append(item.record.key)
    return tuple(Heading(name, (Group(name, tuple(keys)),)) for name, keys in sorted(found.items()))


def views() -> Iterator[tuple[str, str]]:
    """Yield a page's name and its one view, for each view that there is."""
    for name in SurveyDomain.directives:
        if name == "entry-index":
            yield from ((f"by-{facet}", f"{{{name}}} {facet}") for facet in FACETS)
        elif name == "picture":
            yield from ((f"picture-{each}", f"{{{name}}} {each}") for each in PICTURES)
        elif name != "entry":
            yield name, f"{{{name}}}"


class Changing(SmallSurvey):
    """A survey with each view on a page of its own, in which one field changes."""

    def say(self, **changed: str) -> None:
        """Write what differs from what is there."""
        made = {**RECORD, **SAID, **changed}
        texts = {
            "refs.bib": self.files["refs.bib"] + BIB.format(**made),
            "techniques/quantization.md": f"# Quantization\n{ENTRY.format(**made)}",
        }
        for name, text in texts.items():
            path = self.root / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                self.write(name, text)


def changing(root: Path, monkeypatch: pytest.MonkeyPatch) -> Changing:
    """Return such a survey, written when it is not there."""
    monkeypatch.setitem(FACETS, "publisher", by_publisher)
    survey = Changing(root, monkeypatch)
    there = root.exists()
    if not there:
        correct_survey(root, monkeypatch)
    survey.files["refs.bib"] = (root / "base.bib").read_text() if there else made_bib(root)
    if there:
        return survey
    survey.write("techniques/empty.md", "# Empty\n\n```{cross-listed}\n```\n")
    pages = ["techniques/quantization", "techniques/empty"]
    for name, view in views():
        pages.append(f"views/{name}")
        survey.write(f"views/{name}.md", f"# The {name}\n\n```{view}\n```\n")
    prose = "# Prose\n\nSee {cite:t}`han2016deep`.\n\n```{references}\n```\n"
    survey.write("views/prose.md", prose)
    survey.write("views/link.md", "# Link\n\nSee {entry}`han2016deep`.\n")
    survey.write("about.md", "# About\n\nNothing of the survey.\n")
    pages += ["views/prose", "views/link", "about"]
    survey.edit("index.md", "bibliography\n", "\n".join(["bibliography", *pages, ""]))
    survey.edit("index.md", "```{techniques}\n```\n\n```{newest}\n:count: 3\n```\n", "")
    survey.say()
    return survey


def made_bib(root: Path) -> str:
    """Keep the records that do not change, and return them."""
    text = (root / "refs.bib").read_text(encoding="utf-8")
    (root / "base.bib").write_text(text, encoding="utf-8")
    return text


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what is kept between cases: the folder that is built again and what it gave."""
    return {"root": tmp_path_factory.mktemp("stale") / "survey", "pages": {}}


def pages(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the pages by their docnames."""
    return {
        name.removesuffix(".html"): data for name, data in files.items() if name.endswith(".html")
    }


@pytest.mark.parametrize("case", CASES)
def test_a_changed_field_makes_exactly_the_pages_new_that_show_it(
    state: dict[str, Any], case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = changing(state["root"], monkeypatch)
    if not state["pages"]:
        state["pages"] = pages(survey.build().files())
    before = state["pages"]
    own = (survey.root / "techniques/quantization.md").read_text(encoding="utf-8")
    survey.say(**CASES[case])
    again = survey.build()
    fresh = changing(tmp_path / "fresh", monkeypatch)
    fresh.say(**CASES[case])
    ours, wanted = again.files(), fresh.build().files()
    assert [name for name in wanted if ours.get(name) != wanted[name]] == []
    assert ours.keys() == wanted.keys()
    state["pages"] = pages(wanted)
    changed = {name for name, data in state["pages"].items() if before.get(name) != data}
    edited = own != (survey.root / "techniques/quantization.md").read_text(encoding="utf-8")
    read = {"techniques/quantization"} if edited else set()
    written = {*again.pages_written} & again.app.env.found_docs
    assert changed & again.app.env.found_docs <= written
    assert written - changed - read - WHOLE - {"index"} == set()  # Sphinx always writes that
