"""survey add: three files change together or not at all, and nothing is left to guess."""

from __future__ import annotations

import random
import signal
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from services import ARXIV, DBLP, Reply, page, text

from surveyext.library import bib

if TYPE_CHECKING:
    from conftest import SmallSurvey
    from terminal import Terminal

pytestmark = pytest.mark.once

CHANGED = {"refs.bib", "evidence.toml", "techniques/distillation.md"}
PASTED = """@InProceedings{whatever,
  title     = "A {New} Paper on {BERT} \\& more",
  author    = "Doe, Jane and M{\\"u}ller, Karl",
  booktitle = "Advances in Neural Information Processing Systems 36",
  year      = 2023, month = dec, abstract = "100% new",
  url       = "javascript:alert(1)",
}
"""


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Return the names of files that differ."""
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_one_command_writes_record_evidence_and_entry_in_their_places(
    terminal: Terminal,
) -> None:
    before = terminal.files()
    run = terminal.run(
        *("add", "2306.13649", "--to", "distillation", "--name", "GKD"),
        *("--tags", "structured", "--code", "https://github.com/a/b"),
    )
    assert run.code == 0, run.err
    assert changed(before, terminal.files()) == CHANGED
    page_text = terminal.read("techniques/distillation.md")
    entry = (
        ":::{entry} agarwal2024onpolicy\n"
        ":name: GKD\n"
        ":code: https://github.com/a/b\n"
        ":tags: structured\n"
        ":added: 2026-11-21\n"
        ":::\n"
    )
    assert page_text.index("jiao2020tinybert") < page_text.index(entry)
    assert page_text.index(entry) < page_text.index("```{cross-listed}")
    records, problems = bib.parse(terminal.read("refs.bib"), "refs.bib")
    assert (next(iter(records)), problems) == ("agarwal2024onpolicy", [])
    known = tomllib.loads(terminal.read("evidence.toml"))
    assert list(known) == ["agarwal2024onpolicy", "sanh2020movement"]
    assert known["agarwal2024onpolicy"]["note"].startswith("arXiv has 'Sabela Ramos'")
    for old, new in zip(before.values(), terminal.files().values(), strict=True):
        kept = set(old.decode().splitlines()) - set(new.decode().splitlines())
        assert kept == set()  # nothing that was there is gone


def test_what_is_left_to_write_is_said_and_only_that_is_wrong_afterwards(
    terminal: Terminal,
) -> None:
    terminal.run("format")
    run = terminal.run("add", "2306.13649", "--to", "distillation")
    assert run.out.splitlines()[0] == "added agarwal2024onpolicy to techniques/distillation.md:13"
    assert "the note, two to five sentences of your own" in run.out
    assert ":tags:" in run.out
    check = terminal.run("check")
    assert check.out.splitlines() == [
        "techniques/distillation.md:13: entry 'agarwal2024onpolicy': no note; say in two to five "
        "sentences what the paper does [survey.empty-note]"
    ]


def test_with_its_paragraph_the_survey_builds_without_a_warning(
    terminal: Terminal, survey: SmallSurvey
) -> None:
    terminal.run("add", "2306.13649", "--to", "distillation")
    survey.edit(
        "techniques/distillation.md",
        ":added: 2026-11-21\n:::",
        ":added: 2026-11-21\n\nA note.\n:::",
    )
    built = survey.build()
    assert built.warnings == []
    assert "Learning from Self-Generated Mistakes" in built.read("techniques/distillation.html")


def test_adding_it_again_changes_nothing(terminal: Terminal) -> None:
    terminal.run("add", "2306.13649", "--to", "distillation")
    before = terminal.files()
    for name in ("3zKtaqxLhW", "arXiv:2306.13649v1"):
        assert terminal.run("add", name, "--to", "pruning").code == 1
    assert terminal.files() == before


def test_a_record_without_entry_is_completed_and_entered(
    terminal: Terminal, survey: SmallSurvey
) -> None:
    record = """
@misc{gkd,
  title = {On-policy Distillation of Language Models: Learning from Self-Generated Mistakes},
  author = {Agarwal, Rishabh},
  year = {2023},
  eprint = {2306.13649},
}
"""
    survey.write("refs.bib", terminal.read("refs.bib") + record)
    run = terminal.run("add", "2306.13649", "--to", "distillation")
    assert "the record 'gkd' was there and was completed" in run.out
    records, _ = bib.parse(terminal.read("refs.bib"), "refs.bib")
    assert len(records) == 3
    expected = "International Conference on Learning Representations"
    assert records["gkd"].field("booktitle") == expected
    assert ":::{entry} gkd\n" in terminal.read("techniques/distillation.md")


def test_pasted_bibtex_needs_no_connection_and_claims_no_evidence(terminal: Terminal) -> None:
    run = terminal.run(
        "add", "-", "--to", "pruning", stdin=PASTED.replace("whatever,", "").replace("url ", "ur_")
    )
    assert run.code == 0, run.err
    assert terminal.services.asked == []
    records, problems = bib.parse(terminal.read("refs.bib"), "refs.bib")
    assert problems == []
    record = records["doe2023new"]
    assert record.field("title") == "A New Paper on {BERT} \\& more"
    assert record.field("author") == "Doe, Jane and Müller, Karl"
    assert [name for name, _ in record.fields] == ["title", "author", "booktitle", "volume", "year"]
    assert record.field("booktitle") == "Advances in Neural Information Processing Systems"
    assert "doe2023new" not in terminal.read("evidence.toml")
    assert "survey refresh --only doe2023new" in run.out


def test_a_link_that_runs_is_refused_with_everything_else(terminal: Terminal) -> None:
    before = terminal.files()
    run = terminal.run("add", "-", "--to", "pruning", stdin=PASTED)
    assert "url 'javascript:alert(1)' is no link" in run.err
    assert (run.code, terminal.files()) == (1, before)


def test_a_hostile_title_stays_text(terminal: Terminal, survey: SmallSurvey) -> None:
    feed = text("distilbert.atom").replace(
        "DistilBERT,",
        "&lt;script&gt;alert(1)&lt;/script&gt;```{raw} html } \\end{x} % $ DistilBERT",
    )
    terminal.services.say(f"{ARXIV}?id_list=1910.01108", Reply(feed))
    run = terminal.run("add", "1910.01108", "--to", "distillation")
    assert run.code == 0, run.err
    survey.edit("techniques/distillation.md", "2026-11-21\n:::", "2026-11-21\n\nA note.\n:::")
    built = survey.build()
    assert built.warnings == []
    assert "<script>alert" not in built.read("techniques/distillation.html")


def test_a_venue_that_is_new_is_left_to_the_person_and_said(terminal: Terminal) -> None:
    pasted = PASTED.replace("Advances in Neural Information Processing Systems 36", "New Venue")
    run = terminal.run("add", "-", "--to", "pruning", stdin=pasted.replace("url ", "ur_"))
    assert run.code == 0, run.err
    assert "a line in the venue table for 'New Venue', which is new to it" in run.out


def test_the_line_ends_of_a_file_stay(terminal: Terminal) -> None:
    path = terminal.root / "techniques/distillation.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    terminal.run("add", "2306.13649", "--to", "distillation")
    after = path.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf")
    assert b"agarwal2024onpolicy\r\n" in after
    assert after.count(b"\n") == after.count(b"\r\n")


def test_a_file_that_changes_while_the_sources_are_asked_is_not_overwritten(
    terminal: Terminal,
) -> None:
    def edit(_target: str) -> None:
        (terminal.root / "refs.bib").write_text("% edited meanwhile\n")

    terminal.services.on_request = edit
    run = terminal.run("add", "1910.01108", "--to", "distillation")
    assert "refs.bib has changed meanwhile; run the command again" in run.err
    assert terminal.read("refs.bib") == "% edited meanwhile\n"


def test_a_source_that_does_not_answer_is_named_beside_the_result(terminal: Terminal) -> None:
    terminal.services.say(DBLP, page("<h1>too many requests</h1>"))
    run = terminal.run("add", "1910.01108", "--to", "distillation")
    assert run.code == 0
    assert "dblp answered with no JSON; try again later" in run.err


def test_a_process_ends_with_the_documented_code(terminal: Terminal) -> None:
    for arguments, code in (
        (("add", "2005.07683", "--to", "distillation"), 1),
        (("add", "not an id", "--to", "pruning"), 2),
    ):
        process = terminal.start(*arguments)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert len(err.splitlines()) == 1


def test_stopped_by_the_keyboard_it_says_so_and_nothing_changed(terminal: Terminal) -> None:
    before = terminal.files()
    terminal.services.say(f"{ARXIV}?id_list=1910.01108", page("slow", wait=30))
    process = terminal.start("add", "1910.01108", "--to", "distillation")
    while not terminal.services.asked:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "survey: stopped; every file is whole\n"
    assert terminal.files() == before


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_the_files_are_whole(terminal: Terminal, seed: int) -> None:
    before = terminal.files()
    assert terminal.run("add", "2306.13649", "--to", "distillation").code == 0
    after = terminal.files()
    for name, data in before.items():
        (terminal.root / name).write_bytes(data)
    # The last request comes shortly before the files are written.
    moment = random.Random(seed).uniform(0.0, 0.6)
    process = terminal.start("add", "2306.13649", "--to", "distillation")
    while not any("3zKtaqxLhW" in target for target in terminal.services.targets()[5:]):
        assert process.poll() is None
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    # Whatever comes next completes what was decided, or finds that nothing was.
    terminal.run("check")
    found = {name: data for name, data in terminal.files().items() if name in before}
    assert found in (before, {name: after[name] for name in before})
    assert terminal.run("add", "2306.13649", "--to", "distillation").code in {0, 1}
    assert {name: terminal.files()[name] for name in before} == {n: after[n] for n in before}
