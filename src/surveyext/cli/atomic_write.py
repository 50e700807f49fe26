"""Atomic write: several files at once, all or none, whatever kills the process.

New texts are first written beside their files, and a plan names them. The plan then becomes
the journal of the survey's folder, which decides: before it nothing has changed, after it
the next command completes what is left. No library does this for plain files; it takes two
guarantees of POSIX, that ``rename`` is atomic and that ``fsync`` has reached the disk.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from surveyext.cli.exits import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

JOURNAL = ".survey-journal.json"


def replace_files(root: Path, texts: Mapping[Path, str]) -> None:
    """Give each file its new text, or leave all as they are.

    :param root: The survey's folder; every file must lie in it.
    :raises CommandError: A file cannot be written; none was changed.
    """
    targets = sorted(path.resolve() for path in texts)
    new = {path.resolve(): text for path, text in texts.items()}
    plan = root / f"{JOURNAL}.{os.getpid()}"
    try:
        names = [target.relative_to(root.resolve()).as_posix() for target in targets]
        _write(plan, json.dumps(names))
        for target in targets:
            if target.is_dir():
                raise IsADirectoryError(f"{target} is a folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(_beside(target), new[target])
            if target.exists():
                shutil.copymode(target, _beside(target))
        _decide(root, plan)
    except (OSError, ValueError) as error:
        _discard(targets)
        plan.unlink(missing_ok=True)
        message = f"cannot write: {error}; nothing was changed"
        raise CommandError(message) from None
    _complete(root, targets)


def recover(root: Path) -> list[Path]:
    """Complete what a command that was killed had decided to write, and tidy up after it.

    :returns: The files that have their new text only now.
    :raises CommandError: The journal cannot be read.
    """
    for plan in root.glob(f"{JOURNAL}.*"):
        if not _is_running(plan.suffix.removeprefix(".")):
            with contextlib.suppress(OSError, TypeError, ValueError):  # killed while writing it
                _discard(_targets(root, plan))
            plan.unlink(missing_ok=True)
    journal = root / JOURNAL
    try:
        targets = _targets(root, journal)
    except FileNotFoundError:
        return []
    except (OSError, TypeError, ValueError) as error:
        raise CommandError(f"{journal} cannot be read: {error}; delete it") from None
    left = [target for target in targets if _beside(target).exists()]
    _complete(root, targets)
    return left


def _targets(root: Path, journal: Path) -> list[Path]:
    """Return the files that a journal or plan names, which may be a stranger's.

    :raises ValueError: It is none, or a file lies outside of the survey.
    """
    targets = [(root / name).resolve() for name in json.loads(journal.read_text(encoding="utf-8"))]
    if outside := [target for target in targets if not target.is_relative_to(root.resolve())]:
        raise ValueError(f"{outside[0]} lies outside of the survey")
    return targets


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _decide(root: Path, plan: Path) -> None:
    """Make the plan the journal; there must be none, or two commands would write at once."""
    try:
        os.link(plan, root / JOURNAL)
    except FileExistsError:
        raise OSError("another command is writing; try again when it has ended") from None
    _sync(root)
    plan.unlink()


def _complete(root: Path, targets: Iterable[Path]) -> None:
    for target in targets:
        with contextlib.suppress(FileNotFoundError):  # done before the process was killed
            _beside(target).replace(target)
            _sync(target.parent)
    (root / JOURNAL).unlink(missing_ok=True)


def _discard(targets: Iterable[Path]) -> None:
    for target in targets:
        with contextlib.suppress(OSError):
            _beside(target).unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.survey-new")


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
