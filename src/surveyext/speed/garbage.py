"""Garbage: Python's collector of reference cycles, which a build has little use for."""

from __future__ import annotations

import atexit
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: New objects that the collector waits for, and how many rounds until it looks at older ones
#: again. Python's 700 objects are a few lines of a card, and most of what a build makes it
#: keeps. Waiting longer for the older ones costs more memory than it saves time.
SELDOM = 20_000, 5, 2
_USUAL = gc.get_threshold()


def setup(app: Sphinx) -> None:
    """Have the collector wait longer until the build is finished.

    What was imported stays, so the collector need not look at it. Of a build that a problem
    ends, Sphinx ends the process. A process that ends gives its memory back as a whole,
    without a look at what is in it.
    """
    gc.set_threshold(*SELDOM)
    gc.freeze()
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    app.connect("env-check-consistency", _leave_what_was_read)
    app.connect("build-finished", _collect_as_usual, priority=1000)


def _leave_what_was_read(app: Sphinx, env: BuildEnvironment) -> None:
    """Leave what was read to itself where pages are to be written (env-check-consistency).

    It stays to the end, and of a large survey a look at it takes half a second each time.
    """
    gc.collect()
    gc.freeze()


def _collect_as_usual(app: Sphinx, exception: Exception | None) -> None:
    gc.set_threshold(*_USUAL)
    gc.unfreeze()  # in a process that builds again, what is there may go
