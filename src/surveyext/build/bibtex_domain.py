"""Citations: sphinxcontrib-bibtex's domain with look-ups by key and lines made when shown.

What readers and authors see of sphinxcontrib-bibtex stays as it is. Its own domain looks
through all citations for each reference and through all references for each record, and
sets every record twice in every build; the environment holds all of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from pybtex.richtext import Tag
from pybtex.style import FormattedEntry
from pybtex.style.template import FieldIsMissing
from sphinxcontrib.bibtex.bibfile import BibData, BibFile, get_mtime, is_bibdata_outdated
from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.directives import BibliographyDirective, BibliographyValue
from sphinxcontrib.bibtex.domain import BibtexDomain, Citation, _FilterVisitor
from sphinxcontrib.bibtex.nodes import bibliography

from surveyext.exports.reference_lines import formatted, make_style
from surveyext.exports.style import to_pybtex
from surveyext.library.model import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinxcontrib.bibtex.directives import BibliographyKey

    from surveyext.library.model import Record


#: The place of a bibliography's filter among its values; those before it are plain.
_FILTER = BibliographyValue._fields.index("filter_")


class Records(Mapping[str, Any]):
    """Records as pybtex's entries, each made when it is asked for; keys without case."""

    def __init__(self, read: Callable[[], Mapping[str, Record]]) -> None:
        self._read = read
        self._made: dict[str, Any] = {}

    @cached_property
    def _records(self) -> dict[str, Record]:
        return {key.lower(): record for key, record in self._read().items()}

    def __getitem__(self, key: str) -> Any:
        """Return pybtex's entry."""
        folded = key.lower()
        if folded not in self._made:
            self._made[folded] = to_pybtex(self._records[folded])
        return self._made[folded]

    def record(self, key: str) -> Record:
        """Return the record itself."""
        return self._records[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return (record.key for record in self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep them out of the environment: each build reads the .bib files itself."""
        return Records, (dict,)


class Places(Mapping[str, Any]):
    """The empty node with its id that a bibliography keeps for each record, made when asked for."""

    def __init__(self, ids: Mapping[str, Sequence[str]], node_class: type[nodes.Element]) -> None:
        self._ids, self._class = ids, node_class

    def __getitem__(self, key: str) -> nodes.Element:
        """Return a new node with the record's id."""
        return self._class(ids=list(self._ids[key]))

    def __contains__(self, key: object) -> bool:
        return key in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


class CompactBibliography(BibliographyDirective):
    """The directive, which leaves ids in the environment in the place of nodes."""

    def run(self) -> Sequence[nodes.Node]:
        """Return the placeholder.

        What it holds of the .bib files is their keys: when those change, and not when
        a file does, the page is read anew (:meth:`IndexedBibtexDomain.outdated`).
        """
        others = {*self.env.dependencies[self.env.docname]}
        found: Sequence[nodes.Node] = super().run()
        self.env.dependencies[self.env.docname] = others
        domain = cast("IndexedBibtexDomain", self.env.domains["cite"])
        for key, value in domain.bibliographies.items():
            made = value.citation_nodes
            if key.docname == self.env.docname and not isinstance(made, Places):
                ids = {name: tuple(node["ids"]) for name, node in made.items()}
                shape = type(next(iter(made.values()))) if made else bibliography
                domain.bibliographies[key] = value._replace(
                    citation_nodes=cast("Any", Places(ids, shape))
                )
        return found


class Line(FormattedEntry):  # type: ignore[misc]  # untyped
    """A record as a bibliography sets it; its parts are made when they are asked for."""

    def __init__(self, record: Record, style: str, label: Callable[[], str]) -> None:
        self.key, self._record, self._style, self._label = record.key, record, style, label

    @cached_property
    def text(self) -> Any:
        """Rich text of pybtex; of a record that lacks a field, which one."""
        try:
            return formatted(self._style, self._record)
        except FieldIsMissing as missing:  # reported by our own check
            return Tag("b", str(missing))

    @cached_property
    def label(self) -> str:
        """What the style calls the record, which depends on all others."""
        return self._label()


class IndexedBibtexDomain(BibtexDomain):
    """The domain with an index beside its lists, made in the write phase when it is needed."""

    #: What resolves the reference at hand; ``None`` for all.
    _chosen: list[Citation] | None = None
    _all: list[Citation] | None = None
    _lazy = False  #: Whether the pages are read, so that all lines can be made.
    _by_key: dict[str, list[Citation]]
    _order: dict[int, int]
    _citing: dict[str, set[str]] | None = None  #: Docnames by the key that they cite.
    _passing: dict[BibliographyKey, list[tuple[str, Any]]]  #: What each bibliography lists.

    def take(
        self, read: Callable[[], Mapping[str, Record]], keys: Mapping[Path, Iterable[str]]
    ) -> None:
        """Take records that were read already, so that no file is read twice (builder-inited).

        :param read: Returns all records by key, when one is needed.
        :param keys: The keys in each .bib file, by its absolute path.
        """
        files = {path: BibFile(get_mtime(path), dict.fromkeys(some)) for path, some in keys.items()}
        data = SimpleNamespace(entries=Records(read))
        self.data["bibdata"] = BibData(self.env.config.bibtex_encoding, files, data)

    def keep(self, read: Callable[[], Mapping[str, Record]], paths: list[Path]) -> bool:
        """Keep the keys that the environment knows, and tell whether they are still right.

        :param paths: The .bib files, absolute.
        """
        known = self.bibdata
        if is_bibdata_outdated(known, paths, self.env.config.bibtex_encoding):
            return False
        self.data["bibdata"] = known._replace(data=SimpleNamespace(entries=Records(read)))
        return True

    def outdated(self) -> set[str]:
        """Return the pages with a bibliography of other keys than there are."""
        files = self.bibdata.bibfiles
        found = set()
        for place, shown in self.bibliographies.items():
            keys = (key for path in shown.bibfiles if path in files for key in files[path].keys)
            if {shown.keyprefix + key for key in keys} != {*shown.citation_nodes}:
                found.add(place.docname)
        return found

    @property
    def citations(self) -> list[Citation]:
        """All lines of all bibliographies, or those that the reference at hand may mean."""
        if self._chosen is not None:
            return self._chosen
        return self._make_all() if self._lazy else self.data["citations"]

    def env_updated(self) -> Iterable[str]:
        """Make the lines now where sphinxcontrib-bibtex may warn of two that are alike.

        Else they are made when they are needed: with one bibliography, or in the state in
        which none were alike before.
        """
        self._all = self._citing = None
        self._by_key, self._order, self._passing = {}, {}, {}
        self._lazy = True
        if len(self.bibliographies) > 1 and self.data.get("unlike") != (state := self._state()):
            lines = self._make_all()
            labels = {line.formatted_entry.label for line in lines}
            self.data["unlike"] = state if len(self._by_key) == len(labels) == len(lines) else ""
        return []

    def _state(self) -> str:
        """Return a digest of what decides which lines there are and what they are called."""
        shown = [
            (key, value[:_FILTER], ast.dump(value.filter_), value.keys)
            for key, value in self.bibliographies.items()
        ]
        # In an order that does not say which page was read last.
        cited = sorted(
            (each.docname, [it.key for it in each.targets]) for each in self.citation_refs
        )
        return digest(self.bibdata.bibfiles, shown, cited)

    def _make_all(self) -> list[Citation]:
        if self._all is None:
            self._lazy = False
            super().env_updated()
            self._lazy = True
            self._all = self.data["citations"]
            self.data["citations"] = []  # no part of the environment
            for number, citation in enumerate(self._all):
                self._by_key.setdefault(citation.key, []).append(citation)
                self._order[id(citation)] = number
        return self._all

    def get_filtered_entries(self, bibliography_key: BibliographyKey) -> Iterator[tuple[str, Any]]:
        """Yield key and entry of each record that passes the bibliography's filter."""
        if bibliography_key not in self._passing:
            self._passing[bibliography_key] = [*self._filter(bibliography_key)]
        return iter(self._passing[bibliography_key])

    def _filter(self, bibliography_key: BibliographyKey) -> Iterator[tuple[str, Any]]:
        if self._citing is None:
            self._citing = {}
            for reference in self.citation_refs:
                for target in reference.targets:
                    self._citing.setdefault(target.key, set()).add(reference.docname)
        shown = self.bibliographies[bibliography_key]
        for entry in self.get_entries(shown.bibfiles):
            key = shown.keyprefix + entry.key
            citing = self._citing.get(key, set())
            visitor = _FilterVisitor(entry, bibliography_key.docname, citing)  # type: ignore[no-untyped-call]
            try:
                passes = visitor.visit(shown.filter_)
            except ValueError:  # a faulty filter, which the domain itself reports
                yield from super().get_filtered_entries(bibliography_key)
                return
            if passes or entry.key in shown.keys:
                yield key, entry

    def filters(self, docname: str) -> list[tuple[str, str]]:
        """Return by what the bibliographies of a page choose records, as text."""
        shown = [value for key, value in self.bibliographies.items() if key.docname == docname]
        return [(ast.dump(each.filter_), str(sorted(each.keys))) for each in shown]

    def listed(self) -> dict[str, tuple[str, ...]]:
        """Return which records a page's bibliographies list, of pages where that is not all."""
        found: dict[str, tuple[str, ...]] = {}
        full = {key.docname for key, each in self.bibliographies.items() if self._lists_all(each)}
        for place in self.bibliographies:
            if place.docname not in full:
                keys = (entry.key for _, entry in self.get_filtered_entries(place))
                found[place.docname] = (*found.get(place.docname, ()), *keys)
        return found

    def get_formatted_entries(
        self, bibliography_key: BibliographyKey, docnames: list[str], tooltips: bool, tip_style: str
    ) -> Iterator[tuple[Any, Line, Line | None]]:
        """Yield each record's entry, line and tooltip in the order of the style."""
        shown = self.bibliographies[bibliography_key]
        style = make_style(shown.style)
        entries = style.sort(dict(self.get_sorted_entries(bibliography_key, docnames)).values())
        for label, entry in zip(style.format_labels(entries), entries, strict=True):
            yield entry, *self._lines(shown, entry.key, partial(str, shown.labelprefix + label))

    def _lines(
        self, shown: BibliographyValue, key: str, label: Callable[[], str]
    ) -> tuple[Line, Line | None]:
        """Return a record's line and its tooltip."""
        record, config = self.bibdata.data.entries.record(key), self.env.config
        tip = config.bibtex_tooltips_style or shown.style
        line = Line(record, shown.style, label)
        return line, Line(record, tip, label) if config.bibtex_tooltips else None

    def _find(self, keys: list[str]) -> list[Citation]:
        """Return what may be meant by keys, in the order of the bibliographies."""
        if self._all is None and len(keys) == 1 and len(self.bibliographies) == 1:
            # The order of the others does not matter, so they need not be made.
            ((place, shown),) = self.bibliographies.items()
            if keys[0] in shown.citation_nodes and self._lists_all(shown):
                return [self._one(place, shown, keys[0])]
        self._make_all()
        found = [citation for key in dict.fromkeys(keys) for citation in self._by_key.get(key, [])]
        return sorted(found, key=lambda citation: self._order[id(citation)])

    @staticmethod
    def _lists_all(shown: BibliographyValue) -> bool:
        return ast.dump(shown.filter_) == ast.dump(ast.parse("True"))

    def _one(self, place: BibliographyKey, shown: BibliographyValue, key: str) -> Citation:
        def label() -> str:
            self._make_all()
            return str(self._by_key[key][0].formatted_entry.label)

        bare = key.removeprefix(shown.keyprefix)
        return Citation(
            shown.citation_nodes[key]["ids"][0],
            place,
            key,
            self.bibdata.data.entries[bare],
            *self._lines(shown, bare, label),
        )

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference:
        """Replace a reference, as the domain does, with its few candidates alone."""
        self._chosen = self._find([each.key for each in parse_citation_targets(target)])
        try:
            found = super().resolve_xref(env, fromdocname, builder, typ, target, node, contnode)
            return cast("nodes.reference", found)
        finally:
            self._chosen = None

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, Any]]:
        """Find what ``{any}`` may mean."""
        keys = [key.strip() for key in target.split(",")]
        if not any(
            key in shown.citation_nodes for shown in self.bibliographies.values() for key in keys
        ):
            return []
        self._make_all()
        return super().resolve_any_xref(env, fromdocname, builder, target, node, contnode)


def setup(app: Sphinx) -> None:
    """Put the index beside sphinxcontrib-bibtex's lists."""
    app.add_domain(IndexedBibtexDomain, override=True)
    app.add_directive("bibliography", CompactBibliography, override=True)
