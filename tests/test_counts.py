"""How much a build does: what is read, parsed, set, looked up and written after an edit."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import pytest

from surveyext.build.bibtex_domain import IndexedBibtexDomain
from surveyext.exports import reference_lines, write
from surveyext.library import bib, evidence, load
from surveyext.library.load import Paths
from surveyext.speed.templates import Kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Build, SmallSurvey
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

PRUNING = "techniques/pruning.md"
RECORDS = 2


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what the next builds do."""
    counted: Counter[str] = Counter()

    def count(module: Any, name: str, label: str, size: Callable[[Any], int]) -> None:
        function = getattr(module, name)

        @wraps(function)
        def counting(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            counted[label] += size(result)
            return result

        monkeypatch.setattr(module, name, counting)

    count(bib, "parse", "records parsed", lambda found: len(found[0]))
    count(evidence, "parse", "evidence files parsed", lambda _found: 1)
    count(reference_lines, "_set", "lines set", lambda _line: 1)
    count(write, "_put", "exports written", lambda _none: 1)
    count(Kept, "dump_bytecode", "templates compiled", lambda _none: 1)
    count(IndexedBibtexDomain, "_find", "references", lambda _found: 1)
    count(IndexedBibtexDomain, "_find", "citations looked at", len)
    return counted


@pytest.fixture
def built(survey: SmallSurvey) -> SmallSurvey:
    """Return the small survey as it stands after a build."""
    survey.write("evidence.toml", "")
    build(survey)
    return survey


def build(survey: SmallSurvey) -> Build:
    return survey.build(
        bibtex_default_style="survey",
        survey_evidence="evidence.toml",
        suppress_warnings=["survey.unverified"],
    )


def test_a_build_without_a_change_does_nothing(built: SmallSurvey, counts: Counter[str]) -> None:
    again = build(built)
    assert (again.pages_read, again.pages_written, +counts) == ([], [], {})


def test_a_build_without_a_change_sets_no_line_of_several_bibliographies(
    survey: SmallSurvey, counts: Counter[str]
) -> None:
    survey.write("evidence.toml", "")
    survey.write("bibliography.md", SEVERAL)
    build(survey)
    counts.clear()
    again = build(survey)
    assert (again.pages_written, +counts) == ([], {})


def test_a_record_that_two_bibliographies_list_is_named_in_each_build(
    survey: SmallSurvey,
) -> None:
    survey.write("evidence.toml", "")
    survey.write("bibliography.md", SEVERAL.replace("2021", "2020"))
    first, again = build(survey), build(survey)
    named = [each for each in first.warnings if "duplicate local citation" in each]
    assert len(named) == RECORDS
    assert again.warnings == named  # the others are of the page, which is not read again


def test_a_first_build_parses_and_sets_each_record_once(
    survey: SmallSurvey, counts: Counter[str]
) -> None:
    survey.write("evidence.toml", "")
    build(survey)
    assert (counts["records parsed"], counts["lines set"]) == (RECORDS, RECORDS)


def test_no_doctree_but_the_last_is_held_until_it_is_written(
    survey: SmallSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
        held.append(len(env._write_doc_doctree_cache))
        return []

    monkeypatch.setattr("surveyext.build.lifecycle.check", check)
    survey.build()
    assert held == [1]


def test_editing_prose_parses_no_record_and_exports_nothing(
    built: SmallSurvey, counts: Counter[str]
) -> None:
    built.edit(PRUNING, "Prose with", "More prose with")
    again = build(built)
    assert again.pages_read == ["techniques/pruning"]
    assert again.pages_written == ["index", "techniques/pruning"]  # a toctree names the page
    assert counts["lines set"] == counts["exports written"] == 0


def test_editing_a_note_parses_no_record_unless_what_was_kept_of_them_is_damaged(
    built: SmallSurvey, counts: Counter[str]
) -> None:
    wanted = build(built).files()
    built.edit(PRUNING, "A note with", "A long note with")
    assert build(built).files() != wanted
    assert (counts["records parsed"], counts["evidence files parsed"]) == (0, 0)
    kept = built.root / "_build/doctrees/library.pickle"
    kept.write_bytes(kept.read_bytes()[:-9])
    built.edit(PRUNING, "A long note with", "A note with")
    assert build(built).files() == wanted
    assert counts["records parsed"] == RECORDS
    build(built)
    assert kept.is_file()


def test_editing_one_record_sets_one_line(built: SmallSurvey, counts: Counter[str]) -> None:
    built.edit("refs.bib", "Adaptive Sparsity", "Adaptive Thrift")
    build(built)
    assert (counts["records parsed"], counts["lines set"]) == (RECORDS, 1)


def test_a_reference_looks_at_the_lines_of_its_own_record_alone(
    survey: SmallSurvey, counts: Counter[str]
) -> None:
    for number in range(40):
        survey.write("refs.bib", (survey.root / "refs.bib").read_text() + RECORD.format(number))
    survey.write("evidence.toml", "")
    build(survey)
    assert counts["references"] > 0
    assert counts["citations looked at"] == counts["references"]


@pytest.mark.parametrize("name", [each.name for each in fields(Paths)])
def test_a_change_of_any_data_file_is_noticed(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    file = path / "check.py" if name == "equation_checks" else path
    file.parent.mkdir(exist_ok=True)
    named: dict[str, Any] = {"bib": (), name: (path,) if name == "bib" else path}
    paths = Paths(**named)
    states = [load.source(paths)]
    for text in ("one", "two"):
        file.write_text(text, encoding="utf-8")
        states.append(load.source(paths))
    assert len(set(states)) == len(states)


SEVERAL = """
# Bibliography

```{bibliography}
:filter: year == "2020"
:labelprefix: a
```

```{bibliography}
:filter: year == "2021"
:labelprefix: b
```
"""
RECORD = """
@misc{{other{0},
  title = {{Title {0}}},
  author = {{Li, Bo}},
  year = {{2020}},
}}
"""
