"""Python's collector of reference cycles in a build, after it and at a process's end."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import TYPE_CHECKING

from conftest import refusal

from surveyext.speed.garbage import SELDOM

if TYPE_CHECKING:
    from conftest import SmallSurvey

#: No test has built anything when this module is imported.
USUAL = gc.get_threshold()
#: A conf.py in which a process says what its collector does; what is registered first runs last.
TELLING = """
import atexit, gc
atexit.register(lambda: print("looked at:", len(gc.get_objects()) // 1000, "thousand"))
def setup(app):
    app.connect("config-inited", lambda *_: print("threshold:", gc.get_threshold()))
    print("imported:", gc.get_freeze_count() // 10_000 > 0)
"""


def test_the_collector_is_as_before_when_a_build_is_over(survey: SmallSurvey) -> None:
    during: list[tuple[int, ...]] = []
    survey.build(prepare=lambda _app: during.append(gc.get_threshold()))
    assert (during, gc.get_threshold()) == ([SELDOM], USUAL)


def test_the_collector_is_as_before_when_a_build_follows_one_that_ended_early(
    survey: SmallSurvey,
) -> None:
    survey.write("refs.bib", "@article{broken,")
    with refusal():
        survey.build()
    survey.write("refs.bib", "")
    survey.build()
    assert gc.get_threshold() == USUAL


def test_a_process_collects_seldom_and_not_when_it_ends(survey: SmallSurvey) -> None:
    with (survey.root / "conf.py").open("a") as conf:
        conf.write(TELLING)
    command = [sys.executable, "-m", "sphinx", "-q", ".", "_build/html"]
    done = subprocess.run(command, cwd=survey.root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "imported: True",
        f"threshold: {SELDOM}",
        "looked at: 0 thousand",
    ]
