"""Failures: a file that cannot be read or written ends the build, and none is left half-written."""

from __future__ import annotations

import logging
import pickle
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.errors import SphinxParallelError
from sphinx.locale import __
from sphinx.util.logging import NAMESPACE, getLogger

from surveyext.build.settings import shown
from surveyext.library.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

logger = getLogger(__name__)


class Unwritten(logging.Handler):
    """Notes the pages that Sphinx could not write: it warns, leaves the half and goes on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.paths: list[Path] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take the path from Sphinx's warning; of one from a worker only the text is left."""
        before, between, _ = __("error writing file %s: %s").split("%s")
        text = record.getMessage()
        if text.startswith(before):
            self.paths.append(Path(text.removeprefix(before).partition(between)[0]))

    def finish(self, app: Sphinx, exception: Exception | None) -> None:
        """Remove the halves and end the build (build-finished, before the exports)."""
        for path in self.paths:
            with suppress(OSError):
                path.unlink()
        if self.paths:
            _stop(f"{len(self.paths)} page(s) could not be written", self.paths[0])


def watch(app: Sphinx) -> None:
    """Begin to listen (builder-inited)."""
    unwritten = Unwritten()
    logging.getLogger(NAMESPACE).addHandler(unwritten)
    app.connect("build-finished", explain, priority=300)
    app.connect("build-finished", unwritten.finish, priority=400)


def explain(app: Sphinx, exception: Exception | None) -> None:
    """Say what stopped Sphinx at a file, for which it would print a traceback (build-finished).

    :raises SystemExit: It was a file.
    """
    if exception is None:
        return
    if faults := list(_unreadable(app)):
        for path, fault in faults:
            message = f"cannot be read: {fault}; save it as UTF-8 where the build may read it"
            _say(message, path, Kind.BAD_DATA)
        sys.exit(f"{len(faults)} page(s) cannot be read, listed above; mend them first")
    ours = Path(app.outdir), Path(app.doctreedir)
    for cause in _causes(exception):
        if isinstance(cause, OSError) and cause.filename:
            path = Path(cause.filename2 or cause.filename)
            if any(path.is_relative_to(folder) for folder in ours):
                _stop(f"cannot be written: {cause.strerror}", path)
        if isinstance(cause, SphinxParallelError) and "[Errno " in cause.message:
            for folder in ours:  # the worker's error is gone, its text is left
                if str(folder) in cause.message:
                    _stop(f"cannot be written: {cause.message}", folder)
        if isinstance(cause, pickle.UnpicklingError | EOFError):
            _stop("an earlier build left something broken here", ours[1], "delete the folder")


def _unreadable(app: Sphinx) -> Iterator[tuple[Path, str]]:
    for docname in sorted(app.env.found_docs):
        path = app.env.doc2path(docname)
        try:
            path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError) as error:
            yield path, str(error)


def _causes(exception: BaseException | None) -> Iterator[BaseException]:
    while exception:
        yield exception
        exception = exception.__cause__ or exception.__context__


@contextmanager
def all_or_message(folder: Path) -> Iterator[None]:
    """Turn an error of writing into a message.

    :raises SystemExit: Something could not be written. The stamp is void then, so that the
        next build writes all.
    """
    try:
        yield
    except OSError as error:
        _stop(f"cannot be written: {error.strerror or error}", Path(error.filename or folder))


def _stop(
    what: str, path: Path, remedy: str = "make room on the disk or allow writing there"
) -> None:
    _say(f"{what}; {remedy} and build again", path, Kind.CANNOT_WRITE)
    sys.exit("the output is not whole; the next build writes all of it")


def _say(message: str, path: Path, kind: Kind) -> None:
    place = f"{shown(path)}:1"
    logger.warning("%s", message, location=place, type="survey", subtype=kind.value)
