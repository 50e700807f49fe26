"""Mishaps: files that are missing, in the way, protected, damaged or in another encoding."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from conftest import MOVEMENT, TINYBERT, refusal, warning_lines

from surveyext.build.failures import Unwritten

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import SmallSurvey

pytestmark = pytest.mark.once

NOT_WHOLE = "the output is not whole; the next build writes all of it"
BUILD = [sys.executable, "-m", "sphinx", "-b", "html"]


def sphinx(survey: SmallSurvey, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Build in a process that even root's rights do not help."""
    powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    return subprocess.run(
        [*powerless, *BUILD, *arguments],
        cwd=survey.root,
        capture_output=True,
        text=True,
        check=False,
    )


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return each file's bytes and time."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def block(path: Path) -> None:
    """Put a file where a build wants a folder, or a folder with a file where it wants a file."""
    if path.is_dir():
        shutil.rmtree(path)
    if path.suffix:
        path.unlink(missing_ok=True)
        (path / "inside").mkdir(parents=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("in the way")


@pytest.mark.parametrize(
    ("parallel", "name"),
    [
        (0, "html/techniques"),
        (0, "html/_static"),
        (0, "html/searchindex.js"),
        (0, "html/cite"),
        (0, "doctrees/index.doctree"),
        (2, "html/techniques"),
        (2, "html/techniques/pruning.html"),
    ],
)
def test_what_is_in_the_way_of_the_output_is_named_and_the_next_build_is_whole(
    survey: SmallSurvey, parallel: int, name: str
) -> None:
    wanted = survey.build().files()
    survey.edit("refs.bib", "Adaptive Sparsity", "Adaptive Thrift")
    place = survey.root / "_build" / name
    block(place)
    with refusal() as ended:
        survey.build(parallel=parallel, fresh=bool(parallel))
    assert str(ended.value) == NOT_WHOLE
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    survey.edit("refs.bib", "Adaptive Thrift", "Adaptive Sparsity")
    again = survey.build()
    assert again.warnings == []
    assert again.files() == wanted


@pytest.mark.parametrize("error", ["[Errno 28] No space left", "[Errno 13] Denied: '/a.html'"])
def test_a_page_that_sphinx_could_not_write_is_known_by_its_path(error: str) -> None:
    unwritten, form = Unwritten(), "error writing file %s: %s"
    unwritten.emit(logging.makeLogRecord({"msg": form, "args": ("/a.html", error)}))
    unwritten.emit(logging.makeLogRecord({"msg": form % ("/a.html", error)}))  # from a worker
    unwritten.emit(logging.makeLogRecord({"msg": "something else: %s", "args": ("x",)}))
    assert [str(path) for path in unwritten.paths] == ["/a.html"] * 2


def test_what_an_earlier_build_left_damaged_is_one_message(survey: SmallSurvey) -> None:
    wanted = survey.build().files()
    (survey.root / "_build/doctrees/index.doctree").write_text("damaged")
    survey.edit("refs.bib", "Adaptive Sparsity", "Adaptive Thrift")
    with refusal() as ended:
        survey.build()
    assert str(ended.value) == NOT_WHOLE
    survey.edit("refs.bib", "Adaptive Thrift", "Adaptive Sparsity")
    assert survey.build().files() == wanted


def test_compiled_templates_that_are_damaged_are_compiled_again(survey: SmallSurvey) -> None:
    wanted = survey.build().files()
    kept = sorted((survey.root / "_build/doctrees/survey-templates").iterdir())
    whole = [path.read_bytes() for path in kept]
    for path, text in zip(kept, whole, strict=True):
        path.write_bytes(text[: len(text) // 50])
    survey.edit("index.md", "# Home", "# House")
    survey.build()
    survey.edit("index.md", "# House", "# Home")
    assert survey.build().files() == wanted
    assert [path.read_bytes() for path in kept] == whole


def test_a_build_that_cannot_keep_compiled_templates_is_whole(survey: SmallSurvey) -> None:
    wanted = survey.build().files()
    block(survey.root / "_build/doctrees/survey-templates")
    assert survey.build(fresh=True).files() == wanted


def test_a_protected_output_is_one_message(survey: SmallSurvey) -> None:
    (survey.root / "_build/html").mkdir(parents=True)
    (survey.root / "_build/html").chmod(0o555)
    done = sphinx(survey, "-q", "-d", "_build/doctrees", ".", "_build/html")
    assert done.returncode != 0
    [warning, end] = warning_lines(done.stderr, survey.root)
    assert warning.startswith("_build/html")
    assert (
        "WARNING: cannot be written: Permission denied; make room on the disk or allow" in warning
    )
    assert warning.endswith("[survey.cannot-write]")
    assert end == NOT_WHOLE
    assert list((survey.root / "_build/html").iterdir()) == []


def test_a_protected_source_is_built_and_nothing_is_written_there(
    survey: SmallSurvey, tmp_path: Path
) -> None:
    before = contents(survey.root)
    for folder in (survey.root, survey.root / "techniques"):
        folder.chmod(0o555)
    out = tmp_path / "out"
    done = sphinx(survey, "-q", "-W", "-d", f"{out}.doctrees", ".", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(survey.root) == before
    assert (out / "index.html").is_file()


@pytest.mark.parametrize("parallel", [0, 2])
def test_every_page_that_cannot_be_read_is_named(survey: SmallSurvey, parallel: int) -> None:
    for name, encoding in (("pruning", "utf-16"), ("distillation", "latin-1")):
        path = survey.root / f"techniques/{name}.md"
        path.write_bytes((path.read_text() + "\nNa\u00efve.\n").encode(encoding))
    for number in range(6):  # Sphinx reads few pages in one process
        survey.write(f"more{number}.md", f"---\norphan: true\n---\n# More {number}\n")
    out = survey.root / "_build"
    done = sphinx(survey, "-q", "-j", str(parallel or 1), "-d", f"{out}.doctrees", ".", str(out))
    *warnings, end = warning_lines(done.stderr, survey.root)
    assert end == "2 page(s) cannot be read, listed above; mend them first"
    assert [line.partition(" WARNING: ")[0] for line in warnings] == [
        "techniques/distillation.md:1:",
        "techniques/pruning.md:1:",
    ]
    assert all("; save it as UTF-8" in line and "[survey.bad-data]" in line for line in warnings)


@pytest.mark.parametrize("fault", ["missing", "folder", "loop", "zero", "utf-16"])
def test_each_data_file_that_cannot_be_read_is_one_message_and_the_pages_are_there(
    survey: SmallSurvey, fault: str
) -> None:
    names = ["CITATION.cff", "evidence.toml", "tags.toml", "venues.toml"]
    for name in names:
        path = survey.root / name
        path.unlink(missing_ok=True)
        if fault == "folder":
            path.mkdir()
        elif fault == "loop":
            path.symlink_to(path)
        elif fault == "zero":
            path.write_bytes(b'a = "\0"\n')
        elif fault == "utf-16":
            path.write_bytes("a = '\u00e9'".encode("utf-16"))
    build = survey.build(survey_citation=names[0], survey_evidence=names[1])
    said = [line for line in build.warnings if line.endswith("[survey.bad-data]")]
    what = "the file does not exist; create it" if fault == "missing" else "cannot be read: "
    assert [line.partition(what)[0] for line in said] == [f"{each}:1: WARNING: " for each in names]
    assert 'id="survey-sanh2020movement"' in build.read("techniques/pruning.html")


@pytest.mark.parametrize("fault", ["missing", "folder", "loop", "zero", "utf-16", "latin-1"])
def test_a_bib_file_that_cannot_be_read_ends_the_build_before_it_writes(
    survey: SmallSurvey, fault: str
) -> None:
    path = survey.root / "refs.bib"
    path.unlink()
    if fault == "folder":
        path.mkdir()
    elif fault == "loop":
        path.symlink_to(path)
    elif fault == "zero":
        path.write_bytes((MOVEMENT + TINYBERT).replace("Jiao", "Ji\0ao").encode())
    elif fault != "missing":
        path.write_bytes((MOVEMENT + TINYBERT + "\u00e9").encode(fault))
    with refusal() as ended:
        survey.build()
    assert str(ended.value) == "1 problem(s) in the .bib files, listed above; mend them first"
    assert not list((survey.root / "_build").rglob("*.html"))


def test_an_interrupted_build_says_so_and_the_next_is_whole(
    survey: SmallSurvey, tmp_path: Path
) -> None:
    survey.write("wait.md", "---\norphan: true\n---\n# Wait\n")
    wanted = survey.build().files()
    with (survey.root / "conf.py").open("a") as conf:
        conf.write(
            "import os, time\ndef wait(app, pagename, *rest):\n"
            f"    if pagename == 'wait' and not os.path.exists({str(tmp_path / 'at')!r}):\n"
            f"        open({str(tmp_path / 'at')!r}, 'w').close(); time.sleep(60)\n"
            "def setup(app):\n    app.connect('html-page-context', wait)\n"
        )
    survey.edit("wait.md", "# Wait", "# Wait a while")
    command = [*BUILD, "-q", "-d", "_build/doctrees", ".", "_build/html"]
    process = subprocess.Popen(
        command, cwd=survey.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    while not (tmp_path / "at").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate()
    assert process.returncode != 0
    assert said.splitlines()[-1] == "Interrupted!"
    assert "Traceback" not in said
    survey.edit("wait.md", "# Wait a while", "# Wait")
    again = survey.build()
    assert again.warnings == []
    assert again.files() == wanted
