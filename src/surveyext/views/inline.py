"""Inline: pieces of text and links that every rendering shares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from docutils import nodes
from sphinx import addnodes

from surveyext.i18n import _, joined
from surveyext.library.links import paper_url
from surveyext.library.text import directed, is_web_link, runs
from surveyext.views import elements
from surveyext.views.elements import Element

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from surveyext.library.model import Record
    from surveyext.survey.survey import Line, Survey
    from surveyext.views.elements import Child


#: The class of a formula with what touches it.
GLUED = "survey-glued"
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
        if is_foreign(link.get("refuri", "")):
            link.replace_self(nodes.inline("", "", *link.children))
    for file in list(node.findall(addnodes.download_reference)):
        if is_foreign(file.get("refuri", file.get("reftarget", ""))):
            file.replace_self(nodes.inline("", "", *file.children))
    for image in list(node.findall(nodes.image)):
        if is_foreign(image["uri"]):
            image.replace_self(nodes.inline(text=image.get("alt", "")))
    for contents in node.findall(addnodes.toctree):
        entries = contents["entries"]
        contents["entries"] = [each for each in entries if not is_foreign(each[1])]


def is_foreign(address: str) -> bool:
    """Tell whether an address has another scheme than a survey needs."""
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


def glue(children: Sequence[Child]) -> list[Child]:
    """Return what stands in a line with each formula in an inline that does not break.

    The formula takes with it what touches it.
    """
    found = list(children)
    for place, formula in enumerate(children):
        if not is_formula(formula):
            continue
        glued = [formula]
        after = found[place + 1] if place + 1 < len(found) else None
        if isinstance(after, str) and (match := _AFTER.search(after)):
            found[place + 1] = type(after)(after[match.end() :])
            glued.append(type(after)(match[0]))
        before = found[place - 1] if place else None
        if isinstance(before, str) and (match := _BEFORE.search(before)):
            found[place - 1] = type(before)(before[: match.start()])
            glued.insert(0, type(before)(match[0]))
        if len(glued) > 1:
            found[place] = _whole(formula, glued)
    return found


def is_formula(child: Child) -> bool:
    """Tell whether it is math in a line, as an element or as a node."""
    return isinstance(child, nodes.math) or (isinstance(child, Element) and child.kind == "math")


def _whole(formula: Child, glued: list[Child]) -> Child:
    if isinstance(formula, Element):
        return elements.inline(*glued, classes=[GLUED])
    return nodes.inline("", "", *glued, classes=[GLUED])


def tex(value: str) -> list[Child]:
    """Return a TeX value as text and math nodes."""
    return [elements.math(run.text) if run.kind == "math" else run.text for run in runs(value)]


def linked_title(record: Record) -> Child:
    """Return the title, linked to the published paper where it has an address."""
    text = tex(record.field("title"))
    url = paper_url(record)
    return elements.reference(*text, refuri=url) if url else elements.inline(*text)


def people(names: Sequence[str]) -> str:
    """Return family names as prose cites them: up to three, else "First et al."."""
    families = [directed(name) for name in names]
    return joined(families) if len(families) <= 3 else _("%s et al.") % families[0]


def titled(line: Line) -> list[Child]:
    """Return an entry's title, after its short name where the title does not say it."""
    name = [] if line.named_in_title else [f"{line.name} \u2014 "]
    return [*name, *tex(line.title)]


def entry_link(survey: Survey, key: str, text: Sequence[Child] = ()) -> Element:
    """Return a link to a card that the reference resolver completes later."""
    text = text or tex(survey.label(key))
    inline = elements.inline(*text)
    options = {"refdomain": "survey", "reftype": "entry", "reftarget": key}
    return elements.pending_xref(inline, refwarn=False, **options)


def facet_link(survey: Survey, facet: str, label: str, shown: Child) -> Child:
    """Return ``shown`` as a link to its group in an index; bare where there is no such index."""
    if facet not in survey.index_pages:
        return shown
    options = {"refdomain": "survey", "reftype": "facet", "reftarget": label, "facet": facet}
    return elements.pending_xref(shown, refwarn=True, **options)


def filter_link(survey: Survey, query: Mapping[str, str], place: str, shown: Child) -> Child:
    """Return ``shown`` as a link to the table of all entries; bare without such a table.

    :param query: What the table is narrowed to where a script runs.
    :param place: The id of the row that the link leads to where none runs, or "".
    """
    if "all-entries" not in survey.index_pages:
        return shown
    options = {"refdomain": "survey", "reftype": "filter", "query": urlencode(query)}
    return elements.pending_xref(shown, reftarget=place, **options)


def part_link(docname: str, place: str, shown: Child) -> Element:
    """Return ``shown`` as a link to a place on a part of an index or of the table."""
    options = {"refdomain": "survey", "reftype": "part", "reftarget": docname, "place": place}
    return elements.pending_xref(shown, **options)


def page_link(docname: str, text: str) -> Element:
    """Return a link to a page."""
    options = {"refdomain": "std", "reftype": "doc", "reftarget": f"/{docname}"}
    inline = elements.inline(text)
    return elements.pending_xref(inline, refwarn=True, **options)


def section_link(docname: str, section: str) -> Element:
    """Return a link to a section by the title of its page, which the resolver knows."""
    options = {"refdomain": "survey", "reftype": "section", "reftarget": docname}
    return elements.pending_xref(elements.inline(), section=section, refwarn=True, **options)


def address(text: str) -> list[Child]:
    """Return an address as a link, anything else as text."""
    if is_web_link(text):
        return [elements.reference(text.removeprefix("https://"), refuri=text)]
    return [text]


def linked(text: str) -> list[Child]:
    """Return text with the web addresses in it as links."""
    return [
        elements.reference(part, refuri=part) if number % 2 else part
        for number, part in enumerate(_ADDRESS.split(text))
    ]
