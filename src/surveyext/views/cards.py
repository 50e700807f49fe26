"""Cards: an entry and its record as elements; the only user of sd-* classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sphinx.util.texescape import escape

from surveyext.exports import metadata
from surveyext.exports.feeds import ALL, feed_path, has_feed
from surveyext.exports.formats import bibtex, reference
from surveyext.exports.write import CITE, FORMATS, SURVEY, WHOLE
from surveyext.i18n import _
from surveyext.i18n import label as worded
from surveyext.library import citation
from surveyext.library.links import correction_url, entry_links, record_links
from surveyext.library.text import directed, plain
from surveyext.views import elements, results, support
from surveyext.views import evidence as verified
from surveyext.views.backlinks import backlinks, listed
from surveyext.views.elements import Element
from surveyext.views.inline import (
    entry_link,
    facet_link,
    linked,
    linked_title,
    page_link,
    people,
    section_link,
    tex,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from surveyext.library.model import Entry, Record
    from surveyext.survey.survey import Item, Line, Survey, Technique, View
    from surveyext.views.elements import Child
    from surveyext.views.medium import Medium

#: Classes of sphinx-design that cards have, all of which survey.css styles.
STYLED = {
    *("sd-badge", "sd-card", "sd-card-body", "sd-card-header", "sd-card-text", "sd-dropdown"),
    *("sd-octicon", "sd-octicon-chevron-right", "sd-sphinx-override", "sd-summary-chevron-right"),
    *("sd-summary-content", "sd-summary-state-marker", "sd-summary-text", "sd-summary-title"),
}
#: Between things on a line; a new line does not begin with it.
_DOT = "\u00a0\u00b7 "
#: People shown before the rest is folded away.
_SHOWN_PEOPLE = 6


def card(survey: Survey, item: Item, note: Sequence[Child], level: int, medium: Medium) -> Element:
    """Return the card; built, never parsed, so that no text can break out of it."""
    entry, record = item
    head: list[Child] = [*_byline(survey, record, medium), _link_line(survey, item, medium)]
    foot: list[Child] = [
        *support.on_card(survey, entry.key),
        *(_relation(label, links) for label, links in backlinks(survey, entry.key)),
        *_tags(survey, entry),
        *_verification(survey, record, medium),
        *([_cite(record, medium), _hidden(item)] if medium.interactive else []),
        *_correction(entry, medium),
    ]
    if medium.latex:  # groups that a page does not split
        head = [_div(*head, classes=["survey-head"])]
        foot = [_div(*foot, classes=["survey-foot"])] if foot else []
    measured = results.on_card(survey, entry.key)
    lead, rest = note[:1], note[1:]  # the lead sentence, then the numbers, then the rest
    body = _div(*lead, *measured, *rest, classes=["survey-note"])
    title = _title(item, level, medium)
    card = _div(title, *head, body, *foot, classes=["sd-card", "survey-card"])
    if medium.latex:
        card.children[:0] = [elements.target(ids=[entry.anchor]), _bookmark(item, level)]
    else:
        card.ids = [entry.anchor]
    return card


def _bookmark(item: Item, level: int) -> Element:
    """Return what lists a card in the outline that readers of PDF show beside the pages."""
    name = escape(item.entry.name or plain(item.record.field("title")), "xelatex")
    command = rf"\pdfbookmark[{level - 1}]{{{name}}}{{{item.entry.anchor}}}\nobreak"
    return elements.raw(command, format="latex")


def unknown_card(view: View, note: Sequence[Child]) -> Element:
    """Return a card that shows the fault where it is, so that nothing is lost."""
    text = _("There is no record with the key %s.") % view.argument
    return _div(elements.paragraph(text), *note, classes=["sd-card", "survey-card"])


def short_cards(survey: Survey, items: Iterable[Item], medium: Medium) -> Element:
    """Return entries as short cards side by side, each leading to its card."""
    if medium.latex:
        lines = (
            elements.list_item(entry_line(survey, survey.line(item.entry.key))) for item in items
        )
        return elements.bullet_list(*lines)
    return _grid(_short_card(survey, survey.line(item.entry.key)) for item in items)


def entry_line(survey: Survey, shown: Line) -> Element:
    """Return name, title, people and venue of an entry in a line, leading to its card."""
    title = tex(shown.title)
    if shown.named_in_title:
        line = elements.paragraph(entry_link(survey, shown.key, title))
    else:
        link = entry_link(survey, shown.key)
        link.attributes["titled"] = True  # the title is about to follow
        line = elements.paragraph(link, ": ", *title)
    line += f". {people(shown.people)}, {shown.where}"
    return line


def technique_cards(techniques: Iterable[Technique]) -> Element:
    """Return the technique pages with their sizes."""
    return _grid(_technique_card(*technique) for technique in techniques)


def _short_card(survey: Survey, shown: Line) -> Element:
    """Return title, people and venue of an entry, leading to its card."""
    title = [shown.name] if shown.name else tex(shown.title)
    line = elements.paragraph(classes=["survey-people"])
    line += f"{people(shown.people)} \u00b7 {shown.where}"
    return _div(
        elements.paragraph(entry_link(survey, shown.key, title), classes=["survey-title"]),
        *([elements.paragraph(*tex(shown.title))] if shown.name else []),
        line,
        classes=["sd-card", "survey-short"],
    )


def _technique_card(docname: str, title: str, size: int) -> Element:
    entries = _("1 entry") if size == 1 else _("%d entries") % size
    return _div(
        elements.paragraph(page_link(docname, title), classes=["survey-title"]),
        elements.paragraph(entries, classes=["survey-people", "survey-size"]),
        classes=["sd-card", "survey-short"],
    )


def _grid(cards: Iterable[Child]) -> Element:
    """Return cards side by side as the page has room."""
    return _div(*cards, classes=["survey-grid"])


def filter_box(survey: Survey, medium: Medium) -> list[Child]:
    """Return where a script puts the filter, and what to do without one; for a site alone."""
    if not medium.interactive:
        return []
    line = elements.paragraph(_("Filtering needs JavaScript. Without it, there are indexes: "))
    pages = [page for facet, page in survey.index_pages.items() if facet != "all-entries"]
    line += listed([section_link(page, "") for page in pages])
    return [_div(line, classes=["survey-filter"])]


def downloads(medium: Medium) -> list[Child]:
    """Return links to the whole-survey files, which only a site has."""
    if not medium.interactive:
        return []
    links = [(worded(label), name, name) for name, label in WHOLE.items()]
    lines: list[Child] = [_file_links(_("All records: "), links, medium)]
    return [*lines, _offline(medium)] if medium.formats else lines


def _offline(medium: Medium) -> Element:
    """Return links to the survey in forms that need no network."""
    line = elements.paragraph(_("To read offline: "), classes=["survey-links"])
    for number, (label, address) in enumerate(medium.formats.items()):
        if number:
            line += _DOT
        line += elements.reference(label, refuri=address)
    return line


def feed_links(survey: Survey, medium: Medium) -> list[Child]:
    """Return links to the feeds, which only a site has."""
    if not medium.interactive:
        return []
    links = [(_("everything"), ALL, _("Feed of everything"))] if has_feed(survey) else []
    links += [
        (title, quote(feed_path(docname)), _("Feed: %s") % title)
        for docname, title, _size in survey.techniques
        if has_feed(survey, docname)
    ]
    return [_file_links(_("Atom feeds: "), links, medium)] if links else []


def basket(medium: Medium) -> list[Child]:
    """Return where the script shows the basket, and what there is without it."""
    if not medium.interactive:
        text = _("The basket is a part of the site: tick papers there and take them along.")
        return [elements.paragraph(text)]
    text = _(
        "The basket needs JavaScript and is kept in this browser. Without it, every card, "
        "section, page and index has links to its records in each form, and these are all:"
    )
    return [_div(elements.paragraph(text), *downloads(medium), classes=["survey-basket"])]


def cite_survey(survey: Survey, medium: Medium) -> list[Child]:
    """Return how to cite the survey in the state that is shown."""
    about = survey.library.citation
    if about is None:
        return [elements.paragraph(_("This survey does not say how to cite it."))]
    record = citation.of_survey(about, survey.as_of, medium.base)
    facts = (
        (_("Version"), about.version),
        (_("State of"), survey.as_of),
        (_("DOI"), about.doi),
        (_("Licence"), about.license),
    )
    line = _DOT.join(_("%s: ") % name + value for name, value in facts if value)
    return [
        elements.paragraph(line, classes=["survey-links"]),
        *_forms(record, SURVEY, medium),
    ]


def offer(summary: str, path: str, medium: Medium, work: str = "") -> list[Child]:
    """Return links to a selection in each form, folded; only a site has them.

    :param summary: What can be cited, the line that unfolds.
    :param path: Of the selection's files.
    :param work: Of the files that cite the page itself, where it can be cited.
    """
    if not medium.interactive:
        return []
    lines: list[Child] = [_form_links(_("Records: "), f"{CITE}/{path}", medium)]
    if work:
        lines.append(_form_links(_("This page: "), f"{CITE}/{work}", medium))
    return [_fold(summary, lines, "survey-cite")]


def _form_links(label: str, path: str, medium: Medium) -> Element:
    """Return links to files of one name, one of each form."""
    address = quote(path)
    links = [(worded(name), f"{address}.{extension}", "") for extension, name in FORMATS.items()]
    return _file_links(label, links, medium)


def _file_links(label: str, links: Iterable[tuple[str, str, str]], medium: Medium) -> Element:
    """Return a line of links, each a text, an address from the site's root, and a title or ""."""
    line = elements.paragraph(label, classes=["survey-links"])
    for number, (text, path, title) in enumerate(links):
        if number:
            line += _DOT
        titled = {"reftitle": title} if title else {}
        line += elements.reference(text, refuri=medium.root + path, **titled)
    return line


def _title(item: Item, level: int, medium: Medium) -> Element:
    entry, record = item
    title = elements.rubric(classes=["survey-title"])
    title.attributes["heading-level"] = level
    if not item.named_in_title:
        title += elements.inline(entry.name, classes=["survey-name"])
        title += " \u2014 "
    title += linked_title(record)
    if medium.interactive:
        mark = elements.reference("#", refid=entry.anchor, classes=["headerlink"])
        mark.attributes["reftitle"] = _("Link to this entry")
        title += mark
    return title


def _byline(survey: Survey, record: Record, medium: Medium) -> list[Child]:
    names = [directed(str(person)) for person in record.people]
    venue = survey.library.venue(record)
    badge: Child = elements.inline(
        venue.short if venue else record.field("year"), classes=["sd-badge", "survey-venue"]
    )
    full = plain(record.field("booktitle") or record.field("journal"))
    if full and medium.interactive:
        badge = elements.abbreviation(badge, explanation=full)
    if venue:
        badge = facet_link(survey, "venue", venue.short, badge)
    hidden = len(names) - _SHOWN_PEOPLE
    if not medium.interactive or hidden < 2:
        people = elements.paragraph(", ".join(names), classes=["survey-people"])
        people += [_DOT, badge]
        return [people]
    shown = ", ".join(names[:_SHOWN_PEOPLE]) + _(" and %d more") % hidden
    return [
        _fold(shown, [elements.paragraph(", ".join(names))], "survey-people"),
        elements.paragraph(badge, classes=["survey-people"]),
    ]


def _link_line(survey: Survey, item: Item, medium: Medium) -> Element:
    line = elements.paragraph(classes=["survey-links"])
    for number, (name, url) in enumerate([*record_links(item.record), *entry_links(item.entry)]):
        if number:
            line += _DOT
        label = worded(name)
        shown = f"{label} <{url}>" if medium.text else label
        line += elements.reference(shown, refuri=url)
        if stars := survey.stars(url):
            line += _(" (%s stars on %s)") % (f"{stars.count:,}", stars.day)
    return line


def _relation(label: str, links: Sequence[Child]) -> Element:
    line = elements.paragraph(_("%s: ") % label, classes=["survey-relation"])
    line += listed(links)
    return line


def _tags(survey: Survey, entry: Entry) -> list[Child]:
    if not entry.tags:
        return []
    line = elements.paragraph(classes=["survey-tags"])
    for number, name in enumerate(entry.tags):
        if number:
            line += " "
        link = facet_link(survey, "tag", name, name)
        badge = link if isinstance(link, Element) else elements.inline(link)
        badge.classes += ["sd-badge", "survey-tag"]
        line += badge
    return [line]


def _verification(survey: Survey, record: Record, medium: Medium) -> list[Child]:
    """Return when and against what the record was checked; nothing where nobody keeps that."""
    if survey.library.evidence is None:
        return []
    known = survey.evidence(record.key)
    if known is None:
        badge = elements.inline(_("Unverified"), classes=["sd-badge", "survey-unverified"])
        return [elements.paragraph(badge, classes=["survey-relation"])]
    line = verified.line(survey, record, known, linked=medium.interactive)
    if medium.interactive and not survey.evidence_page:
        return [_fold(line.astext(), verified.details(known), "survey-evidence")]
    return [line]


def _correction(entry: Entry, medium: Medium) -> list[Child]:
    """Return the link to a form that knows the entry, where a reader can open one."""
    url = correction_url(medium.repository, entry) if medium.interactive else ""
    if not url:
        return []
    link = elements.reference(_("Correct this entry"), refuri=url)
    return [elements.paragraph(link, classes=["survey-relation", "survey-correct"])]


def _cite(record: Record, medium: Medium) -> Element:
    """Return the record in each form: to read, to copy, and as files to download."""
    return _fold(_("Cite"), _forms(record, f"{CITE}/{record.key}", medium), "survey-cite")


def _forms(record: Record, path: str, medium: Medium) -> list[Child]:
    source = bibtex(record)
    block = elements.literal_block(source, language="none", classes=["survey-bibtex"])
    shown: list[Child] = [elements.paragraph(*linked(reference(record))), block]
    return [*shown, _form_links(_("Download: "), path, medium)] if medium.interactive else shown


def _hidden(item: Item) -> Element:
    """Return the record for programs that look for it in pages.

    Beside what readers see of it, so that a page of sixty weighs little more.
    """
    work = metadata.work(item.record, f"#{item.entry.anchor}")
    text = metadata.coins_span(item.record) + metadata.script(work)
    return elements.raw(text, format="html")


def _fold(summary: str, content: list[Child], name: str) -> Element:
    """Return sphinx-design's dropdown, a <details> that works without a script."""
    component: dict[str, Any] = {
        "design_component": "dropdown",
        "is_div": True,
        "opened": False,
        "type": "dropdown",
        "has_title": True,
        "icon": None,
        "chevron": None,
        "container_classes": ["survey-fold", name],
        "title_classes": [],
        "body_classes": [],
    }
    return elements.container(elements.rubric(summary), *content, **component)


def source_fold(summary: str, source: str, language: str) -> Element:
    """Return a program's text, folded away."""
    return _fold(summary, [elements.literal_block(source, language=language)], "survey-source")


def _div(*children: Child, classes: Iterable[str]) -> Element:
    return elements.container(*children, classes=list(classes))
