"""Write: several files at once, all or none, whatever kills the process.

New texts are first written beside their files. A journal in the survey's folder then names
them, which decides: before it nothing has changed, after it the next command completes what
is left. No library does this for plain files; it takes the two guarantees that POSIX gives,
that ``rename`` is atomic and that ``fsync`` has reached the disk.
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
    try:
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(_beside(target), new[target])
            if target.exists():
                shutil.copymode(target, _beside(target))
        _begin(root, targets)
    except (OSError, ValueError) as error:
        _discard(targets)
        message = f"cannot write: {error}; nothing was changed"
        raise CommandError(message) from None
    _complete(root, targets)


def recover(root: Path) -> list[Path]:
    """Complete what a command that was killed had decided to write.

    :returns: The files that have their new text only now.
    :raises CommandError: The journal cannot be read.
    """
    journal = root / JOURNAL
    try:
        names = json.loads(journal.read_text(encoding="utf-8"))
        targets = [_inside(root, name) for name in names]
    except FileNotFoundError:
        return []
    except (OSError, TypeError, ValueError) as error:
        raise CommandError(f"{journal} cannot be read: {error}; delete it") from None
    left = [target for target in targets if _beside(target).exists()]
    _complete(root, targets)
    return left


def _begin(root: Path, targets: Iterable[Path]) -> None:
    """Decide: write the journal; it must not exist, or two commands would write at once."""
    journal, part = root / JOURNAL, root / f"{JOURNAL}.{os.getpid()}"
    names = [target.relative_to(root.resolve()).as_posix() for target in targets]
    try:
        _write(part, json.dumps(names))
        os.link(part, journal)
        _sync(root)
    except FileExistsError:
        raise OSError("another command is writing; try again when it has ended") from None
    finally:
        part.unlink(missing_ok=True)


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


def _inside(root: Path, name: str) -> Path:
    """Return a file that a journal names; a journal may come from a stranger's repository."""
    target = (root / name).resolve()
    if not target.is_relative_to(root.resolve()):
        raise ValueError(f"'{name}' lies outside the survey")
    return target


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
