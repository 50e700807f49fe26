"""Edits: write new texts of a survey's files, or refuse those that would break it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.build.settings import shown
from surveyext.cli.atomic_write import replace_files
from surveyext.cli.exits import CommandError
from surveyext.editing.proposal import Proposal, propose
from surveyext.survey import audit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from surveyext.cli.locate import Place
    from surveyext.editing.read_survey import Reading
    from surveyext.library.model import Problem

_BOM = "\ufeff"


class Texts:
    """The files that a command may change, as they were when it began."""

    def __init__(self, place: Place, reading: Reading) -> None:
        """Read the files.

        :raises CommandError: One cannot be read, or no .bib file is set.
        """
        if not place.paths.bib:
            raise CommandError("conf.py sets no bibtex_bibfiles; name refs.bib there")
        paths = [*place.paths.bib, *([place.paths.evidence] if place.paths.evidence else [])]
        self._raw = {path: _read(path) for path in [*paths, *reading.files.values()]}
        counted = place.paths.repositories
        if counted:  # the one file that may not exist yet
            self._raw[counted] = _read(counted) if counted.exists() else ""
        self._place, self._reading = place, reading

    def __getitem__(self, path: Path) -> str:
        """Return a file's text with plain line ends."""
        return self._raw[path].removeprefix(_BOM).replace("\r\n", "\n")

    def propose(
        self, texts: Mapping[Path, str], allowed: Callable[[Problem], bool] = lambda _problem: False
    ) -> Proposal:
        """Return the survey as it would be.

        :param allowed: Tells problems that may arise, since the person mends them next.
        :raises CommandError: It would have another problem that it does not have now.
        """
        proposal = propose(self._reading, self._place.paths, texts)
        refused = [each for each in proposal.problems if not allowed(each)]
        if refused:
            raise CommandError(f"nothing was written: {said(refused)}")
        return proposal

    def write(self, texts: Mapping[Path, str]) -> None:
        """Write all texts, with each file's own line ends, or none.

        :raises CommandError: A file is protected, or is not any more what it was.
        """
        for path in texts:
            if path.exists() and not path.stat().st_mode & 0o222:
                raise CommandError(f"{shown(path)} is write-protected; allow writing to it first")
            if path.exists() and _read(path) != self._raw[path]:
                message = f"{shown(path)} has changed meanwhile; run the command again"
                raise CommandError(message)
        replace_files(self._place.root, {path: self._styled(path, texts[path]) for path in texts})

    def _styled(self, path: Path, text: str) -> str:
        raw = self._raw[path]
        text = text.replace("\n", "\r\n") if "\r\n" in raw else text
        return _BOM + text if raw.startswith(_BOM) else text


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{shown(path)} cannot be read: {error}; mend that first") from None


def refuse_malformed(reading: Reading) -> None:
    """Refuse to go on with files that cannot be read for sure.

    :raises CommandError: A .bib file is malformed.
    """
    fatal = [each for each in reading.problems if each.kind in audit.FATAL]
    if fatal:
        raise CommandError(f"{said(fatal[:1])}; mend this first, 'survey check' names all")


def said(problems: Iterable[Problem]) -> str:
    """Return problems as one text."""
    return "\n".join(
        f"{each.file}:{max(each.line, 1)}: {each.message} [survey.{each.kind}]" for each in problems
    )
