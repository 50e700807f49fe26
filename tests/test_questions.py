"""Questions: a reader comes with one and leaves with the papers, in a real browser.

Ten questions, each answered in fewer than five actions: with a mouse on a desktop, on a
phone, and with the keyboard alone. What is right comes from entries.json, not from what
the filter loads.

 1. Which structured pruning since 2022 at ACL or EMNLP has its authors' code?
 2. What quantizes decoders to 4 bits without retraining?
 3. Which paper was that, "Tinbert"?
 4. What has Hinrich Schütze written, typed without the umlaut?
 5. What knowledge distillation appeared at ICLR in 2024?
 6. What builds on GPTQ?
 7. Which entries combine pruning with quantization?
 8. Which early exiting papers are from 2021?
 9. Which quantization methods are for phones and other small devices, with code?
10. Which are the newest entries on parameter-efficient fine-tuning of encoders?
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from browsing import NO_EXCERPT
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from browsing import OpenPage
    from conftest import Site
    from playwright.sync_api import Locator, Page

    Entry = dict[str, Any]

pytestmark = pytest.mark.once
#: How a reader works: the width of the screen, and whether with the keyboard alone.
WAYS = {"desktop": (1280, False), "phone": (375, False), "keyboard": (1280, True)}


@dataclass
class Reader:
    """A person at a page, whose actions are counted."""

    page: Page
    keyboard: bool
    actions: int = 0

    def follow(self, link: Locator) -> None:
        """Open a link."""
        self._show(link)
        before = self.page.url
        self._press(link)
        self.page.wait_for_url(lambda url: url != before)

    def go(self, title: str) -> None:
        """Open a page from the sidebar."""
        self.follow(self.page.locator(".sidebar-tree").get_by_role("link", name=title, exact=True))

    def ask(self, question: str) -> None:
        """Type a question into the filter and press Enter."""
        field = self.page.get_by_role("searchbox", name="Filter by words, names, or a question")
        self._type(field, question)

    def search(self, words: str) -> None:
        """Type words into the search field of every page and press Enter."""
        field = self.page.get_by_role("textbox", name="Search")
        self._show(field)
        self._type(field, words)
        self.page.wait_for_url("**/search.html*")

    def _show(self, target: Locator) -> None:
        """Unfold the navigation of a phone when it holds the target."""
        if target.evaluate("element => element.getBoundingClientRect().right <= 0"):
            self._press(self.page.locator(".mobile-header label[for=__navigation]"))

    def _type(self, field: Locator, text: str) -> None:
        self.actions += 2
        if self.keyboard:
            field.focus()
            self.page.keyboard.type(text)
        else:
            field.fill(text)
        self.page.keyboard.press("Enter")

    def _press(self, target: Locator) -> None:
        self.actions += 1
        if self.keyboard:
            target.focus()
            expect(target).to_be_focused()
            self.page.keyboard.press("Enter")
        else:
            target.click()


@dataclass(frozen=True)
class Question:
    """What a reader does, and which entries are the answer."""

    act: Callable[[Reader], None]
    right: Callable[[Entry], bool]
    shown: str = "rows"  #: "rows" of the table, "cards" of a page, "found" on the search page.


def listed(entry: Entry, *techniques: str) -> bool:
    """Tell whether an entry is listed under all of these techniques."""
    return set(techniques) <= {entry["technique"], *entry["also"]}


def ask_all(question: str) -> Callable[[Reader], None]:
    """Return what asks a question on the page of all entries."""

    def act(reader: Reader) -> None:
        reader.go("All entries")
        reader.ask(question)

    return act


def builds_on_gptq(reader: Reader) -> None:
    """Search the method, open its card."""
    reader.search("GPTQ")
    reader.follow(reader.page.locator(".survey-found a").first)


def combine(reader: Reader) -> None:
    """Follow the cell of a pair in the picture."""
    reader.go("The field in pictures")
    table = reader.page.locator("table.survey-matrix").nth(1)
    row = table.get_by_role("row").filter(
        has=reader.page.get_by_role("rowheader", name="2 Pruning")
    )
    reader.follow(row.get_by_role("link").nth(2))  # the row's name, distillation, quantization


def exits_of_2021(reader: Reader) -> None:
    """Follow the cell of a technique's year in the picture."""
    reader.go("The field in pictures")
    table = reader.page.locator("table.survey-matrix").first
    years = table.locator("thead th").all_inner_texts()
    row = table.get_by_role("row").filter(has_text="Early exiting")
    reader.follow(row.locator("td").nth(years.index("2021") - 1).get_by_role("link"))


def small_devices(reader: Reader) -> None:
    """Ask on the page of the technique."""
    reader.go("Quantization")
    reader.ask("edge with code")


QUESTIONS = {
    "structured pruning": Question(
        ask_all("Structured pruning with code since 2022 at ACL or EMNLP?"),
        lambda entry: (
            listed(entry, "pruning")
            and "structured" in entry["tags"]
            and "Code" in entry["links"]
            and entry["year"] >= 2022
            and entry["venue_family"] in {"ACL", "EMNLP"}
        ),
    ),
    "4 bits": Question(
        ask_all("4-bit quantization of decoders, training-free"),
        lambda entry: (
            listed(entry, "quantization")
            and {"4-bit", "decoder", "training-free"} <= {*entry["tags"]}
        ),
    ),
    "a typo": Question(ask_all("Tinbert"), lambda entry: mentions(entry, "tinybert")),
    "an umlaut": Question(ask_all("schutze"), lambda entry: "Hinrich Schütze" in entry["people"]),
    "a venue's year": Question(
        ask_all("knowledge distillation, ICLR 2024"),
        lambda entry: listed(entry, "knowledge-distillation") and entry["venue"] == "ICLR 2024",
    ),
    "builds on": Question(
        builds_on_gptq, lambda entry: "frantar2023optq" in entry["extends"], "relations"
    ),
    "a pair": Question(combine, lambda entry: listed(entry, "pruning", "quantization")),
    "a year": Question(
        exits_of_2021, lambda entry: listed(entry, "early-exiting") and entry["year"] == 2021
    ),
    "one page": Question(
        small_devices,
        lambda entry: (
            entry["technique"] == "quantization"
            and "edge" in entry["tags"]
            and "Code" in entry["links"]
        ),
        "cards",
    ),
    "the newest": Question(
        ask_all("newest parameter-efficient fine-tuning, encoder"),
        lambda entry: (
            listed(entry, "parameter-efficient-fine-tuning") and "encoder" in entry["tags"]
        ),
    ),
}


def mentions(entry: Entry, word: str) -> bool:
    """Tell whether a word starts with this one in what a reader can search."""
    texts = (entry["name"], entry["title"], *entry["people"], entry["note"])
    return any(re.search(rf"\b{word}", text, re.IGNORECASE) for text in texts)


def published(site: Site) -> dict[str, Entry]:
    """Return what a site publishes of each entry."""
    found = json.loads((site.out / "entries.json").read_text(encoding="utf-8"))
    return {entry["key"]: entry for entry in found["entries"]}


@pytest.fixture(scope="module")
def entries(site: Site) -> dict[str, Entry]:
    """Return what the site publishes of each entry."""
    return published(site)


def keys_shown(page: Page, shown: str) -> set[str]:
    """Return the keys that a page shows after an answer."""
    if shown == "cards":
        cards = page.locator(".survey-card[id]:visible")
        return {str(card.get_attribute("id")).removeprefix("survey-") for card in cards.all()}
    if shown == "relations":
        line = page.locator("#survey-frantar2023optq .survey-relation", has_text="Extended by")
        links = line.get_by_role("link")
    else:
        links = page.locator("table.survey-entries tbody tr:visible th a")
    return {str(link.get_attribute("href")).partition("#survey-")[2] for link in links.all()}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_answered_in_fewer_than_five_actions(
    open_page: OpenPage, entries: dict[str, Entry], name: str, way: str
) -> None:
    answer(open_page, entries, name, way)


def answer(open_page: OpenPage, entries: dict[str, Entry], name: str, way: str) -> None:
    """Let a reader answer a question, and compare with what is right."""
    width, keyboard = WAYS[way]
    question = QUESTIONS[name]
    right = {key for key, entry in entries.items() if question.right(entry)}
    reader = Reader(open_page("index", width, expected=NO_EXCERPT), keyboard)
    question.act(reader)
    if question.shown != "relations":
        expect(reader.page.locator(".survey-status")).to_contain_text(f"{len(right)} of ")
    assert keys_shown(reader.page, question.shown) == right
    assert right, "the question has no answer any more; ask another"
    assert reader.actions < 5
