"""Render: what a view selects, as standard docutils nodes; the only user of sd-* classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.locale import _

from surveyext.evidence import unconfirmed
from surveyext.export import bibtex
from surveyext.links import entry_links, paper_url, record_links
from surveyext.model import Kind
from surveyext.text import and_list, fold, is_web_link, plain, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from surveyext.evidence import Source
    from surveyext.model import Entry, Record
    from surveyext.rows import Correction, Row, SourceList
    from surveyext.survey import Item, Survey, View

#: People shown before the rest is folded away.
_SHOWN_PEOPLE = 6


@dataclass(frozen=True, slots=True)
class Medium:
    """What the output can do."""

    interactive: bool = False  #: A page in a browser: things fold, and BibTeX can be copied.
    latex: bool = False  #: Labels come from target nodes alone.


def render(
    survey: Survey, view: View, docname: str, note: Sequence[nodes.Node], level: int, medium: Medium
) -> list[nodes.Node]:
    """Return the nodes that replace a placeholder.

    :param note: The parsed note of an entry, its children now.
    :param level: The heading level that a card's title has on its page.
    """
    match view.kind:
        case "entry":
            item = survey.items.get(view.argument)
            return [_card(survey, item, note, level, medium)] if item else [_unknown(view, note)]
        case "cross-listed":
            return _cross_listed(survey, survey.cross_listed(docname))
        case "newest":
            return [_grid(_short_card(survey, item) for item in survey.newest(int(view.argument)))]
        case "references":
            return _references(survey, survey.references(docname), medium)
        case "corrections":
            return [
                node for source in survey.library.lists for node in _corrections(survey, source)
            ]
        case "source-rows":
            return [node for source in survey.library.lists for node in _rows(survey, source)]
        case "open-work":
            return _open_work(survey)
        case "problem-kinds":
            return [_problem_kinds()]
        case "techniques":
            return [_grid(_technique_card(*technique) for technique in survey.techniques)]
    raise ValueError(view.kind)


def _div(*children: nodes.Node, classes: Iterable[str]) -> nodes.container:
    return nodes.container("", *children, is_div=True, classes=list(classes))


def _grid(cards: Iterable[nodes.Node]) -> nodes.container:
    columns = (_div(card, classes=["sd-col", "sd-d-flex-row"]) for card in cards)
    row = ["sd-row", "sd-row-cols-1", "sd-row-cols-sm-2", "sd-row-cols-lg-3", "sd-g-3"]
    return _div(_div(*columns, classes=row), classes=["sd-container-fluid", "survey-grid"])


def _card(
    survey: Survey, item: Item, note: Sequence[nodes.Node], level: int, medium: Medium
) -> nodes.container:
    """Return the card; built, never parsed, so that no text can break out of it."""
    entry, record = item
    card = _div(
        _title(item, level, medium),
        *_byline(survey, record, medium),
        _link_line(item),
        _div(*note, classes=["survey-note"]),
        *_relations(survey, entry),
        *_tags(survey, entry),
        *_verification(survey, record, medium),
        *([_cite(record)] if medium.interactive else []),
        classes=["sd-card", "survey-card"],
    )
    if medium.latex:
        card.insert(0, nodes.target("", "", ids=[entry.anchor]))
    else:
        card["ids"] = [entry.anchor]
    return card


def _unknown(view: View, note: Sequence[nodes.Node]) -> nodes.container:
    """Return a card that shows the fault where it is, so that nothing is lost."""
    text = _("There is no record with the key %s.") % view.argument
    return _div(nodes.paragraph(text=text), *note, classes=["sd-card", "survey-card"])


def _title(item: Item, level: int, medium: Medium) -> nodes.rubric:
    entry, record = item
    title = nodes.rubric("", "", classes=["survey-title"])
    title["heading-level"] = level
    if not _starts_with_name(item):
        title += nodes.inline(text=entry.name, classes=["survey-name"])
        title += nodes.Text(" \u2014 ")
    title += _linked_title(record)
    if medium.interactive:
        mark = nodes.reference("", "#", refid=entry.anchor, classes=["headerlink"])
        mark["reftitle"] = _("Link to this entry")
        title += mark
    return title


def _starts_with_name(item: Item) -> bool:
    """Tell whether the title says the short name already, or there is none."""
    return fold(plain(item.record.field("title"))).startswith(fold(item.entry.name))


def _linked_title(record: Record) -> nodes.Node:
    text = _tex(record.field("title"))
    url = paper_url(record)
    return nodes.reference("", "", *text, refuri=url) if url else nodes.inline("", "", *text)


def _tex(value: str) -> list[nodes.Node]:
    """Return a TeX value as text and math nodes."""
    return [
        nodes.math(text=run.text) if run.kind == "math" else nodes.Text(run.text)
        for run in runs(value)
    ]


def _byline(survey: Survey, record: Record, medium: Medium) -> list[nodes.Node]:
    names = [str(person) for person in record.people]
    venue = survey.library.venue(record)
    badge: nodes.Node = nodes.inline(
        text=venue.short if venue else record.field("year"), classes=["sd-badge", "survey-venue"]
    )
    full = plain(record.field("booktitle") or record.field("journal"))
    if full and medium.interactive:
        badge = nodes.abbreviation("", "", badge, explanation=full)
    hidden = len(names) - _SHOWN_PEOPLE
    if not medium.interactive or hidden < 2:
        people = nodes.paragraph("", ", ".join(names), classes=["survey-people"])
        people += [nodes.Text(" \u00b7 "), badge]
        return [people]
    shown = ", ".join(names[:_SHOWN_PEOPLE]) + _(" and %d more") % hidden
    return [
        _fold(shown, [nodes.paragraph(text=", ".join(names))], "survey-people"),
        nodes.paragraph("", "", badge, classes=["survey-people"]),
    ]


def _fold(summary: str, content: list[nodes.Node], name: str) -> nodes.container:
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
    return nodes.container("", nodes.rubric(text=summary), *content, **component)


def _link_line(item: Item) -> nodes.paragraph:
    line = nodes.paragraph(classes=["survey-links"])
    what = item.entry.name or plain(item.record.field("title"))
    for number, (label, url) in enumerate([*record_links(item.record), *entry_links(item.entry)]):
        if number:
            line += nodes.Text(" \u00b7 ")
        # The title tells forty links called "PDF" apart for who hears them one by one.
        line += nodes.reference("", label, refuri=url, reftitle=f"{label}: {what}")
    return line


def _relations(survey: Survey, entry: Entry) -> list[nodes.Node]:
    def entries(keys: Iterable[str]) -> list[nodes.Node]:
        return [entry_link(survey, key) for key in keys if key in survey.items]

    pages = [survey.technique_docname(name) for name in entry.also]
    rows: tuple[tuple[str, Sequence[nodes.Node]], ...] = (
        (_("Builds on"), entries(entry.extends)),
        (_("Extended by"), entries(survey.extended_by.get(entry.key, ()))),
        (_("Also under"), [page_link(name, survey.titles[name]) for name in pages if name]),
    )
    return [_relation(label, links) for label, links in rows if links]


def _relation(label: str, links: Sequence[nodes.Node]) -> nodes.paragraph:
    line = nodes.paragraph("", f"{label}: ", classes=["survey-relation"])
    for number, link in enumerate(links):
        line += [nodes.Text(", "), link] if number else [link]
    return line


def entry_link(survey: Survey, key: str, text: Sequence[nodes.Node] = ()) -> addnodes.pending_xref:
    """Return a link to a card that the reference resolver completes later."""
    text = text or _tex(survey.label(key))
    inline = nodes.inline("", "", *text)
    options = {"refdomain": "survey", "reftype": "entry", "reftarget": key}
    return addnodes.pending_xref("", inline, refexplicit=True, refwarn=False, **options)


def page_link(docname: str, text: str) -> addnodes.pending_xref:
    """Return a link to a page."""
    options = {"refdomain": "std", "reftype": "doc", "reftarget": f"/{docname}"}
    return addnodes.pending_xref(
        "", nodes.inline(text=text), refexplicit=True, refwarn=True, refdoc=docname, **options
    )


def _tags(survey: Survey, entry: Entry) -> list[nodes.Node]:
    if not entry.tags:
        return []
    line = nodes.paragraph(classes=["survey-tags"])
    for number, name in enumerate(entry.tags):
        if number:
            line += nodes.Text(" ")
        line += nodes.inline(text=name, classes=["sd-badge", "survey-tag"])
    return [line]


def _verification(survey: Survey, record: Record, medium: Medium) -> list[nodes.Node]:
    """Return when and against what the record was checked; nothing where nobody keeps that."""
    if survey.library.evidence is None:
        return []
    known = survey.evidence(record.key)
    if known is None:
        badge = nodes.inline(text=_("Unverified"), classes=["sd-badge", "survey-unverified"])
        return [nodes.paragraph("", "", badge, classes=["survey-relation"])]
    summary = _("Checked %s") % known.checked
    if left := unconfirmed(record, known):
        summary += _("; not confirmed: %s") % ", ".join(left)
    if not medium.interactive:
        return [nodes.paragraph(text=f"{summary}.", classes=["survey-relation"])]
    listing = nodes.bullet_list("", *map(_source, known.sources))
    notes = [nodes.paragraph(text=known.note)] if known.note else []
    return [_fold(summary, [listing, *notes], "survey-evidence")]


def _source(source: Source) -> nodes.list_item:
    line = nodes.paragraph("", ", ".join(source.confirms) + ": ")
    if source.url:
        shown = source.url.removeprefix("https://")
        line += nodes.reference("", shown, refuri=source.url)
    if source.where:
        line += nodes.Text(f" ({source.where})" if source.url else source.where)
    return nodes.list_item("", line)


def _cite(record: Record) -> nodes.container:
    source = bibtex(record)
    block = nodes.literal_block(source, source, language="bibtex", classes=["survey-bibtex"])
    return _fold(_("Cite"), [block], "survey-cite")


def _short_card(survey: Survey, item: Item) -> nodes.container:
    """Return title, people and venue of an entry, leading to its card."""
    entry, record = item
    venue = survey.library.venue(record)
    title = [nodes.Text(entry.name)] if entry.name else _tex(record.field("title"))
    line = nodes.paragraph("", "", classes=["survey-people"])
    line += nodes.Text(f"{_people(record)} \u00b7 {venue.short if venue else record.field('year')}")
    return _div(
        nodes.paragraph("", "", entry_link(survey, entry.key, title), classes=["survey-title"]),
        *([nodes.paragraph("", "", *_tex(record.field("title")))] if entry.name else []),
        line,
        classes=["sd-card", "survey-short"],
    )


def _people(record: Record) -> str:
    """Return the family names as prose cites them: up to three, else "First et al."."""
    families = [person.family for person in record.people]
    return and_list(families) if len(families) <= 3 else f"{families[0]} et al."


def _cross_listed(survey: Survey, items: Sequence[Item]) -> list[nodes.Node]:
    if not items:
        return [nodes.paragraph(text=_("No entry of another page is listed here yet."))]
    return [_grid(_short_card(survey, item) for item in items)]


def _references(survey: Survey, records: Sequence[Record], medium: Medium) -> list[nodes.Node]:
    if not records:
        return [nodes.paragraph(text=_("This page cites nothing yet."))]
    listing = nodes.bullet_list(classes=["survey-references"])
    for record in records:
        venue = survey.library.venue(record)
        line = nodes.paragraph("", f"{_people(record)} ({record.field('year')}). ")
        title = _tex(record.field("title"))
        entered = record.key in survey.items
        line += entry_link(survey, record.key, title) if entered else _linked_title(record)
        line += nodes.Text(f". {venue.short}." if venue else ".")
        listing += nodes.list_item("", line)
    return [listing]


def _technique_card(docname: str, title: str, size: int) -> nodes.container:
    entries = _("1 entry") if size == 1 else _("%d entries") % size
    return _div(
        nodes.paragraph("", "", page_link(docname, title), classes=["survey-title"]),
        nodes.paragraph(text=entries, classes=["survey-people"]),
        classes=["sd-card", "survey-short"],
    )


def _problem_kinds() -> nodes.definition_list:
    """Return every warning that a build can give, with what it means."""
    listing = nodes.definition_list(classes=["survey-kinds"])
    for kind in sorted(Kind):
        term = nodes.term("", "", nodes.literal(text=f"survey.{kind.value}"))
        listing += nodes.definition_list_item(
            "", term, nodes.definition("", nodes.paragraph(text=kind.about))
        )
    return listing


def _corrections(survey: Survey, source: SourceList) -> list[nodes.Node]:
    """Return what one list has wrong, row by row."""
    wrong = [row for row in source.rows if row.corrections]
    count = sum(len(row.corrections) for row in wrong)
    listing = nodes.bullet_list(classes=["survey-rows"])
    for row in wrong:
        faults = nodes.bullet_list("", *map(_correction, row.corrections))
        listing += nodes.list_item("", _row_line(survey, row), faults)
    summary = _("%d corrections in %d of %d rows.") % (count, len(wrong), len(source.rows))
    return [_list_title(source), nodes.paragraph(text=summary), listing]


def _rows(survey: Survey, source: SourceList) -> list[nodes.Node]:
    """Return where each row of one list is now."""
    listing = nodes.bullet_list(classes=["survey-rows"])
    for row in source.rows:
        listing += nodes.list_item("", _row_line(survey, row))
    return [_list_title(source), listing]


def _list_title(source: SourceList) -> nodes.rubric:
    title = nodes.rubric(text=_("List %s: %s") % (source.number, source.name))
    title["heading-level"] = 2
    return title


def _row_line(survey: Survey, row: Row) -> nodes.paragraph:
    line = nodes.paragraph("", _("Row %d: ") % row.number)
    line += [nodes.emphasis(text=row.title), nodes.Text(" \u2192 ")]
    item = survey.items.get(row.key)
    if item is None:
        line += nodes.Text(_("no entry"))
        return line
    line += [entry_link(survey, row.key), nodes.Text(_(" on "))]
    docname = item.entry.docname
    line += page_link(docname, survey.titles.get(docname, docname))
    return line


def _correction(correction: Correction) -> nodes.list_item:
    line = nodes.paragraph("", "", nodes.strong(text=correction.what), nodes.Text(": "))
    if correction.was:
        line += [nodes.Text(_("was ")), *_value(correction.was), nodes.Text("; ")]
    if correction.right:
        line += [nodes.Text(_("is ")), *_value(correction.right), nodes.Text("; ")]
    line += [nodes.Text(f"{correction.why} ("), *_value(correction.source), nodes.Text(")")]
    return nodes.list_item("", line)


def _value(text: str) -> list[nodes.Node]:
    """Return an address as a link, anything else as text."""
    if is_web_link(text):
        return [nodes.reference("", text.removeprefix("https://"), refuri=text)]
    return [nodes.Text(text)]


def _open_work(survey: Survey) -> list[nodes.Node]:
    """Return the records with something left to confirm."""
    total, left = len(survey.library.records), survey.open_work
    done = nodes.paragraph(
        text=_("%d of %d records are confirmed in every field.") % (total - len(left), total)
    )
    listing = nodes.bullet_list(classes=["survey-rows"])
    for record, fields in left:
        line = nodes.paragraph("", "", entry_link(survey, record.key))
        line += nodes.Text(f": {', '.join(fields)}")
        listing += nodes.list_item("", line)
    return [done, listing] if left else [done]
