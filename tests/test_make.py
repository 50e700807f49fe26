"""The Makefile, its helpers in tools/, and what the README says of them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REAL_ROOT, correct_survey, fresh_copy

MAKEFILE = (REAL_ROOT / "Makefile").read_text(encoding="utf-8")
README = (REAL_ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z]+):", MAKEFILE, re.M)
MAKE, SHELL = shutil.which("make") or "make", shutil.which("sh") or "sh"


def run(*command: str, folder: Path = REAL_ROOT, **environment: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command, free of an outer make's settings."""
    settings = ("MAKE", "MFLAGS", "PYTHON", "SPHINXOPTS")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(settings)}
    done = subprocess.run(
        command,
        cwd=folder,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder for programs, to be the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, script: str) -> None:
    """Write a program."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!{SHELL}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the Makefile and its helpers, and an environment that is ready."""
    folder = tmp_path / "project"
    shutil.copytree(REAL_ROOT / "tools", folder / "tools")
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(REAL_ROOT / name, folder)
    (folder / "build/html").mkdir(parents=True)
    ready = folder / environment_of_make() / "ready"
    ready.parent.mkdir(parents=True)
    ready.touch()
    return folder


def environment_of_make() -> str:
    """Return the virtual environment that the Makefile uses by default."""
    code, out, _ = run("python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    assert code == 0
    return f".venv/{out.strip()}"


def test_make_help_and_make_alone_list_every_target_with_what_it_does() -> None:
    code, out, _ = run(MAKE, "help")
    assert code == 0
    listed = dict(line.strip().split("\t") for line in out.splitlines())
    assert sorted(listed) == sorted(f"make {target}" for target in TARGETS)
    assert all(listed.values())
    assert run(MAKE)[1] == out


def test_every_target_is_phony() -> None:
    match = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)
    assert match
    assert sorted(match[1].split()) == sorted(TARGETS)


@pytest.mark.parametrize("name", ["README.md", ".ci/run", "docs/contribute.md"])
def test_make_targets_that_are_named_exist(name: str) -> None:
    text = (REAL_ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"(?:^|`)make ([a-z]+)", text, re.M)
    assert named
    assert set(named) <= set(TARGETS)


def test_the_two_commands_stand_on_the_first_screen_of_the_readme() -> None:
    first_screen = README.splitlines()[:24]
    for command in ("make site", "make test"):
        assert [line for line in first_screen if line.startswith(f"{command} ")], command


def test_files_that_the_readme_names_exist() -> None:
    named = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    named += re.findall(
        r"`((?:docs|src|tools|tests)/[\w./-]+|[\w-]+\.(?:md|cff|bib|lock)|LICENSE)`", README
    )
    assert {"refs.bib", "CITATION.cff", "LICENSE"} <= set(named)
    assert [name for name in named if not (REAL_ROOT / name).exists()] == []


def test_make_site_stops_on_warnings_and_says_where_the_site_lies(project: Path) -> None:
    code, out, _ = run(MAKE, "-n", "site", folder=project)
    assert code == 0
    assert f"{environment_of_make()}/bin/python -m sphinx -b html -d build/doctrees/html -W" in out
    assert f"open {project}/build/html/index.html" in out
    assert "tools/environment" not in out


@pytest.mark.parametrize("name", ["requirements.lock", "tools/environment"])
def test_a_changed_lock_or_recipe_renews_the_environment(project: Path, name: str) -> None:
    ready = project / environment_of_make() / "ready"
    os.utime(ready, (0, 0))
    os.utime(project / name)
    out = run(MAKE, "-n", "site", folder=project)[1]
    assert f"sh tools/environment python3 {environment_of_make()}" in out


def test_make_clean_keeps_the_environments(project: Path) -> None:
    assert run(MAKE, "clean", folder=project)[0] == 0
    assert not (project / "build").exists()
    assert (project / environment_of_make() / "ready").exists()


def versions(programs: Path, given: str, home: Path) -> str:
    """Return what tools/pythons prints when only these programs are there."""
    found = run(SHELL, "tools/pythons", given, PATH=str(programs), HOME=str(home))
    assert (found[0], found[2]) == (0, "")
    return found[1].strip()


def test_pythons_are_the_newest_and_the_oldest_supported(programs: Path, tmp_path: Path) -> None:
    for version in ("3.10", "3.11", "3.12", "3.13"):
        program(programs, f"python{version}", f"echo {version}")
    program(programs, "python3", "echo 3.12")
    assert versions(programs, "python3", tmp_path) == "python3.13 python3.11"


def test_pythons_prefers_the_one_that_is_given(programs: Path, tmp_path: Path) -> None:
    program(programs, "python3.11", "echo 3.11")
    program(programs, "mine", "echo 3.11")
    assert versions(programs, "mine", tmp_path) == "mine"


def test_pythons_looks_into_pyenv(programs: Path, tmp_path: Path) -> None:
    program(programs, "python3", "echo 3.12")
    newest = tmp_path / ".pyenv/versions/3.13.0/bin"
    program(newest, "python3", "echo 3.13")
    assert versions(programs, "python3", tmp_path) == f"{newest}/python3"


def test_pythons_falls_back_on_the_one_that_is_given(programs: Path, tmp_path: Path) -> None:
    program(programs, "python3", "echo 3.12")
    program(programs, "python3.13", "echo 'not installed' >&2; exit 127")  # a shim of pyenv
    assert versions(programs, "python3", tmp_path) == "python3"


def test_pythons_covers_what_the_project_says_it_supports() -> None:
    oldest = re.search(
        r'^requires-python = ">=(.+)"$', (REAL_ROOT / "pyproject.toml").read_text(), re.M
    )
    script = (REAL_ROOT / "tools/pythons").read_text(encoding="utf-8")
    assert oldest
    assert f" {oldest[1]}; do" in script


def test_environment_refuses_an_old_python_and_says_what_to_do(
    programs: Path, tmp_path: Path
) -> None:
    program(programs, "python3", "exit 1")
    folder = tmp_path / ".venv/3.10"
    code, out, errors = run(SHELL, "tools/environment", "python3", str(folder), PATH=str(programs))
    assert (code, out) == (1, "")
    assert errors == ("environment: python3 is older than Python 3.11; set PYTHON to a newer one\n")
    assert not folder.exists()


def test_debian_does_nothing_when_all_is_there(programs: Path) -> None:
    program(programs, "chromium", "exit 1")
    program(programs, "kpsewhich", '[ "$1" = titlesec.sty ]')
    arguments = ["chromium:chromium", "tex/titlesec.sty:texlive-latex-extra"]
    assert run(SHELL, "tools/debian", *arguments, PATH=str(programs)) == (0, "", "")


def test_debian_finds_a_font_that_only_the_system_has(programs: Path) -> None:
    program(programs, "kpsewhich", "exit 1")
    program(programs, "fc-list", "echo /usr/share/fonts/opentype/freefont/FreeSerif.otf: FreeSerif")
    (programs / "grep").symlink_to(shutil.which("grep") or "grep")
    argument = "tex/FreeSerif.otf:fonts-freefont-otf"
    assert run(SHELL, "tools/debian", argument, PATH=str(programs)) == (0, "", "")


def test_debian_asks_the_loader_for_libraries(programs: Path) -> None:
    program(programs, "ldconfig", "echo '  libatomic.so.1 (libc6) => /usr/lib/libatomic.so.1'")
    (programs / "grep").symlink_to(shutil.which("grep") or "grep")
    present, absent = "lib/libatomic.so.1:libatomic1", "lib/libnone.so.9:libnone9"
    assert run(SHELL, "tools/debian", present, PATH=str(programs)) == (0, "", "")
    code, _, errors = run(SHELL, "tools/debian", absent, PATH=str(programs))
    assert (code, errors.split(";")[0]) == (1, "debian: missing libnone9")


def test_debian_names_what_is_missing_where_there_is_no_apt(programs: Path) -> None:
    program(programs, "latexmk", "exit 0")
    arguments = ["chromium:chromium", "latexmk:latexmk", "pdftotext:poppler-utils"]
    code, out, errors = run(SHELL, "tools/debian", *arguments, PATH=str(programs))
    assert (code, out) == (1, "")
    assert errors.startswith("debian: missing chromium poppler-utils; no apt-get here")


@pytest.mark.parametrize(("user", "prefix"), [("0", ""), ("1000", "sudo -n ")])
def test_debian_installs_only_what_is_missing(programs: Path, user: str, prefix: str) -> None:
    record = 'echo "$*" >&2'
    program(programs, "id", f"echo {user}")
    program(programs, "apt-get", f'echo "apt-get $*" >> {programs}/log')
    program(programs, "sudo", f'printf "sudo %s " "$1" >> {programs}/log; shift; "$@"')
    program(programs, "latexmk", record)
    code, out, errors = run(
        SHELL, "tools/debian", "chromium:chromium", "latexmk:latexmk", PATH=str(programs)
    )
    assert (code, out, errors) == (0, "== installing chromium\n", "")
    assert (programs / "log").read_text(encoding="utf-8").splitlines() == [
        f"{prefix}apt-get update -qq",
        f"{prefix}apt-get install -y -qq --no-install-recommends chromium",
    ]


@pytest.mark.parametrize("step", ["update", "install"])
def test_debian_fails_when_apt_fails(programs: Path, step: str) -> None:
    program(programs, "id", "echo 0")
    program(programs, "apt-get", f'[ "$1" != {step} ]')
    code, _, _ = run(SHELL, "tools/debian", "chromium:chromium", PATH=str(programs))
    assert code == 1


def test_the_packages_are_named_for_every_program_that_the_tests_start() -> None:
    recipe = MAKEFILE.partition("\ntest:")[2].partition("\n\n")[0]
    assert "sh tools/debian $(BROWSER) $(IMPORTERS) $(TEX)" in recipe
    named = MAKEFILE.partition("\nBROWSER")[2].partition("\nTEST_PYTHONS")[0]
    installed = set(re.findall(r"([\w./-]+):[\w-]+", named))
    assert {"chromium", "latexmk", "xelatex", "pdftotext"} <= installed


@pytest.mark.once
def test_make_changes_says_what_became_of_the_entries_since_a_commit(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(project / environment_of_make() / "bin", "python", f'exec "{sys.executable}" "$@"')
    survey = correct_survey(project / "docs", monkeypatch)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "docs"], ["commit", "-qm", "Begin"]):
        assert run(*git, *command, folder=project)[0] == 0
    survey.edit("refs.bib", "Adaptive Sparsity", "Adaptive Thrift")
    survey.edit("techniques/distillation.md", "# Distillation\n", "# Distillation\n\n## Small\n")
    code, out, errors = run(MAKE, "changes", "SINCE=HEAD", folder=project)
    assert (code, errors) == (0, "")
    assert out.endswith(
        "### Corrected (1)\n\n"
        "- Movement Pruning: Adaptive Thrift by Fine-Tuning: title: Movement Pruning: Adaptive "
        "Sparsity by Fine-Tuning \u2192 Movement Pruning: Adaptive Thrift by Fine-Tuning\n\n"
        "### Moved (1)\n\n"
        "- TinyBERT: Distilling BERT for Natural Language Understanding: "
        "distillation \u2192 distillation / Small\n"
    )


def test_make_changes_names_a_commit_that_it_does_not_know(project: Path) -> None:
    program(project / environment_of_make() / "bin", "python", "exit 0")
    run("git", "init", "-q", folder=project)
    code, _, errors = run(MAKE, "changes", "SINCE=v9", folder=project)
    assert code != 0
    assert "v9" in errors


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a clone holds, with this Python's programs in place of a new environment."""
    folder = tmp_path_factory.mktemp("clone") / "survey"
    fresh_copy(folder)
    programs = folder / environment_of_make() / "bin"
    for path in Path(sys.executable).parent.iterdir():
        program(programs, path.name, f'exec "{path}" "$@"')
    program(programs, "python", f'exec "{sys.executable}" "$@"')
    (programs.parent / "ready").touch()
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"], ["tag", "v0"]):
        assert run(*git, *command, folder=folder)[0] == 0
    return folder


#: What each target of the README leaves, of those that need no network and end by themselves.
LEFT = {
    "site": "build/html/index.html",
    "offline": "build/offline/efficient-language-models.zip",
    "epub": "build/epub/*.epub",
    "pdf": "build/pdf/latex/survey.pdf",
    "published": "tests/published*",
    "words": "build/survey.pot",
    "changes": "build/since/html/entries.json",
}
#: What is run elsewhere: by tests of its own, or by people, as it takes long or a network.
ELSEWHERE = {"audit", "fuzz", "lint", "live", "lock", "test"}


def test_each_target_that_the_readme_names_is_run_here_or_elsewhere() -> None:
    named = set(re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", README, re.M))
    assert {one or other for one, other in named} == {*LEFT, *ELSEWHERE}


@pytest.mark.once
@pytest.mark.parametrize("target", LEFT)
def test_a_target_runs_as_it_stands_on_a_clean_clone(clone: Path, target: str) -> None:
    shutil.rmtree(clone / "build", ignore_errors=True)
    code, out, errors = run(MAKE, target, folder=clone, PYTHONPATH=f"{clone}/src")
    assert code == 0, out + errors
    assert list(clone.glob(LEFT[target]))


@pytest.mark.once
def test_make_live_serves_the_site_of_a_clean_clone(clone: Path) -> None:
    shutil.rmtree(clone / "build", ignore_errors=True)
    makefile = clone / "Makefile"
    makefile.write_text(MAKEFILE.replace("docs build/live", "--port 0 docs build/live"))
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    server = subprocess.Popen(
        [MAKE, "live"],
        cwd=clone,
        env=kept | {"PYTHONPATH": f"{clone}/src", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert server.stdout
        lines = []
        for line in server.stdout:
            lines.append(line)
            if address := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        else:
            pytest.fail("".join(lines))
        assert (clone / "build/live/index.html").is_file(), (address, lines)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate()
        makefile.write_text(MAKEFILE)
