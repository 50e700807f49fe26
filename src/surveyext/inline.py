"""Inline: pieces of text and links that every rendering shares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from docutils import nodes
from sphinx import addnodes

from surveyext.links import paper_url
from surveyext.text import directed, is_web_link, runs
from surveyext.words import _, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from surveyext.model import Record
    from surveyext.survey import Item, Survey


_GLUED = "survey-glued"
_ADDRESS = re.compile(r"(https?://\S+[^\s.,;])")
#: What touches a formula: to the next blank or dash, and from the last blank an opening mark.
_AFTER = re.compile(r"^[^\s\u2013\u2014]+")
_BEFORE = re.compile(r"[(\[\u2018\u201c]+$")
_SCHEME = re.compile(r"([^/?#:]*):")
_SKIPPED = re.compile(r"[\x00-\x20]")  # by browsers, https://url.spec.whatwg.org/#url-parsing


def unlink(node: nodes.Node) -> None:
    """Leave only the text of links and pictures with another scheme than a survey needs.

    Markdown refuses ``javascript:``, but its directives and BibTeX fields do not.
    """
    for link in list(node.findall(nodes.reference)):
        if _is_foreign(link.get("refuri", "")):
            link.replace_self(nodes.inline("", "", *link.children))
    for file in list(node.findall(addnodes.download_reference)):
        if _is_foreign(file.get("refuri", file.get("reftarget", ""))):
            file.replace_self(nodes.inline("", "", *file.children))
    for image in list(node.findall(nodes.image)):
        if _is_foreign(image["uri"]):
            image.replace_self(nodes.inline(text=image.get("alt", "")))
    for contents in node.findall(addnodes.toctree):
        entries = contents["entries"]
        contents["entries"] = [each for each in entries if not _is_foreign(each[1])]


def _is_foreign(address: str) -> bool:
    scheme = _SCHEME.match(_SKIPPED.sub("", address))
    return bool(scheme and scheme[1].lower() not in {"http", "https", "mailto"})


def typed(node: nodes.Node) -> str:
    """Return text that keeps citations, links to entries and math as MyST writes them.

    What they are called depends on other pages and on records, which may change while
    this page does not.
    """
    if isinstance(node, addnodes.pending_xref):
        kind, target = node.get("reftype"), node["reftarget"]
        if node.get("refdomain") == "cite":
            return f"{{cite:{kind}}}`{target}`"
        if kind == "entry" and not node["refexplicit"]:
            return f"{{entry}}`{target}`"
        return f"({target})" if kind == "eq" else node.astext()
    if isinstance(node, nodes.math_block):
        label = f" ({node['label']})" if node.get("label") else ""
        return f"$$ {node.astext()} $${label}"
    if isinstance(node, nodes.math):
        return f"${node.astext()}$"
    if isinstance(node, nodes.Element):
        return node.child_text_separator.join(map(typed, node.children))
    return node.astext()


def glue(children: Sequence[nodes.Node]) -> list[nodes.Node]:
    """Return nodes with each formula and what touches it in an inline that does not break."""
    found = list(children)
    for place, formula in enumerate(children):
        if not isinstance(formula, nodes.math):
            continue
        glued: list[nodes.Node] = [formula]
        after = found[place + 1] if place + 1 < len(found) else None
        if isinstance(after, nodes.Text) and (match := _AFTER.search(after)):
            found[place + 1] = nodes.Text(after[match.end() :])
            glued.append(nodes.Text(match[0]))
        before = found[place - 1] if place else None
        if isinstance(before, nodes.Text) and (match := _BEFORE.search(before)):
            found[place - 1] = nodes.Text(before[: match.start()])
            glued.insert(0, nodes.Text(match[0]))
        if len(glued) > 1:
            found[place] = nodes.inline("", "", *glued, classes=[_GLUED])
    return found


def is_glued(node: nodes.Element) -> bool:
    """Tell whether a node is a formula with what touches it."""
    return _GLUED in node["classes"]


def tex(value: str) -> list[nodes.Node]:
    """Return a TeX value as text and math nodes."""
    return [
        nodes.math(text=run.text) if run.kind == "math" else nodes.Text(run.text)
        for run in runs(value)
    ]


def linked_title(record: Record) -> nodes.Node:
    """Return the title, linked to the published paper where it has an address."""
    text = tex(record.field("title"))
    url = paper_url(record)
    return nodes.reference("", "", *text, refuri=url) if url else nodes.inline("", "", *text)


def people(record: Record) -> str:
    """Return the family names as prose cites them: up to three, else "First et al."."""
    families = [directed(person.family) for person in record.people]
    return joined(families) if len(families) <= 3 else _("%s et al.") % families[0]


def titled(item: Item) -> list[nodes.Node]:
    """Return an entry's title, after its short name where the title does not say it."""
    name = [] if item.named_in_title else [nodes.Text(f"{item.entry.name} \u2014 ")]
    return [*name, *tex(item.record.field("title"))]


def entry_link(survey: Survey, key: str, text: Sequence[nodes.Node] = ()) -> addnodes.pending_xref:
    """Return a link to a card that the reference resolver completes later."""
    text = text or tex(survey.label(key))
    inline = nodes.inline("", "", *text)
    options = {"refdomain": "survey", "reftype": "entry", "reftarget": key}
    return addnodes.pending_xref("", inline, refexplicit=True, refwarn=False, **options)


def facet_link(survey: Survey, facet: str, label: str, shown: nodes.Node) -> nodes.Node:
    """Return ``shown`` as a link to its group in an index; bare where there is no such index."""
    if facet not in survey.index_pages:
        return shown
    options = {"refdomain": "survey", "reftype": "facet", "reftarget": label, "facet": facet}
    return addnodes.pending_xref("", shown, refexplicit=True, refwarn=True, **options)


def filter_link(
    survey: Survey, query: Mapping[str, str], place: str, shown: nodes.Node
) -> nodes.Node:
    """Return ``shown`` as a link to the table of all entries; bare without such a table.

    :param query: What the table is narrowed to where a script runs.
    :param place: The id of the row that the link leads to where none runs, or "".
    """
    if "all-entries" not in survey.index_pages:
        return shown
    options = {"refdomain": "survey", "reftype": "filter", "query": urlencode(query)}
    return addnodes.pending_xref("", shown, reftarget=place, refexplicit=True, **options)


def part_link(docname: str, place: str, shown: nodes.Node) -> addnodes.pending_xref:
    """Return ``shown`` as a link to a place on a part of an index or of the table."""
    options = {"refdomain": "survey", "reftype": "part", "reftarget": docname, "place": place}
    return addnodes.pending_xref("", shown, refexplicit=True, **options)


def page_link(docname: str, text: str) -> addnodes.pending_xref:
    """Return a link to a page."""
    options = {"refdomain": "std", "reftype": "doc", "reftarget": f"/{docname}"}
    inline = nodes.inline(text=text)
    return addnodes.pending_xref("", inline, refexplicit=True, refwarn=True, **options)


def section_link(docname: str, section: str) -> addnodes.pending_xref:
    """Return a link to a section by the title of its page, which the resolver knows."""
    options = {"refdomain": "survey", "reftype": "section", "reftarget": docname}
    return addnodes.pending_xref("", nodes.inline(), section=section, refwarn=True, **options)


def address(text: str) -> list[nodes.Node]:
    """Return an address as a link, anything else as text."""
    if is_web_link(text):
        return [nodes.reference("", text.removeprefix("https://"), refuri=text)]
    return [nodes.Text(text)]


def linked(text: str) -> list[nodes.Node]:
    """Return text with the web addresses in it as links."""
    return [
        nodes.reference("", part, refuri=part) if number % 2 else nodes.Text(part)
        for number, part in enumerate(_ADDRESS.split(text))
    ]
