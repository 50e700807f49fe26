"""Changes: what release notes say of two states of the survey."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from samples import HOSTILE

from surveyext.exports.changes import Changes, diff, markdown

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

PREPRINT: dict[str, Any] = {
    "key": "frantar2022gptq",
    "name": "GPTQ",
    "type": "misc",
    "title": "GPTQ: Accurate Quantization",
    "people": ["Elias Frantar"],
    "year": 2022,
    "venue": "arXiv 2022",
    "published": False,
    "doi": "",
    "arxiv": "2210.17323",
    "technique": "quantization",
    "section": "",
    "address": "techniques/quantization.html#survey-frantar2022gptq",
    "links": {"arXiv": "https://arxiv.org/abs/2210.17323"},
    "note": "A note.",
}
PAPER = {**PREPRINT, "published": True, "type": "inproceedings", "year": 2023, "venue": "ICLR 2023"}
OTHER = {**PREPRINT, "key": "sanh2020movement", "title": "Movement Pruning", "arxiv": "2005.07683"}


def kinds(changes: Changes) -> dict[str, list[tuple[str, str]]]:
    """Return what is not empty, as keys and sentences."""
    groups = {name: getattr(changes, name) for name in Changes.__slots__}
    return {
        name: [(change.entry["key"], change.what) for change in found]
        for name, found in groups.items()
        if found
    }


def test_the_same_state_has_no_changes() -> None:
    assert kinds(diff([PREPRINT, OTHER], [PREPRINT, OTHER])) == {}
    assert markdown(diff([OTHER], [OTHER])).startswith("No entry")


def test_entries_come_and_go() -> None:
    assert kinds(diff([OTHER], [PREPRINT])) == {
        "added": [("frantar2022gptq", "")],
        "removed": [("sanh2020movement", "")],
    }


def test_a_published_preprint_is_told_once_and_not_as_a_correction() -> None:
    assert kinds(diff([PREPRINT], [PAPER])) == {"published": [("frantar2022gptq", "in ICLR 2023")]}


def test_a_new_place_is_a_move() -> None:
    there = {**PREPRINT, "technique": "efficient-inference", "section": "Weights"}
    assert kinds(diff([PREPRINT], [there])) == {
        "moved": [("frantar2022gptq", "quantization → efficient-inference / Weights")]
    }


def test_a_correction_says_what_was_and_what_is() -> None:
    right = {**PREPRINT, "year": 2021, "people": ["E. Frantar", "S. Ashkboos"], "doi": "10.1/x_y"}
    assert kinds(diff([PREPRINT], [right])) == {
        "corrected": [
            (
                "frantar2022gptq",
                "people: Elias Frantar → E. Frantar, S. Ashkboos; year: 2022 → 2021; "
                "doi: nothing → 10.1/x\\_y",
            )
        ]
    }


def test_a_correction_inside_the_record_is_one() -> None:
    old, new = (
        {**PAPER, "record": {"id": "frantar2022gptq", "publisher": "ICLR", **page}}
        for page in ({}, {"page": "1-12"})
    )
    assert kinds(diff([old], [new])) == {"corrected": [("frantar2022gptq", "page: nothing → 1-12")]}
    assert kinds(diff([PREPRINT | {"record": {"page": "1"}}], [new])).keys() == {"published"}
    assert kinds(diff([PAPER], [new])) == {}


def test_of_the_links_only_those_that_differ_are_told() -> None:
    more = {**OTHER, "links": {**OTHER["links"], "Code": "https://example.org/x"}}
    assert kinds(diff([OTHER], [more])) == {
        "corrected": [("sanh2020movement", "links: nothing → Code https://example.org/x")]
    }


def test_another_note_is_no_correction() -> None:
    assert kinds(diff([PREPRINT], [{**PREPRINT, "note": "Other words.", "tags": ["x"]}])) == {}


def test_another_key_for_the_same_paper_is_neither_new_nor_gone() -> None:
    renamed = {**PREPRINT, "key": "frantar2023optq"}
    assert kinds(diff([PREPRINT], [renamed])) == {
        "renamed": [("frantar2023optq", "was `frantar2022gptq`, is `frantar2023optq`")]
    }


def test_a_field_that_the_older_state_lacks_is_no_correction() -> None:
    old = {name: value for name, value in PREPRINT.items() if name not in {"doi", "published"}}
    assert kinds(diff([old], [PAPER | {"year": 2022, "venue": "arXiv 2022", "type": "misc"}])) == {}


def test_release_notes_link_the_cards() -> None:
    text = markdown(diff([OTHER], [OTHER, PREPRINT]), "https://example.org/")
    assert text == (
        "### Added (1)\n\n- [GPTQ: Accurate Quantization]"
        "(https://example.org/techniques/quantization.html#survey-frantar2022gptq)\n"
    )


TITLES = HOSTILE | st.sampled_from(["- x", "+ x", "1. x", "2) x", "# x", "> x"])


@given(st.lists(TITLES, min_size=2, max_size=2))
def test_no_title_breaks_the_list(titles: list[str]) -> None:
    old = [{**PREPRINT, "title": titles[0]}]
    new = [{**PREPRINT, "title": titles[1]}, {**OTHER, "title": titles[0]}]
    tokens = MarkdownIt("commonmark").parse(markdown(diff(old, new)))
    outline = [token.type for token in tokens if token.level == 0 and token.nesting == 1]
    assert outline == ["heading_open", "bullet_list_open"] * (1 + (titles[0] != titles[1]))
    assert max(token.level for token in tokens) <= 3  # no list in the list
    inline = {child.type for token in tokens for child in token.children or []}
    assert inline <= {"text", "text_special"}


def run(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "surveyext.exports.changes", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_prints_markdown(tmp_path: Path) -> None:
    for name, entries in (("old", [PREPRINT]), ("new", [PAPER])):
        data = {"survey": {"address": ""}, "entries": entries}
        (tmp_path / name).write_text(json.dumps(data), encoding="utf-8")
    done = run(tmp_path / "old", tmp_path / "new")
    assert (done.returncode, done.stderr) == (0, "")
    title = "GPTQ: Accurate Quantization"
    assert done.stdout == f"### Published since (1)\n\n- {title}: in ICLR 2023\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: "),
        ("{", "cannot be read: "),
        ("[]", "is no entries.json; build the site"),
        ('{"entries": [{"key": "a"}]}', "is no entries.json; build the site"),
    ],
)
def test_the_command_says_what_is_wrong_with_a_file(
    tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "entries.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    done = run(path, path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{path}: {message}")
    assert done.stderr.count("\n") == 1
