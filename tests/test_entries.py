"""Entries: entries.json holds what its schema says, in words that a reader understands."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from markdown_it import MarkdownIt
from samples import TINYBERT, entry, record

from surveyext.exports.entries import ENTRIES, schema
from surveyext.exports.write import survey_files
from surveyext.library.equations import Check, Equation
from surveyext.library.load import Library
from surveyext.library.model import Person
from surveyext.survey.notes import readable
from surveyext.survey.site import Site
from surveyext.survey.survey import Survey

if TYPE_CHECKING:
    from conftest import Site as BuiltSite
    from conftest import SmallSurvey

VALIDATOR = Draft202012Validator(json.loads(schema()), format_checker=FormatChecker())


def real(site: BuiltSite) -> dict[str, Any]:
    """Return the survey's entries.json."""
    return dict(json.loads((site.out / "entries.json").read_text(encoding="utf-8")))


def test_the_schema_is_one_and_describes_every_field() -> None:
    data = json.loads(schema())
    Draft202012Validator.check_schema(data)
    fields = {**data["properties"], **data["$defs"]["entry"]["properties"]}
    assert [name for name, field in fields.items() if not field.get("description")] == []


def test_the_survey_is_as_the_published_schema_says(site: BuiltSite) -> None:
    data = real(site)
    VALIDATOR.validate(data)
    assert len(data["entries"]) >= 600
    published = (site.out / data["$schema"]).read_text(encoding="utf-8")
    assert json.loads(published) == VALIDATOR.schema


@pytest.mark.parametrize(
    ("name", "value"),
    [("year", "2020"), ("added", "soon"), ("links", {"PDF": 1}), ("people", [""]), ("new", 1)],
)
def test_what_the_schema_does_not_allow_is_refused(
    site: BuiltSite, name: str, value: object
) -> None:
    data = copy.deepcopy(real(site))
    data["entries"][0][name] = value
    with pytest.raises(ValidationError):
        VALIDATOR.validate(data)


def test_a_site_that_knows_its_address_names_it(survey: SmallSurvey) -> None:
    build = survey.build(html_baseurl="https://example.org/s")
    data = json.loads(build.read("entries.json"))
    VALIDATOR.validate(data)
    assert data["$schema"] == "https://example.org/s/entries.schema.json"
    assert data["survey"]["address"] == "https://example.org/s/"
    assert "(https://example.org/s/techniques/pruning.html)" in build.read("llms.txt")


def test_no_note_of_the_survey_holds_a_key_or_a_role(site: BuiltSite) -> None:
    data = real(site)
    keys = {each["key"] for each in data["entries"]}
    raw = [
        each["key"]
        for each in data["entries"]
        if "}`" in each["note"] or any(key in each["note"] for key in keys)
    ]
    assert raw == []


@pytest.mark.parametrize(
    ("note", "text"),
    [
        ("As {cite:t}`jiao2020tinybert` say.", "As Jiao and Liu (2020) say."),
        ("Known {cite:p}`jiao2020tinybert`.", "Known (Jiao and Liu, 2020)."),
        (
            "Known {cite}`jiao2020tinybert, sanh2020movement`.",
            "Known (Jiao and Liu, 2020; Sanh, Wolf and Rush, 2020).",
        ),
        (
            "{cite:t}`sanh2020movement,jiao2020tinybert`",
            "Sanh, Wolf and Rush (2020) and Jiao and Liu (2020)",
        ),
        ("Like {entry}`sanh2020movement`.", "Like Movement pruning."),
        ("Unknown {cite:t}`lee2024`.", "Unknown lee2024."),
        ("A {cite:t}`broken", "A {cite:t}`broken"),
        ("Two\nlines  and $x^2$.", "Two lines and $x^2$."),
    ],
)
def test_a_note_names_what_it_cites(note: str, text: str) -> None:
    people = (Person("Jiao", "Xiaoqi"), Person("Liu", "Qun"))
    tinybert = record("jiao2020tinybert", TINYBERT, people=people)
    records = {each.key: each for each in (record(), tinybert)}
    assert readable(Survey(Library(records), (entry(),), {}, {}, {}), note) == text


def test_a_note_follows_the_records_that_it_cites(survey: SmallSurvey) -> None:
    survey.edit(
        "techniques/distillation.md",
        "Another note.",
        "Like {cite:t}`sanh2020movement`, {cite:p}`sanh2020movement`, {entry}`sanh2020movement` "
        "and {entry}`this <sanh2020movement>` with {eq}`eq-score`:\n\n$$\ny\n$$ (eq-y)",
    )

    def note() -> str:
        entries = json.loads(survey.build().read("entries.json"))["entries"]
        return str(next(each["note"] for each in entries if each["key"] == "jiao2020tinybert"))

    assert note() == (
        "Like Sanh, Wolf and Rush (2020), (Sanh, Wolf and Rush, 2020), Movement pruning and this "
        "with (eq-score): $$ y $$ (eq-y)"
    )
    survey.edit("refs.bib", "Wolf, Thomas", "Wolff, Thomas")
    assert "Sanh, Wolff and Rush (2020)" in note()


def test_an_entry_has_its_record_sources_and_equations(site: BuiltSite) -> None:
    found = {each["key"]: each for each in real(site)["entries"]}
    movement = found["sanh2020movement"]
    records = json.loads((site.out / "refs.json").read_text(encoding="utf-8"))
    assert [each["record"] for each in found.values()] == records
    assert {"title", "author"} <= {
        name for each in movement["sources"] for name in each["confirms"]
    }
    assert movement["unconfirmed"] == []
    assert r"\frac{\partial" in "".join(each["tex"] for each in movement["equations"])
    assert "jiang2023pruning" in movement["cited_by"]


def test_an_equation_says_how_it_is_checked() -> None:
    docname = "techniques/pruning"
    titles = {docname: "Pruning"}
    equations = [Equation(f"eq-{tex}", tex, docname, 1, "sanh2020movement") for tex in "ab"]
    check = Check("eq-a", "a", "It is a.", "brute force", "", "pruning.a", "pruning.py", 1)
    library = Library({"sanh2020movement": record()}, checks={"eq-a": check})
    survey = Survey(library, (entry(),), titles, {}, {}, equations=tuple(equations))
    site = Site(survey, "A survey", "Its authors", "", titles, {}, "{}.html".format)
    data = json.loads(dict(survey_files(site))[ENTRIES].make())
    VALIDATOR.validate(data)
    assert data["entries"][0]["equations"] == [
        {"label": "eq-a", "tex": "a", "check": {"claim": "It is a.", "means": "brute force"}},
        {"label": "eq-b", "tex": "b", "check": None},
    ]


def test_llms_txt_is_a_title_a_quote_and_lists_of_links_that_exist(site: BuiltSite) -> None:
    tokens = MarkdownIt("commonmark").parse((site.out / "llms.txt").read_text(encoding="utf-8"))
    outline = [token.tag for token in tokens if token.level == 0 and token.nesting == 1]
    assert outline == ["h1", "blockquote", "p", *["h2", "ul"] * 3]
    inline = [child for token in tokens for child in token.children or []]
    addresses = [str(child.attrs["href"]) for child in inline if child.type == "link_open"]
    assert len(addresses) > 20
    assert [address for address in addresses if not (site.out / address).is_file()] == []
