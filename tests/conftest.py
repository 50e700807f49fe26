"""Fixtures: a small survey in a folder of its own, the real one, and what building gives."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from services import Services, usual
from sphinx.builders.html._assets import _file_checksum_inner
from sphinx.testing.util import SphinxTestApp, _clean_up_global_state

from surveyext.sources.client import Manners, Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terminal import Terminal
pytest_plugins = ("browsing",)

# The same commit gives the same answer, on a slow machine too; to look for new
# counterexamples: pytest --hypothesis-profile=default
settings.register_profile("survey", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None)  # each run looks elsewhere: `make fuzz`
settings.load_profile("survey")

CONF = """
extensions = ["myst_parser", "surveyext"]
primary_domain = "survey"
nitpicky = True
myst_enable_extensions = ["colon_fence", "dollarmath"]
bibtex_bibfiles = ["refs.bib"]
bibtex_reference_style = "author_year"
bibtex_default_style = "plain"
bibtex_cite_id = "cite-{key}"
suppress_warnings = ["bibtex.key_not_found"]
survey_tags = "tags.toml"
survey_venues = "venues.toml"
html_theme = "basic"
html_math_renderer = "mathml"
"""
TAGS = """
["Structure"]
unstructured = "Single weights."
structured = "Rows and heads."
"""
VENUES = """
[[venue]]
match = "Neural Information Processing Systems"
family = "NeurIPS"
short = "NeurIPS {year}"
[[venue]]
match = "Findings of the Association for Computational Linguistics: {of}"
family = "Findings of ACL"
short = "Findings of {of} {year}"
"""
INDEX = """
# Home

```{techniques}
```

```{newest}
:count: 3
```

```{toctree}
techniques/pruning
techniques/distillation
bibliography
```
"""
BIBLIOGRAPHY = """
# Bibliography

```{bibliography}
:all:
```
"""
PRUNING = r"""
# Pruning

Prose with {cite:t}`sanh2020movement`, {entry}`sanh2020movement` and {eq}`eq-score`.

## Unstructured

:::{entry} sanh2020movement
:name: Movement pruning
:code: https://github.com/huggingface/block_movement_pruning
:tags: unstructured
:also: distillation
:added: 2026-11-21

A note with $x^2$.

$$
\frac{\partial \mathcal{L}}{\partial S_{i,j}}
= \frac{\partial \mathcal{L}}{\partial a_i} W_{i,j} x_j
$$ (eq-score)
:::

## Also relevant

```{cross-listed}
```

## References

```{references}
```
"""
DISTILLATION = """
# Distillation

:::{entry} jiao2020tinybert
:name: TinyBERT
:tags: structured
:extends: sanh2020movement
:added: 2026-11-20

Another note.
:::

```{cross-listed}
```

```{references}
```
"""
MOVEMENT = """
@inproceedings{sanh2020movement,
  title = {Movement Pruning: Adaptive Sparsity by Fine-Tuning},
  author = {Sanh, Victor and Wolf, Thomas and Rush, Alexander M.},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {33},
  year = {2020},
  eprint = {2005.07683},
  archiveprefix = {arXiv},
  url = {https://proceedings.neurips.cc/paper/2020/hash/eae15aabaa768ae4a5993a8a4f4fa6e4-Abstract.html},
}
"""
TINYBERT = """
@inproceedings{jiao2020tinybert,
  title = {{TinyBERT}: Distilling {BERT} for Natural Language Understanding},
  author = {Jiao, Xiaoqi and Yin, Yichun and Shang, Lifeng and Jiang, Xin and Chen, Xiao
            and Li, Linlin and Wang, Fang and Liu, Qun},
  booktitle = {Findings of the Association for Computational Linguistics: EMNLP 2020},
  year = {2020},
  doi = {10.18653/v1/2020.findings-emnlp.372},
  url = {https://aclanthology.org/2020.findings-emnlp.372/},
}
"""
REAL_ROOT = Path(__file__).parent.parent


@dataclass
class Build:
    """What one build gave."""

    out: Path
    warnings: list[str]  #: One a line, without colours, relative to the survey's folder.
    app: SphinxTestApp
    pages_read: list[str]  #: Docnames, in a serial build.
    pages_written: list[str]

    def read(self, name: str) -> str:
        """Return an output file's text."""
        return (self.out / name).read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Return every output file's bytes by path."""
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }


@dataclass
class SmallSurvey:
    """A survey of two entries that a test edits before it builds."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    files: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        """Write a file of the survey."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text that must be there."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def build(
        self,
        builder: str = "html",
        *,
        parallel: int = 0,
        fresh: bool = False,
        prepare: Callable[[SphinxTestApp], None] = lambda app: None,
        **conf: Any,
    ) -> Build:
        """Build in this process; settings may override conf.py."""
        self.monkeypatch.chdir(self.root)
        _file_checksum_inner.cache_clear()  # Sphinx keeps it as long as the process
        warning = StringIO()
        app = SphinxTestApp(
            builder,
            srcdir=self.root,
            builddir=self.root / "_build",
            freshenv=fresh,
            confoverrides={"exclude_patterns": ["_build"], **conf},
            parallel=parallel,
            warning=warning,
        )
        read: list[str] = []
        written: list[str] = []
        app.connect("source-read", lambda _app, docname, _text: read.append(docname))
        app.connect("doctree-resolved", lambda _app, _tree, docname: written.append(docname))
        prepare(app)
        try:
            app.build()
        finally:
            app.cleanup()
        warnings = warning_lines(warning.getvalue(), self.root)
        return Build(Path(app.outdir), warnings, app, read, written)


def warning_lines(text: str, root: Path) -> list[str]:
    """Return Sphinx's warnings without colours and without the folder's path."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).replace(f"{root}/", "")
    return [line for line in plain.splitlines() if line.strip()]


@pytest.fixture
def survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallSurvey:
    """Return a correct small survey."""
    return correct_survey(tmp_path / "survey", monkeypatch)


def correct_survey(root: Path, monkeypatch: pytest.MonkeyPatch) -> SmallSurvey:
    """Write a correct small survey."""
    small = SmallSurvey(root, monkeypatch)
    for name, text in {
        "conf.py": CONF,
        "tags.toml": TAGS,
        "venues.toml": VENUES,
        "refs.bib": MOVEMENT + TINYBERT,
        "index.md": INDEX,
        "bibliography.md": BIBLIOGRAPHY,
        "techniques/pruning.md": PRUNING,
        "techniques/distillation.md": DISTILLATION,
    }.items():
        small.write(name, text)
    return small


@dataclass(frozen=True)
class Site:
    """What building the real survey gave."""

    out: Path
    code: int  #: The process's exit code.
    log: str  #: What it printed.

    def page(self, name: str) -> Path:
        """Return a page that must be there."""
        path = self.out / f"{name}.html"
        assert path.is_file()
        return path


def build_site(out: Path, doctrees: Path, *options: str, **environment: str) -> Site:
    """Build the real survey as `make site` does, in a process of its own."""
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-E", "-W", "--keep-going", "-n"]
    done = subprocess.run(
        [*command, *options, "-d", str(doctrees), "docs", str(out)],
        cwd=REAL_ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Site(out, done.returncode, done.stdout)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the real survey's site, built once even when several workers test."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # the workers' own folders lie in one of this run
    out, report = root / "site", root / "site.json"
    try:
        (root / "site.lock").touch(exist_ok=False)
    except FileExistsError:  # another worker builds
        deadline = time.monotonic() + 300
        while not report.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
    else:
        built = build_site(out, root / "site-doctrees", "-j", "2")
        part = root / "site.part"
        part.write_text(json.dumps([built.code, built.log]), encoding="utf-8")
        part.replace(report)
    code, log = json.loads(report.read_text(encoding="utf-8"))
    return Site(out, code, log)


def fresh_copy(target: Path) -> None:
    """Copy what a clone would hold, or the folder when there is no git to ask."""
    if not (REAL_ROOT / ".git").exists() or not shutil.which("git"):
        leave = shutil.ignore_patterns(".venv", "build", ".*_cache", "__pycache__")
        shutil.copytree(REAL_ROOT, target, ignore=leave)
        return
    owned = f"safe.directory={REAL_ROOT}"  # by somebody else, in a container
    command = ["git", "-c", owned, "ls-files", "-z"]
    listed = subprocess.run(command, cwd=REAL_ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if (REAL_ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REAL_ROOT / name, target / name)


@contextmanager
def refusal() -> Iterator[pytest.ExceptionInfo[SystemExit]]:
    """Expect a build that ends at once; SphinxTestApp cleans up after exceptions only."""
    with pytest.raises(SystemExit) as ended:
        yield ended
    _clean_up_global_state()


@pytest.fixture
def services() -> Iterator[Services]:
    """Return a local server in place of arXiv, Crossref and the others."""
    services = Services()
    usual(services)
    server = services.run()
    yield services
    server.shutdown()
    server.server_close()


@pytest.fixture
def web(services: Services, tmp_path: Path) -> Iterator[Web]:
    """Return a client that asks the local server without pauses."""
    with Web(Manners(gateway=services.gateway, pace=0), tmp_path / "memory.sqlite") as client:
        yield client


@pytest.fixture
def terminal(
    survey: SmallSurvey,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Terminal:
    """Return a small survey to run commands in, with the local server behind them."""
    from terminal import Terminal, settle  # it needs this module

    settle(survey)
    return Terminal(survey.root, services, monkeypatch, capsys)
