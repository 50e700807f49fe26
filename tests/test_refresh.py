"""survey refresh: what is new becomes a diff; nothing is written unasked, nothing asked twice."""

from __future__ import annotations

import datetime
import json
import signal
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from conftest import MOVEMENT, TINYBERT
from services import ARXIV, GITHUB, Reply, Services, data, page, text

from surveyext.editing.updates import compare
from surveyext.library import bib, evidence
from surveyext.library import stars as repositories
from surveyext.library.evidence import Evidence, Source
from surveyext.library.stars import Stars
from surveyext.sources import normalise
from surveyext.sources.finding import Finding

if TYPE_CHECKING:
    from conftest import SmallSurvey
    from terminal import Terminal

    from surveyext.library.model import Record

pytestmark = pytest.mark.once

REPOSITORY = "https://github.com/huggingface/block_movement_pruning"
PREPRINT = """
@misc{agarwal2023onpolicy,
  title = {On-policy Distillation of Language Models: Learning from Self-Generated Mistakes},
  author = {Agarwal, Rishabh and Vieillard, Nino and Zhou, Yongchao and Stanczyk, Piotr and
            Ramos, Sabela and Geist, Matthieu and Bachem, Olivier},
  year = {2023},
  eprint = {2306.13649},
  archiveprefix = {arXiv},
  url = {https://arxiv.org/abs/2306.13649},
}
"""
GKD = """
:::{entry} agarwal2023onpolicy
:added: 2026-11-21

A note.
:::
"""
KNOWN = """
[agarwal2023onpolicy]
checked = 2026-10-01
titles = { "arXiv:2306.13649" = "On-policy Distillation of Language Models: Learning from Self-Generated Mistakes" }
sources = [
  { url = "https://arxiv.org/abs/2306.13649", confirms = ["title", "author", "year", "eprint", "url"] },
  { url = "https://github.com/a/b", confirms = ["note", "year"], where = "README" },
]
unverified = []
note = "Read in full."
"""  # noqa: E501  # as the file has it


@pytest.fixture
def living(terminal: Terminal, survey: SmallSurvey) -> Terminal:
    """Return a survey with a published paper, a preprint, and services that know them."""
    survey.write("refs.bib", f"{PREPRINT}{MOVEMENT}{TINYBERT}")
    survey.write("evidence.toml", KNOWN + terminal.read("evidence.toml"))
    survey.edit("techniques/distillation.md", "```{cross-listed}", f"{GKD}\n```{{cross-listed}}")
    knows_all(terminal.services)
    return terminal


def knows_all(services: Services) -> None:
    """Let arXiv know both numbers, and every link lead somewhere."""
    entry = text("onpolicy.atom").partition("  <entry>")[2].partition("</feed>")[0]
    movement = (
        "<entry><id>http://arxiv.org/abs/2005.07683v2</id>"
        "<title>Movement Pruning: Adaptive Sparsity by Fine-Tuning</title>"
        "<published>2020-05-15T00:00:00Z</published>"
        "<author><name>Victor Sanh</name></author><author><name>Thomas Wolf</name></author>"
        "<author><name>Alexander M. Rush</name></author></entry>"
    )
    feed = text("nothing.atom").replace("</feed>", f"<entry>{entry}{movement}</feed>")
    services.say(f"{ARXIV}?id_list=2306.13649,2005.07683", Reply(feed))
    services.say(f"{ARXIV}?id_list=2306.13649&", Reply(feed))
    services.say(f"{GITHUB}huggingface/block_movement_pruning", repository(REPOSITORY, 40))


def repository(url: str, stars: int) -> Reply:
    """Return what GitHub says of a repository."""
    name = url.removeprefix("https://github.com/")
    body = {"id": 1, "full_name": name, "html_url": url, "stargazers_count": stars}
    return data({**body, "archived": False})


def test_a_preprint_that_was_published_becomes_the_published_record(living: Terminal) -> None:
    before = living.files()
    run = living.run("refresh", "--only", "agarwal2023onpolicy")
    assert run.code == 1
    assert living.files() == before
    lines = run.out.splitlines()
    assert "-@misc{agarwal2023onpolicy," in lines
    assert "+@inproceedings{agarwal2023onpolicy," in lines  # addresses are made of keys
    expected = "International Conference on Learning Representations"
    assert f"+  booktitle     = {{{expected}}}," in lines
    assert f"agarwal2023onpolicy: published: {expected} 2024" in run.out
    assert living.run("refresh", "--only", "agarwal2023onpolicy", "--apply").code == 0
    records, problems = bib.parse(living.read("refs.bib"), "refs.bib")
    assert (records["agarwal2023onpolicy"].field("year"), problems) == ("2024", [])
    known = tomllib.loads(living.read("evidence.toml"))["agarwal2023onpolicy"]
    assert {"url": "https://github.com/a/b", "confirms": ["note"], "where": "README"} in (
        known["sources"]
    )
    assert known["note"].endswith("Read in full.")
    again = living.run("refresh", "--only", "agarwal2023onpolicy")
    assert (again.code, again.out) == (0, "")
    assert again.err.endswith("nothing is new\n")


def test_stars_are_kept_with_their_day_and_shown_on_the_card(
    living: Terminal, survey: SmallSurvey
) -> None:
    living.run("refresh", "--only", "sanh2020movement", "--apply")
    expected = {REPOSITORY: {"stars": 40, "counted": datetime.date(2026, 11, 21)}}
    assert tomllib.loads(living.read("repositories.toml")) == expected
    assert "Code</a> (40 stars on 2026-11-21)" in survey.build().read("techniques/pruning.html")
    same = living.run("refresh", "--only", "sanh2020movement")
    assert (same.code, same.out) == (0, "")
    living.services.say(f"{GITHUB}huggingface/block_movement_pruning", repository(REPOSITORY, 41))
    more = living.run("refresh", "--only", "sanh2020movement", "--apply")
    assert "+stars = 41" in more.out
    page_text = survey.build().read("techniques/pruning.html")
    assert "(41 stars on 2026-11-21)" in page_text


def test_a_repository_that_moved_is_followed(living: Terminal) -> None:
    new = "https://github.com/huggingface/moved"
    living.services.say(
        f"{GITHUB}huggingface/block_movement_pruning",
        Reply(status=301, headers={"Location": "https://api.github.com/repositories/1"}),
    )
    living.services.say("api.github.com/repositories/1", repository(new, 40))
    run = living.run("refresh", "--apply")
    assert f"sanh2020movement: code moved to {new}" in run.out
    assert f":code: {new}\n" in living.read("techniques/pruning.md")
    assert REPOSITORY not in living.read("techniques/pruning.md")


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_server_that_does_not_want_to_tell_changes_nothing(living: Terminal, status: int) -> None:
    living.services.say(f"{GITHUB}huggingface/block_movement_pruning", Reply(status=status))
    living.services.say("proceedings.neurips.cc/", Reply(status=status))
    run = living.run("refresh", "--only", "sanh2020movement")
    assert (run.code, run.out) == (0, "")
    assert run.err.count("not known: ") == 2


@pytest.mark.parametrize("status", [404, 410])
def test_a_dead_link_is_named_with_its_place(living: Terminal, status: int) -> None:
    living.services.say(f"{GITHUB}huggingface/block_movement_pruning", Reply(status=status))
    living.services.say("proceedings.neurips.cc/", Reply(status=status))
    run = living.run("refresh", "--only", "sanh2020movement")
    assert run.code == 1
    assert f"techniques/pruning.md:8: dead link {REPOSITORY}; find where it is now" in run.out
    assert "refs.bib:12: dead link https://proceedings.neurips.cc/" in run.out


def test_a_folder_that_left_its_repository_is_a_dead_link(
    living: Terminal, survey: SmallSurvey
) -> None:
    folder = f"{REPOSITORY}/tree/main/pruning"
    survey.edit("techniques/pruning.md", f":code: {REPOSITORY}", f":code: {folder}")
    assert f"techniques/pruning.md:8: dead link {folder};" in living.run("refresh").out
    living.services.say(folder.removeprefix("https://"), page("<h1>here</h1>"))
    assert "dead link" not in living.run("refresh").out


def test_git_applies_what_was_proposed(living: Terminal) -> None:
    run = living.run("refresh", "--only", "agarwal2023onpolicy")
    patch = living.root / "changes.diff"
    patch.write_text(run.out, encoding="utf-8")
    subprocess.run(["git", "apply", "changes.diff"], cwd=living.root, check=True)
    assert "@inproceedings{agarwal2023onpolicy," in living.read("refs.bib")


def test_the_document_for_programs_has_the_same(living: Terminal) -> None:
    run = living.run("refresh", "--json")
    document = json.loads(run.out)
    assert document["version"] == 1
    assert {"key": "agarwal2023onpolicy"}.items() <= document["changes"][0].items()
    assert "+@inproceedings{agarwal2023onpolicy," in document["diff"].splitlines()
    assert document["troubles"] == []


def test_only_what_is_asked_for_is_asked(living: Terminal, survey: SmallSurvey) -> None:
    survey.edit("techniques/pruning.md", "2026-11-21", "2026-10-01")
    living.run("refresh", "--since", "2026-11-01", "--only", "sanh2020movement")
    assert living.services.asked == []
    assert "no record has the key 'sanh2020'; did you mean" in (
        living.run("refresh", "--only", "sanh2020").err
    )
    wrong = living.run("refresh", "--since", "yesterday")
    assert (wrong.code, wrong.err) == (2, "survey: 'yesterday' is no date; write YYYY-MM-DD\n")


@pytest.mark.parametrize("hard", [True, False], ids=["killed", "interrupted"])
def test_a_refresh_that_was_stopped_goes_on_where_it_was(living: Terminal, hard: bool) -> None:
    before = living.files()
    living.services.say("proceedings.neurips.cc/", page("slow", wait=30))
    process = living.start("refresh")
    while not any("block_movement" in target for target in living.services.targets()):
        assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.send_signal(signal.SIGKILL if hard else signal.SIGINT)
    _, err = process.communicate()
    if not hard:
        assert process.returncode == 130
        assert err.splitlines()[-1] == "stopped; the next refresh goes on from here"
    assert living.files() == before
    living.services.say("proceedings.neurips.cc/", page("fast"))
    living.services.asked.clear()
    run = living.run("refresh")
    assert "answers are here already" in run.err
    assert "+@inproceedings{agarwal2023onpolicy," in run.out.splitlines()
    assert len(living.services.asked) < 8


def test_nobody_there_is_one_message(living: Terminal) -> None:
    living.monkeypatch.setenv("SURVEY_GATEWAY", "http://127.0.0.1:1")
    run = living.run("refresh")
    assert run.code == 3
    message = "no service can be reached; check the connection and run it again"
    assert run.err == f"survey: {message}\n"
    living.monkeypatch.delenv("SURVEY_GATEWAY")
    assert "answers are here already" not in living.run("refresh").err


def test_a_withdrawn_paper_is_named(living: Terminal) -> None:
    feed = text("onpolicy.atom").replace("(abstract)", "This paper has been withdrawn.")
    living.services.say(f"{ARXIV}?id_list=2306.13649&", Reply(feed))
    run = living.run("refresh", "--only", "agarwal2023onpolicy")
    assert "withdrawn: This paper has been withdrawn." in run.out


def record_and_finding(**changed: str) -> tuple[Record, Finding]:
    """Return the preprint's record, and what arXiv says of it with changes."""
    record = bib.parse(PREPRINT, "refs.bib")[0]["agarwal2023onpolicy"]
    fields = {
        "title": "On-policy Distillation of Language Models: Learning from Self-Generated Mistakes",
        "year": "2023",
        "eprint": "2306.13649",
        "url": "https://arxiv.org/abs/2306.13649",
        **changed,
    }
    url = "https://arxiv.org/abs/2306.13649"
    return record, Finding("arXiv", url, "misc", record.people, fields, published=False)


TITLE = "On-policy Distillation of Language Models: Learning from Self-Generated Mistakes"
EVIDENCE = Evidence(
    "agarwal2023onpolicy",
    "2026-10-01",
    (("arXiv:2306.13649", TITLE),),
    (Source("https://arxiv.org/abs/2306.13649", ("title",), ""),),
)


def test_a_retitled_preprint_gets_its_new_title_and_remembers_the_old() -> None:
    record, found = record_and_finding(title="GKD: Generalized Distillation")
    update = compare(record, EVIDENCE, [found], "2026-11-21")
    assert update.reasons == ("arXiv has a new title: GKD: Generalized Distillation",)
    assert update.record.field("title") == "{GKD}: Generalized Distillation"
    assert update.evidence is not None
    assert update.evidence.titles == (("arXiv:2306.13649", "GKD: Generalized Distillation"),)
    checked = evidence.check(
        {record.key: update.record}, {record.key: update.evidence}, "evidence.toml"
    )
    assert list(checked) == []


def test_case_braces_and_initials_are_no_change() -> None:
    record, found = record_and_finding(title=TITLE.upper())
    people = normalise.people([str(one).replace("Rishabh", "R.") for one in found.people])
    same = Finding(found.source, found.url, found.type, people, found.fields, published=False)
    update = compare(record, EVIDENCE, [same], "2026-11-21")
    assert (update.record, update.evidence, update.reasons) == (record, EVIDENCE, ())


def test_a_new_author_is_a_change() -> None:
    record, found = record_and_finding()
    people = (*found.people, normalise.person("New Author"))
    more = Finding(found.source, found.url, found.type, people, found.fields, published=False)
    update = compare(record, EVIDENCE, [more], "2026-11-21")
    assert update.record.field("author").endswith("Bachem, Olivier and Author, New")
    assert update.reasons[0].startswith("arXiv has other people: Rishabh Agarwal, ")


def test_a_pasted_record_gets_its_evidence() -> None:
    record, found = record_and_finding()
    update = compare(record, None, [found], "2026-11-21")
    assert update.reasons == ("compared with its sources for the first time",)
    assert update.evidence is not None
    assert update.evidence.titles == (("arXiv:2306.13649", TITLE),)


def test_silence_changes_nothing() -> None:
    record, _ = record_and_finding()
    assert compare(record, EVIDENCE, [], "2026-11-21").reasons == ()


def test_evidence_is_written_as_it_is_read() -> None:
    known = Evidence(
        "k",
        "2026-11-21",
        (('a "b" \\c', "T\u00fc \x7f"),),
        (Source("", ("note",), 'Table "2"'), Source("https://a.org", (), "")),
        ("Other",),
        ("pages",),
        "A note.",
    )
    data_ = tomllib.loads(f"[k]\n{evidence.table(known)}")
    assert evidence.parse(data_, "evidence.toml") == ({"k": known}, [])


def test_stars_are_written_as_they_are_read_and_faults_are_problems() -> None:
    stars = {
        "https://github.com/b/b": Stars(7, "2026-11-21"),
        "https://github.com/a/a": Stars(0, "2025-01-31"),
    }
    written = repositories.write(stars)
    assert repositories.parse(tomllib.loads(written), "r.toml") == (stars, [])
    _, problems = repositories.parse({"x": {"stars": -1}, "y": 3, "z": {"stars": True}}, "r.toml")
    assert len(problems) == 3
