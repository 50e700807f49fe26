"""What Sphinx, MyST and docutils say: ``survey check`` says all of it, at the same lines."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import REAL_ROOT
from terminal import settle

from surveyext.cli.exits import Exit
from surveyext.editing.warning_advice import REMEDIES

if TYPE_CHECKING:
    from conftest import SmallSurvey
    from terminal import Terminal

PAGE = "mistakes.md"


class Mistake(NamedTuple):
    """A part of a page with a mistake, and what is said of it."""

    markup: str
    said: str  #: "message [kind]"; "..." stands for anything.


_LABEL = "correct the name, or write '(name)=' on the line above what is meant"
_FILE = "correct the name, relative to this page, or add the file"
MISTAKES = {
    "a directive with a slip": Mistake(
        "```{nite}\nText.\n```",
        "Unknown directive type: 'nite'; did you mean 'note'? [myst.directive_unknown]",
    ),
    "a directive of another extension with a slip": Mistake(
        "```{drowpdown} Title\nText.\n```",
        "Unknown directive type: 'drowpdown'; did you mean 'dropdown'? [myst.directive_unknown]",
    ),
    "a directive of an extension that is not loaded": Mistake(
        "```{mermaid}\nText.\n```",
        "Unknown directive type: 'mermaid'; correct the name, or add the extension that has it "
        "in conf.py [myst.directive_unknown]",
    ),
    "a role with a slip": Mistake(
        "A {dco}`x` and {entri}`y`.",
        "Unknown interpreted text role \"entri\"; did you mean 'entry'? [myst.role_unknown]",
    ),
    "an option with a slip": Mistake(
        "```{admonition} Title\n:clas: tip\n\nText.\n```",
        "'admonition': Unknown option key: 'clas' (allowed: ...); did you mean 'class'? "
        "[myst.directive_option]",
    ),
    "an option like no other": Mistake(
        "```{admonition} Title\n:xyz: tip\n\nText.\n```",
        "'admonition': Unknown option key: 'xyz' (allowed: ...); use one of those allowed "
        "[myst.directive_option]",
    ),
    "an option of a wrong form": Mistake(
        "```{toctree}\n:maxdepth: deep\n```",
        "'toctree': Invalid option value for 'maxdepth': deep: ...; write a value of that form "
        "[myst.directive_option]",
    ),
    "an argument too few": Mistake(
        "```{image}\n```",
        "Directive 'image': 1 argument(s) required, 0 supplied; write them after the name, on "
        "the same line [docutils]",
    ),
    "an argument of a wrong form": Mistake(
        "::::{grid} 2 3 4 5 6\n::::",
        "Invalid directive argument: ...; write an argument of that form [docutils]",
    ),
    "a part outside of what holds it": Mistake(
        ":::{grid-item}\nText.\n:::",
        "The parent of a 'grid-item' should be a 'grid-row'; put it into one [design.grid]",
    ),
    "nothing between fences": Mistake(
        "```{note}\n```",
        'Content block expected for the "note" directive; none found; write the text between the '
        "fences [docutils]",
    ),
    "something between fences that holds nothing": Mistake(
        "```{techniques}\nText.\n```",
        "'techniques': Has content, but none permitted; delete what stands between the fences "
        "[myst.directive_parse]",
    ),
    "a table that is none": Mistake(
        '```{csv-table}\n:header: a\n"1", "2\n```',
        'Error with CSV data in "csv-table" directive: unexpected end of data; mend what stands '
        "between the fences [docutils]",
    ),
    "a list that is no table": Mistake(
        "```{list-table}\n* - a\n  - b\n* - c\n```",
        'Error parsing content block for the "list-table" directive: ...; mend what stands '
        "between the fences [docutils]",
    ),
    "a reference to no label": Mistake(
        "See {ref}`some-lable`.",
        "undefined label: 'some-lable'; did you mean 'some-label'? [ref.ref]",
    ),
    "a reference to a label like no other": Mistake(
        "See {numref}`qqq`.", f"undefined label: 'qqq'; {_LABEL} [ref.numref]"
    ),
    "a reference to no page": Mistake(
        "See {doc}`bibliograhpy`.",
        "unknown document: 'bibliograhpy'; did you mean 'bibliography'? [ref.doc]",
    ),
    "a reference to anything": Mistake(
        "See {any}`qqq-any`.", f"'any' reference target not found: qqq-any; {_LABEL} [ref.any]"
    ),
    "a reference to no equation": Mistake(
        "See {eq}`eq-skore`.", "equation not found: eq-skore; did you mean 'eq-score'? [ref.eq]"
    ),
    "a term of no glossary": Mistake(
        "See {term}`prunning`.\n\n```{glossary}\npruning\n: Cutting.\n```",
        "term not in glossary: 'prunning'; did you mean 'pruning'? [ref.term]",
    ),
    "a link to no place": Mistake(
        "See [there](#some-lable-too).",
        "'myst' cross-reference target not found: 'some-lable-too'; ... [myst.xref_missing]",
    ),
    "a link to no page": Mistake(
        "See [there](bibliogrphy.md).",
        "'myst' cross-reference target not found: 'bibliogrphy.md'; did you mean "
        "'bibliography.md'? [myst.xref_missing]",
    ),
    "a link to no place of a page": Mistake(
        "See [there](bibliography.md#qqq).",
        f"local id not found in doc 'bibliography': 'qqq'; {_LABEL} [myst.xref_missing]",
    ),
    "a link to no file": Mistake(
        "See {download}`no.zip`.",
        f"download file not readable: .../no.zip; {_FILE} [download.not_readable]",
    ),
    "a picture that is not there": Mistake(
        "![A shot](pictures/shoot.png)",
        "image file not readable: pictures/shoot.png; did you mean '/pictures/shot.png'? "
        "[image.not_readable]",
    ),
    "a figure that is not there": Mistake(
        "```{figure} no.svg\n```", f"image file not readable: no.svg; {_FILE} [image.not_readable]"
    ),
    "a table of contents with a page that is not there": Mistake(
        "```{toctree}\nnotatoin\n```",
        "toctree contains reference to nonexisting document 'notatoin'; did you mean "
        "'notation'? [toc.not_readable]",
    ),
    "a table of contents with a page that has no title": Mistake(
        "```{toctree}\nuntitled\n```",
        "toctree contains reference to document 'untitled' that doesn't have a title: no link "
        "will be generated; begin that page with a '#' heading [toc.no_title]",
    ),
    "a footnote without a text": Mistake(
        "A note.[^none]",
        "Unknown target name: \"none\"; define it; a footnote as '[^name]: text' [docutils]",
    ),
    "a footnote without a number": Mistake(
        "A note.[^none]",
        "Too many autonumbered footnote references: only ...; define each footnote, as "
        "'[^name]: text' [docutils]",
    ),
    "a footnote twice": Mistake(
        "A note.[^twice]\n\n[^twice]: One.\n\n[^twice]: Two.",
        "Duplicate footnote definition found for label: 'twice'; rename one of the two "
        "[ref.footnote]",
    ),
    "a footnote that nobody refers to": Mistake(
        "[^lonely]: Text.",
        "Footnote [#] is not referenced; refer to it, as [^name], or delete it [ref.footnote]",
    ),
    "a label twice": Mistake(
        "(some-label)=\n## One\n\nText.",
        "duplicate label some-label, other instance in ...; rename one of the two [sphinx]",
    ),
    "an equation's label twice": Mistake(
        "$$\na\n$$ (eq-a)\n\n$$\nb\n$$ (eq-a)",
        "duplicate label of equation eq-a, other instance in mistakes; rename one of the two "
        "[ref.equation]",
    ),
    "an id twice": Mistake(
        "$$\na\n$$ (eq-b)\n\n$$\nb\n$$ (eq-b)",
        'Duplicate ID: "equation-eq-b" used by ...; rename one of the two [docutils]',
    ),
    "a heading that leaves out a level": Mistake(
        "#### Deep",
        "Non-consecutive header level increase; H2 to H4; write at most one '#' more than the "
        "heading above has [myst.header]",
    ),
    "code in no language": Mistake(
        "```{code-block} pyton\nx\n```",
        "Pygments lexer name 'pyton' is not known; did you mean 'python'? "
        "[misc.highlighting_failure]",
    ),
    "code in another language": Mistake(
        "```{code-block} json\n{no json: \n```",
        "Lexing literal_block ... Retrying in relaxed mode; correct the code, or call it text "
        "[misc.highlighting_failure]",
    ),
    "lines of code that are no numbers": Mistake(
        "```{code-block} text\n:emphasize-lines: x\nText.\n```",
        "invalid line number spec: 'x'; write lines as 1,3-5 [docutils]",
    ),
    "a file to include that is not there": Mistake(
        "```{include} no.md\n```",
        f"Directive \"include\": file not found: '.../no.md'; {_FILE} [docutils]",
    ),
    "code to include that is not there": Mistake(
        "```{literalinclude} no.py\n```",
        f"Include file '.../no.py' not found or reading it failed; {_FILE} [docutils]",
    ),
    "a substitution that is not defined": Mistake(
        "Some {{ text }}.",
        "Substitution error:UndefinedError: 'text' is undefined; correct the name, or define it "
        "in myst_substitutions [myst.substitution]",
    ),
    "reStructuredText with an open bar": Mistake(
        "```{eval-rst}\nSome |text|.\n```",
        "Undefined substitution referenced: \"text\"; define it, or write '|' with a backslash "
        "before it [docutils]",
    ),
    "reStructuredText with a slip": Mistake(
        "```{eval-rst}\n.. nite:: Text.\n```",
        "Unknown directive type \"nite\"; did you mean 'note'? [docutils]",
    ),
    "reStructuredText that cites": Mistake(
        "```{eval-rst}\nAs in [Nobody]_.\n```",
        "citation not found: Nobody; cite a record with {cite:t} and its key [ref.ref]",
    ),
    "a citation that is no list of keys": Mistake(
        "As {cite:t}`sanh2020movement,` says.",
        "'sanh2020movement,' is no list of keys; write 'key' or 'key1,key2' [docutils]",
    ),
    "a citation with a slip": Mistake(
        "As {cite:t}`sanh2020movment` says.",
        "cited key 'sanh2020movment' is in no .bib file; did you mean 'sanh2020movement'? "
        "[survey.unknown-key]",
    ),
    "a facet with a slip": Mistake(
        "```{entry-index} years\n```", "'years' is no facet; did you mean 'year'? [docutils]"
    ),
    "a mistake in a note": Mistake(
        ":::{entry} sanh2020movement\n:added: 2026-11-21\n\nSee {ref}`no-such-name` "
        "and $\\no$.\n:::",
        f"undefined label: 'no-such-name'; {_LABEL} [ref.ref]",
    ),
}
#: What is said of other files.
ELSEWHERE = (
    "lonely.md:1: document isn't included in any toctree; name the page in a {toctree} "
    "[toc.not_included]",
    "front.md:1: Malformed YAML; write 'name: value' lines between two lines of '---' "
    "[myst.topmatter]",
    "late.md:1: Document headings start at H2, not H1; begin the page with a heading of one '#' "
    "[myst.header]",
    "conf.py:1: unsupported theme option 'nonsense' given; delete it from html_theme_options "
    "[sphinx]",
    "conf.py:1: Invalid configuration value found: 'language = None'...; correct the setting "
    "[sphinx]",
    "conf.py:1: html_static_path entry 'nowhere' does not exist; correct the setting [sphinx]",
    "redirects.toml:1: 'old.bib' leads to 'cite/no.bib', which is not here; ... "
    "[survey.bad-redirect]",
)
#: What ends Sphinx, by what conf.py has more, and what is said of it.
STOPS = {
    'extensions.append("no_such_extension")': "conf.py:1: Sphinx stopped: Could not import "
    "extension no_such_extension (exception: No module named 'no_such_extension'); install it "
    "here, or use --quick [sphinx.stopped]",
    'html_theme = "no_such_theme"': "conf.py:1: Sphinx stopped: no theme named 'no_such_theme' "
    "found ...; install it here, or use --quick [sphinx.stopped]",
    "def setup(app): app.connect('source-read', lambda app, name, text: 1 / (name != 'lonely'))": (
        "lonely.md:1: Sphinx stopped: ...(exception: division by zero); mend what it names, or "
        "leave Sphinx out with --quick [sphinx.stopped]"
    ),
    "def setup(app): app.connect('missing-reference', lambda *each: exit('enough'))": (
        "mistakes.md:1: Sphinx stopped: enough; mend what it names, or leave Sphinx out with "
        "--quick [sphinx.stopped]"
    ),
    "root_doc = 'no'": "conf.py:1: Sphinx stopped: Sphinx is unable to load the master document "
    "...; mend what it names, or leave Sphinx out with --quick [sphinx.stopped]",
    "def setup(app): raise KeyError": (
        "conf.py:1: Sphinx stopped: KeyError; mend what it names, or leave Sphinx out with "
        "--quick [sphinx.stopped]"
    ),
}
SETTINGS = """
language = None
exclude_patterns = ["out", "doctrees"]
myst_enable_extensions = ["colon_fence", "dollarmath", "substitution"]
html_theme_options = {"nonsense": 1}
html_static_path = ["nowhere"]
html_logo = "nowhere.png"
survey_redirects = "redirects.toml"
"""


def make(survey: SmallSurvey) -> None:
    """Make every mistake at once."""
    settle(survey)
    settings = (survey.root / "conf.py").read_text(encoding="utf-8") + SETTINGS
    survey.write("conf.py", settings)
    survey.write(PAGE, "\n\n".join(["# Mistakes", *(each.markup for each in MISTAKES.values())]))
    survey.write("redirects.toml", '"old.bib" = "cite/no.bib"\n')
    survey.write("pictures/shot.png", "")
    survey.write("lonely.md", "# Lonely\n")
    survey.write("front.md", "---\nfoo: [a\n---\n\n# Front\n")
    survey.write("late.md", "## Late\n\n(some-label)=\n### Label\n\nText.\n")
    survey.write("notation.md", "# Notation\n")
    survey.write("untitled.md", "Text.\n")
    survey.edit("index.md", "bibliography\n", "bibliography\nmistakes\nfront\nlate\nnotation\n")


def fits(text: str, pattern: str) -> bool:
    """Tell whether a text is the pattern, in which "..." stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("..."))), text) is not None


class Row(NamedTuple):
    """What both say alike: the place, the kind, and how the message begins."""

    place: str
    kind: str
    message: str

    def is_in(self, rows: set[Row]) -> bool:
        """Tell whether one of the rows says it too, perhaps with more words after it."""
        return any(
            each[:2] == self[:2] and each.message.startswith(self.message[:200]) for each in rows
        )


def rows_of_build(text: str, root: Path) -> set[Row]:
    """Return what a build printed, whose warnings may go on over several lines."""
    found = set()
    text = text.replace(f"{root}/", "")
    for part in re.split(r"(?m)^(?=(?:\S+:\d*:? |\S+\.md: )?(?:WARNING|ERROR|CRITICAL): )", text):
        if match := re.match(r"(?:(\S+?):(\d*):? )?(?:[A-Z]+): (.*)", part, re.DOTALL):
            file, line, message = match.groups()
            kind = re.search(r" \[([\w.-]+)\]\s*$", message)
            said = re.split(r"\n(?:```|\.\. )", message[: kind.start()] if kind else message)[0]
            said = said.removesuffix(f" [{kind[1]}]") if kind else said
            place = f"{file or 'conf.py'}:{line or 1}"
            words = " ".join(said.split()).removesuffix(".")
            found.add(Row(place, kind[1] if kind else "sphinx", words))
    return found


@pytest.fixture
def wrong(terminal: Terminal, survey: SmallSurvey) -> Terminal:
    """Return a survey with every mistake at once."""
    make(survey)
    return terminal


def test_check_says_what_the_build_says_and_what_to_do(wrong: Terminal) -> None:
    before = wrong.files()
    run = wrong.run("check", "--format", "json")
    assert wrong.files() == before  # nothing is written
    found = json.loads(run.out)["problems"]
    lines = [f"{each['file']}:{each['line']}: {each['message']} [{each['kind']}]" for each in found]
    for name, mistake in MISTAKES.items():
        assert any(fits(line, f"{PAGE}:...: {mistake.said}") for line in lines), name
    for said in ELSEWHERE:
        assert any(fits(line, said) for line in lines), said
    for remedy in REMEDIES:  # none is left over
        assert any(re.search(remedy.pattern, line) for line in [*lines, *STOPS.values()]), (
            remedy.pattern
        )

    command = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", "-d", "doctrees")
    built = subprocess.run(
        [*command, "-b", "html", ".", "out"],
        cwd=wrong.root,
        env={**os.environ, **wrong.variables(), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    root = wrong.root
    theirs = rows_of_build(built.stderr, root)
    ours = {
        Row(f"{each['file']}:{each['line']}", each["kind"], each["message"].replace(f"{root}/", ""))
        for each in found
        if each["kind"] != "survey.not-canonical"
    }
    assert [each for each in theirs if not each.is_in(ours)] == []
    without_advice = {Row(*each[:2], "") for each in theirs}
    assert [each for each in ours if not Row(*each[:2], "").is_in(without_advice)] == []
    assert len(theirs) > len(MISTAKES)
    manual = (REAL_ROOT / "docs/contribute.md").read_text(encoding="utf-8")
    of_others = {"survey", "design"}
    kinds = {each.kind for each in theirs if each.kind.partition(".")[0] not in of_others}
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in manual] == []


@pytest.mark.parametrize("setting", STOPS)
def test_what_ends_sphinx_is_one_message_beside_all_others(wrong: Terminal, setting: str) -> None:
    conf = wrong.root / "conf.py"
    conf.write_text(f"{conf.read_text('utf-8')}\n{setting}\n", encoding="utf-8")
    run = wrong.run("check")
    (said,) = [line for line in run.out.splitlines() if "[sphinx.stopped]" in line]
    assert fits(said, STOPS[setting])
    assert ": cited key 'sanh2020movment' is in no .bib file; did you mean" in run.out
    assert run.code == Exit.PROBLEMS


def test_quick_leaves_sphinx_out_and_needs_nothing_of_it(wrong: Terminal) -> None:
    conf = wrong.root / "conf.py"
    conf.write_text(f"{conf.read_text('utf-8')}\nhtml_theme = 'no_such_theme'\n", encoding="utf-8")
    kinds = re.findall(r"\[([\w.-]+)\]$", wrong.run("check", "--quick").out, re.MULTILINE)
    assert len(kinds) > 4
    assert {kind.partition(".")[0] for kind in kinds} == {"survey"}


def test_sphinx_waits_until_a_bib_file_is_bibtex(wrong: Terminal, survey: SmallSurvey) -> None:
    survey.edit("refs.bib", "  volume", "  volume {")
    run = wrong.run("check")
    assert "[survey.bib-syntax]" in run.out
    assert "[myst." not in run.out
    assert run.err.startswith("Sphinx reads no page while a .bib file is malformed: check again")


def test_a_check_that_is_stopped_leaves_nothing(wrong: Terminal, tmp_path: Path) -> None:
    conf, mark = wrong.root / "conf.py", tmp_path / "reads"
    wait = f"__import__('pathlib').Path({str(mark)!r}).touch(), __import__('time').sleep(60)"
    setup = f"def setup(app): app.connect('source-read', lambda *each: ({wait}))"
    conf.write_text(f"{conf.read_text('utf-8')}\n{setup}\n", encoding="utf-8")
    before, temporary = wrong.files(), tmp_path / "temporary"
    temporary.mkdir()
    process = wrong.start("check", TMPDIR=str(temporary))
    deadline = time.monotonic() + 60
    while not mark.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert any(temporary.iterdir())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (Exit.INTERRUPTED, "")
    assert err == "survey: stopped; every file is whole\n"
    assert wrong.files() == before
    assert not any(temporary.iterdir())
