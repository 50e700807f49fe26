"""Writing several files: all or none, wherever the process is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from surveyext.cli.atomic_write import JOURNAL, recover, replace_files
from surveyext.cli.exits import CommandError

if TYPE_CHECKING:
    from pathlib import Path

#: Forks a writer that dies at the n-th step, for every n, and prints what is left each time.
KILLED = """
import itertools, json, os, pathlib, sys
from surveyext.cli import atomic_write

root = pathlib.Path(sys.argv[1])
files = [root / name for name in ("a.bib", "b.md", "new.toml")]

def state():
    return [path.read_text() if path.exists() else None for path in files]

def dying(function, steps):
    def call(*arguments, **named):
        if next(steps) == 0:
            os._exit(9)
        return function(*arguments, **named)
    return call

for number in itertools.count(1):
    for path, text in zip(files, ("old a", "old b", None)):
        path.unlink(missing_ok=True)
        if text:
            path.write_text(text)
    child = os.fork()
    if child == 0:
        steps = iter(range(number, -1000, -1))
        for module, name in (
            (os, "fsync"), (os, "link"), (pathlib.Path, "replace"), (pathlib.Path, "unlink"),
            (pathlib.Path, "open"), (atomic_write.shutil, "copymode"),
        ):
            setattr(module, name, dying(getattr(module, name), steps))
        atomic_write.replace_files(root, dict(zip(files, ("new a", "new b", "new"))))
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    at_once = state()
    atomic_write.recover(root)
    print(json.dumps([code, at_once, state(), sorted(os.listdir(root))]))
    if code == 0:
        break
"""
OLD, NEW = ["old a", "old b", None], ["new a", "new b", "new"]


def test_a_writer_that_is_killed_anywhere_leaves_all_files_old_or_all_new(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    for _, at_once, recovered, _ in runs:
        # Each file is whole even before the next command has looked.
        assert all(
            text in pair for text, pair in zip(at_once, zip(OLD, NEW, strict=True), strict=True)
        )
        assert recovered in (OLD, NEW)
    assert OLD in [run[2] for run in runs]
    assert any(code == 9 and after == NEW for code, _, after, _ in runs)
    assert runs[-1][:3] == [0, NEW, NEW]
    for *_, names in runs:
        assert set(names) <= {"a.bib", "b.md", "new.toml"}, "something is left lying about"
    assert len(runs) > 10


def test_nothing_is_written_when_one_file_cannot_be(tmp_path: Path) -> None:
    good, folder = tmp_path / "a.bib", tmp_path / "b.md"
    good.write_text("old")
    (folder / "in the way").mkdir(parents=True)
    with pytest.raises(CommandError, match="is a folder; nothing was changed"):
        replace_files(tmp_path, {good: "new", folder: "new"})
    assert good.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bib", "b.md"]


def test_a_file_outside_of_the_survey_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "survey"
    root.mkdir()
    with pytest.raises(CommandError, match="nothing was changed"):
        replace_files(root, {tmp_path / "elsewhere": "new"})
    assert [path.name for path in tmp_path.iterdir()] == ["survey"]


def test_two_commands_do_not_write_at_once(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_text("[]")
    with pytest.raises(CommandError, match="another command is writing"):
        replace_files(tmp_path, {tmp_path / "a.bib": "new"})


@pytest.mark.parametrize("journal", ['["../x"]', "{", "[1]", '["/etc/x"]'])
def test_a_strangers_journal_touches_nothing_outside(tmp_path: Path, journal: str) -> None:
    root = tmp_path / "survey"
    root.mkdir()
    (tmp_path / ".x.survey-new").write_text("evil")
    (root / JOURNAL).write_text(journal)
    with pytest.raises(CommandError, match="delete it"):
        recover(root)
    assert not (tmp_path / "x").exists()


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    replace_files(tmp_path, {link: "new\r\n"})
    assert link.is_symlink()
    assert target.read_bytes() == b"new\r\n"
    assert target.stat().st_mode & 0o777 == 0o640
