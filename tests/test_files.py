"""Files: the exports beside the pages, at addresses that stay."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import rispy
from pybtex.database import parse_string

from surveyext.exports.write import write
from surveyext.survey.site import Export

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import SmallSurvey

KEYS = ["jiao2020tinybert", "sanh2020movement"]
FORMS = ["bib", "json", "ris", "txt"]


def test_every_record_has_a_file_of_each_form(survey: SmallSurvey) -> None:
    build = survey.build()
    assert sorted(
        name for name in build.files() if name.startswith("cite/") and name.count("/") == 1
    ) == sorted([*(f"cite/{key}.{form}" for key in KEYS for form in FORMS), "cite/forms.js"])
    entry = parse_string(build.read("cite/sanh2020movement.bib"), "bibtex").entries[KEYS[1]]
    assert entry.fields["title"] == "Movement Pruning: Adaptive Sparsity by Fine-Tuning"
    (reference,) = rispy.loads(build.read("cite/sanh2020movement.ris"))
    assert reference["authors"] == ["Sanh, Victor", "Wolf, Thomas", "Rush, Alexander M."]
    (item,) = json.loads(build.read("cite/sanh2020movement.json"))
    assert item["issued"] == {"date-parts": [[2020]]}
    assert build.read("cite/sanh2020movement.txt").startswith(
        "Victor Sanh, Thomas Wolf, and Alexander M. Rush. Movement Pruning: Adaptive Sparsity by "
    )


def test_the_whole_survey_is_one_file_of_each_form(survey: SmallSurvey) -> None:
    build = survey.build()
    assert sorted(parse_string(build.read("refs.bib"), "bibtex").entries) == KEYS
    assert sorted(item["id"] for item in rispy.loads(build.read("refs.ris"))) == KEYS
    assert sorted(item["id"] for item in json.loads(build.read("refs.json"))) == KEYS
    entries = {entry["key"]: entry for entry in json.loads(build.read("entries.json"))["entries"]}
    assert sorted(entries) == KEYS
    movement = entries["sanh2020movement"]
    assert movement["address"] == "techniques/pruning.html#survey-sanh2020movement"
    assert movement["extended_by"] == ["jiao2020tinybert"]
    assert movement["venue"] == "NeurIPS 2020"
    assert movement["links"]["arXiv"] == "https://arxiv.org/abs/2005.07683"


def test_a_record_that_goes_takes_its_files_along(survey: SmallSurvey) -> None:
    survey.build()
    survey.edit("refs.bib", "jiao2020tinybert", "jiao2020tiny")
    survey.edit("techniques/distillation.md", "jiao2020tinybert", "jiao2020tiny")
    names = survey.build().files()
    assert "cite/jiao2020tiny.bib" in names
    assert "cite/jiao2020tinybert.bib" not in names


@pytest.mark.parametrize("builder", ["epub", "latex", "text"])
def test_only_a_site_has_files(survey: SmallSurvey, builder: str) -> None:
    names = survey.build(builder).files()
    assert [name for name in names if name.startswith("cite/") or name == "entries.json"] == []


def export(text: str) -> Export:
    """Return a file of this text."""
    return Export(text, text.encode)


def test_a_file_that_did_not_change_is_not_written_again(tmp_path: Path) -> None:
    known = write([("refs.bib", export("one")), ("cite/a.bib", export("two"))], tmp_path, {})
    before = (tmp_path / "cite/a.bib").stat().st_mtime_ns
    write([("refs.bib", export("three")), ("cite/a.bib", export("two"))], tmp_path, known)
    assert (tmp_path / "cite/a.bib").stat().st_mtime_ns == before
    assert (tmp_path / "refs.bib").read_text() == "three"


def test_a_full_disk_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write([("refs.bib", export("one"))], tmp_path, {})
    real, room = os.write, 4

    def put(file: int, data: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        size = real(file, data[:room])
        room -= size
        return size

    monkeypatch.setattr(os, "write", put)
    with pytest.raises(OSError, match="No space left"):
        write([("a.bib", export("two")), ("refs.bib", export("three"))], tmp_path, {})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.bib": "two"}


@pytest.mark.parametrize("builder", ["json", "pickle", "singlehtml"])
def test_other_builders_of_sphinx_work(survey: SmallSurvey, builder: str) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", builder, ".", "out"]
    done = subprocess.run(command, cwd=survey.root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
