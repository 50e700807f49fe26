"""Mistakes: what newcomers do wrong with ``survey add``, and the one message each gets.

The list was written before the messages. Each row is a mistake, how it is made, and what the
message must say; whatever the mistake, no file of the survey changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from services import ARXIV, CHALLENGE, CROSSREF, OPENREVIEW, OPENREVIEW_1, Reply, page, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal import Terminal

pytestmark = pytest.mark.once

GOOD = """@inproceedings{x,
  title = {A New Paper}, author = {Doe, Jane}, year = {2024},
  booktitle = {Advances in Neural Information Processing Systems},
}"""


class Mistake(NamedTuple):
    """One mistake."""

    arguments: tuple[str, ...]
    message: str  #: The whole first line of it, or its beginning with "...".
    code: int = 1
    stdin: str = ""
    before: Callable[[Terminal], None] = lambda _terminal: None


def _withdrawn(terminal: Terminal) -> None:
    notice = "<summary>This paper has been withdrawn by the authors due to an error"
    feed = text("distilbert.atom").replace("<summary>", notice)
    terminal.services.say(f"{ARXIV}?id_list=1910.01108", Reply(feed))


def _closed(terminal: Terminal) -> None:
    for start in (f"{OPENREVIEW}?id=3zKtaqxLhW", OPENREVIEW_1, "openreview.net/forum"):
        terminal.services.say(start, CHALLENGE)


def _bare_page(terminal: Terminal) -> None:
    terminal.services.say("blog.example.org/", page("<title>Our paper is out!</title>"))


def _offline(terminal: Terminal) -> None:
    terminal.monkeypatch.setenv("SURVEY_GATEWAY", "http://127.0.0.1:1")


def _limited(terminal: Terminal) -> None:
    terminal.services.say(f"{ARXIV}?id_list=1910.01108", Reply("Rate exceeded.", status=429))


def _protected(terminal: Terminal) -> None:
    (terminal.root / "refs.bib").chmod(0o444)


def _broken_bib(terminal: Terminal) -> None:
    bib = terminal.root / "refs.bib"
    bib.write_text(terminal.read("refs.bib").replace("title = {Movement", "title {Movement"))


def _broken_conf(terminal: Terminal) -> None:
    (terminal.root / "conf.py").write_text("extensions = [\n")


def _elsewhere(terminal: Terminal) -> None:
    for name in ("pyproject.toml", "conf.py"):
        (terminal.root / name).unlink()


def _gone(terminal: Terminal) -> None:
    terminal.services.say(f"{CROSSREF}10.1000/gone", Reply("Resource not found.", status=404))


IDENTIFIERS = (
    "give an arXiv number, a DOI, an ACL Anthology or OpenReview id, or the paper's address"
)
MISTAKES = {
    "gives the title": Mistake(
        ("movement pruning", "--to", "pruning"),
        f"'movement pruning' seems to be a title; {IDENTIFIERS}",
        2,
    ),
    "loses a digit of the arXiv number": Mistake(
        ("2005.0768", "--to", "pruning"),
        "'2005.0768' is no arXiv number; write it as 2005.07683, 5 digits behind the point",
        2,
    ),
    "mistypes the arXiv number": Mistake(
        ("2005.99999", "--to", "pruning"), "arXiv has no paper 2005.99999; check the number"
    ),
    "copies half a DOI": Mistake(
        ("10.18653", "--to", "pruning"),
        "'10.18653' is no DOI; write it whole, as 10.1162/tacl_a_00577",
        2,
    ),
    "mistypes the DOI": Mistake(
        ("10.1000/gone", "--to", "pruning"),
        "doi.org knows nothing at https://doi.org/10.1000/gone; check the identifier",
        before=_gone,
    ),
    "names the PDF on disk": Mistake(
        ("paper.pdf", "--to", "pruning"),
        "'paper.pdf' is a file; give the BibTeX of a file on standard input: "
        "survey add - --to PAGE < paper.pdf",
        2,
    ),
    "gives the code instead of the paper": Mistake(
        ("https://github.com/huggingface/transformers", "--to", "pruning"),
        "'https://github.com/huggingface/transformers' is a repository, no paper; give the "
        "paper, and the repository with --code",
        2,
    ),
    "gives the BibTeX as an argument": Mistake(
        (GOOD, "--to", "pruning"),
        "that is BibTeX; give it on standard input: survey add - --to PAGE",
        2,
    ),
    "gives an ftp address": Mistake(
        ("ftp://example.org/paper.ps", "--to", "pruning"),
        "'ftp://example.org/paper.ps' is no web address; only http and https are followed",
        2,
    ),
    "copies half an address": Mistake(
        ("https://arxiv", "--to", "pruning"),
        "'https://arxiv' is no whole web address; copy it from the browser again",
        2,
    ),
    "gives a blog post": Mistake(
        ("https://blog.example.org/paper", "--to", "pruning"),
        "https://blog.example.org/paper has no title that a program can read; give a DOI or "
        "arXiv number, or paste BibTeX: survey add - --to PAGE",
        3,
        before=_bare_page,
    ),
    "gives the key of a record": Mistake(
        ("sanh2020movement", "--to", "distillation"),
        "this paper is entered already as 'sanh2020movement' at techniques/pruning.md:8, "
        "section 'Unstructured' (same key); to show it under another technique too, add that "
        "to its :also:",
    ),
    "adds a paper a second time": Mistake(
        ("https://arxiv.org/abs/2005.07683v3", "--to", "distillation"),
        "this paper is entered already as 'sanh2020movement' at techniques/pruning.md:8, "
        "section 'Unstructured' (same identifier); to show it under another technique too, add "
        "that to its :also:",
    ),
    "adds it again under another identifier": Mistake(
        ("-", "--to", "distillation"),
        "this paper is entered already as 'jiao2020tinybert' at techniques/distillation.md:4 "
        "(same title); ...",
        stdin="@misc{a, title={TinyBERT: distilling BERT for natural language understanding}, "
        "author={Jiao, Xiaoqi}, year={2019}}",
    ),
    "misspells the technique": Mistake(
        ("1910.01108", "--to", "distilation"),
        "there is no technique page 'distilation'; did you mean 'distillation'?",
    ),
    "forgets the technique": Mistake(
        ("1910.01108",),
        "no technique page was given with --to; use one of distillation, pruning",
    ),
    "names a section that is not there": Mistake(
        ("1910.01108", "--to", "pruning", "--section", "Unstructurd"),
        "page 'pruning' has no section 'Unstructurd'; did you mean 'Unstructured'?",
    ),
    "invents a tag": Mistake(
        ("1910.01108", "--to", "pruning", "--tags", "structred"),
        "'structred' is not among the vocabulary; did you mean 'structured'?",
    ),
    "cross-lists under a page that is not there": Mistake(
        ("1910.01108", "--to", "pruning", "--also", "quantization"),
        "'quantization' is not among the techniques; leave it out, or define it there first",
    ),
    "gives a code link without https": Mistake(
        ("1910.01108", "--to", "pruning", "--code", "github.com/a/b"),
        "'github.com/a/b' is no link; write a whole http(s) address",
    ),
    "is offline": Mistake(
        ("1910.01108", "--to", "pruning"),
        "no connection to export.arxiv.org (...); try again when it can be reached, or paste "
        "its BibTeX, which needs no connection: survey add - --to PAGE",
        3,
        before=_offline,
    ),
    "asks too often": Mistake(
        ("1910.01108", "--to", "pruning"),
        "export.arxiv.org does not answer programs now (429); open it in a browser, or try "
        "again later",
        3,
        before=_limited,
    ),
    "asks OpenReview, which wants a browser": Mistake(
        ("3zKtaqxLhW", "--to", "distillation"),
        "OpenReview does not answer programs now; give the paper's arXiv number or DOI, or "
        "paste its BibTeX",
        3,
        before=_closed,
    ),
    "adds a withdrawn paper": Mistake(
        ("1910.01108", "--to", "distillation"),
        "arXiv says of 'DistilBERT, a distilled version of BERT: smaller, faster, cheaper and "
        "lighter': This paper has been withdrawn by the authors due to an error...",
        before=_withdrawn,
    ),
    "pastes nothing": Mistake(
        ("-", "--to", "pruning"),
        "no BibTeX record on standard input; paste one, from '@' to the last brace",
    ),
    "pastes a reference list": Mistake(
        ("-", "--to", "pruning"),
        "2 BibTeX records on standard input; paste one, from '@' to the last brace",
        stdin=GOOD + GOOD.replace("{x,", "{y,"),
    ),
    "loses the last brace": Mistake(
        ("-", "--to", "pruning"),
        "standard input:1: not BibTeX in record 'x': ...",
        stdin=GOOD[:-1],
    ),
    "pastes BibTeX without authors": Mistake(
        ("-", "--to", "pruning"),
        "the pasted record has no author; add the field and paste it again",
        stdin=GOOD.replace("author = {Doe, Jane},", ""),
    ),
    "pastes BibTeX with 'and others'": Mistake(
        ("-", "--to", "pruning"),
        "the pasted record leaves people out with 'and others'; write them all, or give the "
        "paper's number, DOI or address instead",
        stdin=GOOD.replace("Doe, Jane", "Doe, Jane and others"),
    ),
    "pastes people with commas between them": Mistake(
        ("-", "--to", "pruning"),
        "standard input:1: record 'x': 'Jane Doe, John Smith, Karl Marx' seems to be several "
        "people; write 'Family, Given' and put ' and ' between people",
        stdin=GOOD.replace("Doe, Jane", "Jane Doe, John Smith, Karl Marx"),
    ),
    "pastes BibTeX without a year": Mistake(
        ("-", "--to", "pruning"),
        "the pasted record has no year; add the field and paste it again",
        stdin=GOOD.replace("year = {2024},", ""),
    ),
    "pastes a conference paper without the conference": Mistake(
        ("-", "--to", "pruning"),
        "nothing was written: refs.bib:2: record 'doe2024new': no booktitle; add the field, "
        "@inproceedings needs it [survey.missing-field]",
        stdin="@inproceedings{x, title={A New Paper}, author={Doe, Jane}, year={2024}, note={x}}",
    ),
    "pastes a file in Latin-1": Mistake(
        ("-", "--to", "pruning"),
        "standard input is not UTF-8; save the BibTeX record as UTF-8",
        stdin="latin-1",
    ),
    "works in another folder": Mistake(
        ("1910.01108", "--to", "pruning"), "... is in no survey: ...", 2, before=_elsewhere
    ),
    "has a write-protected file": Mistake(
        ("1910.01108", "--to", "distillation"),
        "refs.bib is write-protected; allow writing to it first",
        before=_protected,
    ),
    "has broken refs.bib before": Mistake(
        ("1910.01108", "--to", "pruning"),
        "refs.bib:3: not BibTeX in record 'sanh2020movement': ...",
        before=_broken_bib,
    ),
    "has broken conf.py before": Mistake(
        ("1910.01108", "--to", "pruning"), ".../conf.py cannot be read: ...", 2, before=_broken_conf
    ),
}


def matches(message: str, pattern: str) -> bool:
    """Tell whether a message is the pattern, in which "..." stands for anything."""
    place = 0
    for number, part in enumerate(pattern.split("...")):
        found = message.find(part, place)
        if found < 0 or (number == 0 and found > 0 and part):
            return False
        place = found + len(part)
    return pattern.endswith("...") or place == len(message)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_newcomer_who(name: str, terminal: Terminal) -> None:
    mistake = MISTAKES[name]
    mistake.before(terminal)
    files = terminal.files()
    stdin = "@misc{é}".encode("latin-1") if mistake.stdin == "latin-1" else mistake.stdin
    run = terminal.run("add", *mistake.arguments, stdin=stdin)
    said = [line for line in run.err.splitlines() if line.startswith(("survey: ", "Error: "))]
    assert len(said) == 1, run.err
    message = said[0].removeprefix("survey: ").removeprefix("Error: ")
    assert matches(message, mistake.message), message
    assert (run.code, run.out) == (mistake.code, "")
    assert terminal.files() == files


def test_there_are_twenty_mistakes_at_least() -> None:
    assert len(MISTAKES) >= 20
