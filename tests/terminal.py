"""Terminal: a small survey with evidence, and ``survey`` run in it, here or as a process."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conftest import CONF, VENUES

from surveyext.cli import main

if TYPE_CHECKING:
    import pytest
    from conftest import SmallSurvey
    from services import Services

SURVEY = Path(sys.executable).with_name("survey")
MOVEMENT = "Movement Pruning: Adaptive Sparsity by Fine-Tuning"
MOVEMENT_URL = (
    "https://proceedings.neurips.cc/paper/2020/hash/eae15aabaa768ae4a5993a8a4f4fa6e4-Abstract.html"
)
EVIDENCE = f"""# Evidence for the records.

[sanh2020movement]
checked = 2026-11-01
titles = {{ "arXiv:2005.07683" = "{MOVEMENT}", "{MOVEMENT_URL}" = "{MOVEMENT}" }}
sources = [
  {{ url = "https://arxiv.org/abs/2005.07683", confirms = ["eprint", "note"] }},
]
unverified = []
"""
MORE_VENUES = """
[[venue]]
match = "International Conference on Learning Representations"
family = "ICLR"
short = "ICLR {year}"
[[venue]]
match = "Annual Meeting of the Association for Computational Linguistics"
family = "ACL"
short = "ACL {year}"
"""
#: What a test must not inherit.
_UNSET = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_TOKEN", "SURVEY_MAILTO")


@dataclass(frozen=True)
class Run:
    """What a command gave."""

    code: int
    out: str
    err: str


@dataclass
class Terminal:
    """A person before a survey."""

    root: Path
    services: Services
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str, stdin: str | bytes = "") -> Run:
        """Run ``survey`` in this process."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        with self.monkeypatch.context() as patch:
            patch.chdir(self.root)
            patch.setattr(sys, "argv", ["survey", *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
            for name in _UNSET:
                patch.delenv(name, raising=False)
            for name, value in self.variables().items():
                if name not in os.environ:
                    patch.setenv(name, value)
            try:
                main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 0
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err, said.err
        return Run(int(code), said.out, said.err)

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start ``survey`` as a process."""
        kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
        return subprocess.Popen(
            [str(SURVEY), *arguments],
            cwd=self.root,
            env={**kept, **self.variables(), **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_hear_the_keyboard,
        )

    def variables(self) -> dict[str, str]:
        """Return what leads the command to the local server."""
        return {
            "SURVEY_GATEWAY": self.services.gateway,
            "SURVEY_PACE": "0",
            "SOURCE_DATE_EPOCH": "1795262400",
        }

    def read(self, name: str) -> str:
        """Return a file's text."""
        return (self.root / name).read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Return every file that belongs to the survey, by name."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".survey" not in path.relative_to(self.root).parts
        }


def _hear_the_keyboard() -> None:
    """Let a process end at Ctrl-C even where the tests run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def settle(survey: SmallSurvey) -> None:
    """Make a small survey one that the command line finds and that keeps evidence."""
    survey.write("pyproject.toml", '[tool.survey]\nsource = "."\n')
    settings = 'survey_evidence = "evidence.toml"\nsurvey_repositories = "repositories.toml"\n'
    survey.write("conf.py", CONF + settings)
    survey.write("venues.toml", VENUES + MORE_VENUES)
    survey.write("evidence.toml", EVIDENCE)
