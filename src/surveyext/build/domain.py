"""Domain: what the pages say of the survey, by docname; cross-references and objects."""

from __future__ import annotations

import datetime
import os
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, cast

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.domains import Domain, ObjType
from sphinx.roles import XRefRole
from sphinx.util.nodes import make_refnode
from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.nodes import bibliography

from surveyext.build.directives import (
    CompareDirective,
    EntryDirective,
    IndexDirective,
    PictureDirective,
    ViewDirective,
)
from surveyext.build.kept_state import Memory
from surveyext.build.nodes import survey_view, to_nodes
from surveyext.build.sidebar import Sidebar
from surveyext.i18n import _
from surveyext.library import evidence
from surveyext.library.equations import Equation, fold_tex
from surveyext.library.formulas import fault
from surveyext.library.load import Library
from surveyext.library.model import Entry, Kind, Problem, digest
from surveyext.library.text import fold, plain
from surveyext.survey.checks import hidden
from surveyext.survey.facets import FACETS, anchor
from surveyext.survey.paging import EQUATIONS, EVIDENCE, TABLE, Paging
from surveyext.survey.site import Site, root_address
from surveyext.survey.survey import Survey, View
from surveyext.views.inline import tex, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Set

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.environment import BuildEnvironment

    from surveyext.build.bibtex_domain import IndexedBibtexDomain
    from surveyext.views.elements import Element

#: Raise when the shape of the domain's data changes: old environments are then read anew.
ENV_DATA_VERSION: Final = 7


class Place(NamedTuple):
    """Where a reference leads."""

    docname: str
    anchor: str
    query: str = ""  #: For a script on a page of a site.
    title: str = ""  #: What is shown while a reader points at it.
    text: str = ""  #: What is shown in the place of the reference's text.


class SurveyDomain(Domain):
    """Entries, views and citations by docname; merged and purged a page at a time."""

    name = "survey"
    label = "Survey"
    data_version = ENV_DATA_VERSION
    object_types: ClassVar[dict[str, ObjType]] = {"entry": ObjType(_("entry"), "entry")}
    roles: ClassVar[dict[str, Any]] = {"entry": XRefRole(innernodeclass=nodes.inline)}
    directives: ClassVar[dict[str, Any]] = {
        "entry": EntryDirective,
        "all-entries": ViewDirective,
        "basket": ViewDirective,
        "cite-survey": ViewDirective,
        "compare": CompareDirective,
        "corrections": ViewDirective,
        "cross-listed": ViewDirective,
        "downloads": ViewDirective,
        "entry-index": IndexDirective,
        "equations": ViewDirective,
        "evidence": ViewDirective,
        "family-line": ViewDirective,
        "feeds": ViewDirective,
        "filter": ViewDirective,
        "newest": ViewDirective,
        "open-work": ViewDirective,
        "picture": PictureDirective,
        "problem-kinds": ViewDirective,
        "references": ViewDirective,
        "coverage": ViewDirective,
        "disagreements": ViewDirective,
        "considered": ViewDirective,
        "support": ViewDirective,
        "source-rows": ViewDirective,
        "techniques": ViewDirective,
    }
    initial_data: ClassVar[dict[str, Any]] = {
        "entries": {},  # docname -> tuple[Entry, ...]
        "views": {},  # docname -> tuple[View, ...]
        "cites": {},  # docname -> tuple[(key, line), ...]
        "roles": {},  # docname -> tuple[(key, line), ...], of {entry} in prose
        "mentions": {},  # docname -> tuple[(key, key of the entry, id of the section), ...]
        "equations": {},  # docname -> tuple[Equation, ...]
        "problems": {},  # docname -> tuple[Problem, ...], met while reading
        "names": {},  # docname -> frozenset of the labels that the page defines
        "refs": {},  # docname -> frozenset of what its other cross-references name
        "states": {},  # docname -> what must be the same for it not to be read again
        "digests": {},  # docname -> digest of all that the survey takes from it
    }

    #: How this build reads the files, from builder-inited on.
    read_library: Callable[[], Library] = Library
    #: Digest of all files beside the pages, from builder-inited on.
    source = ""
    #: In what state each page is that is read now.
    states: Mapping[str, tuple[str, int]] = MappingProxyType({})
    #: What the last build left, from builder-inited on.
    before = Memory()
    #: What this build will leave for the next one, from env-updated on.
    memory = Memory()
    #: Files below the output folder before this build writes there, from env-updated on.
    there: Set[str] = frozenset()

    @cached_property
    def library(self) -> Library:
        """What the files say; read when it is first needed, and never part of the environment."""
        return self.read_library()

    @cached_property
    def survey(self) -> Survey:
        """All pages joined with the library (from env-updated on)."""
        return self._join()

    @cached_property
    def paging(self) -> Paging | None:
        """How long views are split over the pages of a site; ``None`` where nothing is."""
        if self.env._app.builder.name not in {"html", "dirhtml"}:
            return None
        return Paging(self.survey, self.env.config.survey_lines, self.env.found_docs)

    def page_of(self, kind: str, place: str) -> str:
        """Return the docname of the page that has a place of an index or of the table."""
        if self.paging:
            return self.paging.page(kind, place)
        survey = self.survey
        others = {EQUATIONS: survey.equations_page, EVIDENCE: survey.evidence_page}
        return others[kind] if kind in others else survey.index_pages[kind]

    def lines_for(self, docname: str) -> dict[str, Element]:
        """Return the lines of entries made for pages from which links look alike (write phase)."""
        alone = docname if self.data["entries"].get(docname) else ""
        folder = self.env._app.builder.get_target_uri(docname).rpartition("/")[0]
        return self.lines.setdefault((folder, alone), {})

    @cached_property
    def lines(self) -> dict[tuple[str, str], dict[str, Element]]:
        """Lines of entries by folder and page."""
        return {}

    @cached_property
    def sidebar(self) -> Sidebar:
        """The contents beside the pages of a site (write phase)."""
        return Sidebar(cast("StandaloneHTMLBuilder", self.env._app.builder))

    @cached_property
    def shown(self) -> set[str]:
        """Pages whose views this build has rendered (write phase)."""
        return set()

    def forget(self, *names: str) -> None:
        """Let these be made anew, or all that is made when it is needed."""
        for name in names or ("library", "survey", "site", "lines", "paging", "shown", "sidebar"):
            self.__dict__.pop(name, None)

    def said(self) -> str:
        """Return a digest of all that pages say, and of their order and titles."""
        titles = {name: title.astext() for name, title in self.env.titles.items()}
        return digest(sorted(self.data["digests"].items()), _reading_order(self.env), titles)

    @cached_property
    def site(self) -> Site:
        """The survey with the titles and addresses of this builder's pages (write phase)."""
        env = self.env
        return Site(
            survey=self.survey,
            title=env.config.html_title if env.config.html_title else env.config.project,
            author=env.config.author,
            base=root_address(env.config.html_baseurl),
            titles={name: env.titles[name].astext() for name in _reading_order(env)},
            views=self.data["views"],
            target=env._app.builder.get_target_uri,
        )

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        """Collect what one page says (read phase)."""
        found = list(document.findall(survey_view))
        entries = tuple(_entry(node, docname) for node in found if node["kind"] == "entry")
        self.data["entries"][docname] = entries
        views = [View(node["kind"], node["argument"]) for node in found]
        equations = tuple(_equations(document, docname))
        views += [View("equation", each.label) for each in equations]
        self.data["equations"][docname] = equations
        self.data["views"][docname] = (*views, *_links(document))
        self.data["cites"][docname] = tuple(_cites(document))
        self.data["roles"][docname] = tuple(_roles(document))
        self.data["mentions"][docname] = tuple(dict.fromkeys(_mentions(document)))
        labels = {each.label for each in equations if each.label}
        explicit = {name for name, typed in document.nametypes.items() if typed}
        self.data["names"][docname] = frozenset(labels | explicit)
        self.data["refs"][docname] = frozenset(_refs(document))
        self.data["states"][docname] = self.states.get(docname)
        problems = [*_bad_math(document, docname), *_hidden_text(document, docname)]
        self.data["problems"][docname] = (*problems, *_bad_notes(found, docname))
        about = ("entries", "views", "cites", "roles", "mentions", "equations", "problems")
        lines = [each.line for each in entries], [each.line for each in equations]
        said = [self.data[name][docname] for name in about]
        said.append(self._bibliographies.filters(docname))
        self.data["digests"][docname] = digest(said, lines)

    def clear_doc(self, docname: str) -> None:
        """Forget a page."""
        for by_docname in self._tables():
            by_docname.pop(docname, None)

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        """Take over what a parallel worker read."""
        for name in self.initial_data:
            other = otherdata[name]
            self.data[name].update({docname: other[docname] for docname in docnames})

    def _tables(self) -> list[dict[str, Any]]:
        return [self.data[name] for name in self.initial_data]

    @property
    def _bibliographies(self) -> IndexedBibtexDomain:
        return cast("IndexedBibtexDomain", self.env.domains["cite"])

    def _join(self) -> Survey:
        order = _reading_order(self.env)
        prefix = self.env.config.survey_techniques
        return Survey(
            library=self.library,
            entries=tuple(entry for name in order for entry in self.data["entries"].get(name, ())),
            titles={
                name: self.env.titles[name].astext() for name in order if name.startswith(prefix)
            },
            cites={
                name: tuple(dict.fromkeys(key for key, _ in cites))
                for name, cites in self.data["cites"].items()
            },
            index_pages={
                view.argument or view.kind: name
                for name in order
                for view in self.data["views"].get(name, ())
                if view.kind in {"entry-index", "all-entries"}
            },
            compare_pages={
                view.argument: name
                for name in reversed(order)
                for view in self.data["views"].get(name, ())
                if view.kind == "compare" and view.argument
            },
            mentions={name: self.data["mentions"].get(name, ()) for name in order},
            equations=tuple(each for name in order for each in self.data["equations"][name]),
            equations_page=self._page_of("equations", order),
            evidence_page=self._page_of("evidence", order),
            listed=self._bibliographies.listed(),
            facets=FACETS,
            built=_build_date(),
        )

    def _page_of(self, kind: str, order: Iterable[str]) -> str:
        """Return the docname of the first page that has a view, or ""."""
        return next((name for name in order if View(kind) in self.data["views"][name]), "")

    def place(self, kind: str, target: str, options: Mapping[str, Any], shown: str) -> Place | None:
        """Return where a reference of ours leads; ``None`` if there is no such entry.

        :param kind: What is meant: an entry, a group of an index, a part of a long view ...
        :param options: What the reference says beside its target.
        :param shown: The reference's text.
        """
        match kind:
            case "facet":
                place = anchor(options["facet"], target)
                return Place(self.page_of(options["facet"], place), place)
            case "part":
                return Place(target, options["place"])
            case "section":
                return Place(target, options["section"], text=self.env.titles[target].astext())
            case "filter":
                return Place(self.page_of(TABLE, target), target, query=options["query"])
            case "check":
                place = self.survey.checked[target].anchor
                return Place(self.page_of(EQUATIONS, place), place)
            case "evidence":
                place = evidence.anchor(target)
                return Place(self.page_of(EVIDENCE, place), place)
        item = self.survey.items.get(target)
        if item is None:
            return None
        title = plain(item.record.field("title"))
        if options.get("titled") or title in shown:
            title = ""  # nothing to add
        return Place(item.entry.docname, item.entry.anchor, title=title)

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        """Point at a card; a role without a text of its own shows the short name."""
        if not node["refexplicit"] and target in self.survey.items:
            contnode = nodes.inline("", "", *to_nodes(tex(self.survey.label(target))))
        place = self.place(typ, target, node.attributes, contnode.astext())
        if place is None:
            return None
        docname, anchor, query, title, text = place
        contnode = nodes.inline(text=text) if text else contnode
        if query and builder.format == "html" and builder.name != "epub":
            address = f"{builder.get_relative_uri(fromdocname, docname)}?{query}"
            address += f"#{anchor}" if anchor else ""
            return nodes.reference("", "", contnode, internal=True, refuri=address)
        anchor = "" if query else anchor
        link = make_refnode(builder, fromdocname, docname, anchor, contnode, title)
        link["classes"] += node["classes"]
        return link

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Let ``{any}`` find cards too."""
        found = self.resolve_xref(env, fromdocname, builder, "entry", target, node, contnode)
        return [("survey:entry", found)] if found is not None else []

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield every card, for objects.inv and the search page."""
        for key, shown, docname, place in self.memory.objects:
            yield key, shown, "entry", docname, place, 1

    def cards(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield the key, what lists call it, the page and the id of every card."""
        for key, (entry, record) in self.survey.items.items():
            title = plain(record.field("title"))
            named = fold(entry.name) in fold(title)
            shown = title if named else f"{entry.name}: {title}"
            yield key, shown, entry.docname, entry.anchor


def _build_date() -> str:
    """Return the day that https://reproducible-builds.org/specs/source-date-epoch gives, or ""."""
    try:
        moment = int(os.environ.get("SOURCE_DATE_EPOCH", ""))
        return datetime.datetime.fromtimestamp(moment, tz=datetime.UTC).date().isoformat()
    except (ValueError, OSError, OverflowError):
        return ""


def _entry(node: survey_view, docname: str) -> Entry:
    note = " ".join(typed(child) for child in node.children)
    place = docname, _line(node), _section(node)
    return Entry.from_options(node["argument"], *place, node["options"], note)


def _section(node: nodes.Node) -> str:
    """Return the title of the section around a node, "" directly under the page's title."""
    section = node.parent
    while section is not None and not isinstance(section, nodes.section):
        section = section.parent
    if section is None or isinstance(section.parent, nodes.document):
        return ""
    return str(section[0].astext())


def _cites(document: nodes.document) -> Iterator[tuple[str, int]]:
    for node in document.findall(pending_xref):
        if node.get("refdomain") == "cite":
            for target in parse_citation_targets(node["reftarget"]):
                yield target.key, _line(node)


def _links(document: nodes.document) -> Iterator[View]:
    """Yield the cards that prose or a bibliography links: they change when those do."""
    for node in document.findall(pending_xref):
        if node.get("refdomain") == "survey" or node.get("reftype") == "any":
            yield View("link", node["reftarget"])
    if any(document.findall(bibliography)):
        yield View("bibliography")


def _refs(document: nodes.document) -> Iterator[str]:
    """Yield what the references name that Sphinx's own domains resolve."""
    for node in document.findall(pending_xref):
        if node.get("refdomain") not in {"cite", "survey"}:
            yield node["reftarget"]


def _roles(document: nodes.document) -> Iterator[tuple[str, int]]:
    for node in document.findall(pending_xref):
        if node.get("refdomain") == "survey":
            yield node["reftarget"], _line(node)


def _mentions(document: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield what prose and notes cite or name, each with the entry or the section around it."""
    for node in document.findall(pending_xref):
        if node.get("refdomain") == "cite":
            for target in parse_citation_targets(node["reftarget"]):
                yield target.key, *_around(node)
        elif node.get("refdomain") == "survey":
            yield node["reftarget"], *_around(node)


def _around(node: nodes.Node) -> tuple[str, str]:
    """Return the key of the entry whose note holds a node, or "" and the section's id."""
    around = node.parent
    while around is not None:
        if isinstance(around, survey_view):
            return str(around["argument"]), ""
        if isinstance(around, nodes.section):
            return "", str(around["ids"][0])
        around = around.parent
    return "", ""


def is_checked(app: Sphinx, domain: Domain | None, node: pending_xref) -> bool | None:
    """Keep Sphinx from reporting what our check of all pages reports (warn-missing-reference)."""
    return True if isinstance(domain, SurveyDomain) else None


def _bad_math(document: nodes.document, docname: str) -> Iterator[Problem]:
    for node in document.findall(lambda node: isinstance(node, nodes.math | nodes.math_block)):
        if message := fault(node.astext(), display=isinstance(node, nodes.math_block)):
            yield Problem(docname, _line(node), Kind.BAD_TEX, message)


def _bad_notes(found: Iterable[survey_view], docname: str) -> Iterator[Problem]:
    for node in found:
        faults: list[str] = node.get("faults", [])
        for what in faults:
            message = f"entry '{node['argument']}': {what}"
            yield Problem(docname, _line(node), Kind.BAD_NOTE, message)


def _hidden_text(document: nodes.document, docname: str) -> Iterator[Problem]:
    for node in document.findall(nodes.comment):
        yield Problem(docname, _line(node), Kind.HIDDEN_TEXT, hidden(node.astext()))


def _equations(document: nodes.document, docname: str) -> Iterator[Equation]:
    for node in document.findall(nodes.math_block):
        entry: nodes.Node | None = node
        while entry is not None and not isinstance(entry, survey_view):
            entry = entry.parent
        key = entry["argument"] if entry is not None else ""
        label = node.get("label") or ""
        yield Equation(label, fold_tex(node.astext()), docname, _line(node), key)


def _line(node: nodes.Node | None) -> int:
    """Return the line of a node or of the nearest one around it that has one."""
    while node is not None:
        if node.line:
            return int(node.line)
        node = node.parent
    return 0


def _reading_order(env: BuildEnvironment) -> list[str]:
    """Return all docnames as the table of contents walks them, then the rest by name."""
    order: dict[str, None] = {}
    stack = [env.config.root_doc]
    while stack:
        docname = stack.pop()
        if docname not in order and docname in env.found_docs:
            order[docname] = None
            stack.extend(reversed(env.toctree_includes.get(docname, [])))
    return [*order, *sorted(env.found_docs - order.keys())]
