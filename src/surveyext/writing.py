"""Writing: a site that cannot be written ends the build with a message, nothing half-written."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.locale import __
from sphinx.util.logging import NAMESPACE, getLogger

from surveyext.model import Kind

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
        """Take the path from Sphinx's warning."""
        if record.msg == __("error writing file %s: %s") and isinstance(record.args, tuple):
            self.paths.append(Path(str(record.args[0])))

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
    app.connect("build-finished", unwritten.finish, priority=400)


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


def _stop(what: str, path: Path) -> None:
    message = f"{what}; make room on the disk or allow writing there, and build again"
    kind = Kind.CANNOT_WRITE.value
    logger.warning("%s", message, location=f"{path}:1", type="survey", subtype=kind)
    sys.exit("the output is not whole; the next build writes all of it")
