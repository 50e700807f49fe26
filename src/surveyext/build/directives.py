"""Directives: options and body to placeholders, nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

from surveyext.build.nodes import survey_view
from surveyext.library.text import did_you_mean
from surveyext.survey.facets import FACETS
from surveyext.views.inline import unlink
from surveyext.views.pictures import PICTURES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


#: Characters of a note and of an option, and levels in a note: what nobody means to write.
_LONGEST_NOTE, _LONGEST_OPTION, _DEEPEST_NOTE = 20_000, 2_000, 50


class EntryDirective(SphinxDirective):
    """``{entry} KEY``: a paper's card. The body is the note."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Callable[[str], str]]] = dict.fromkeys(
        (
            "name",
            "code",
            "reimplementation",
            "project",
            "model",
            "tags",
            "also",
            "extends",
            "added",
        ),
        directives.unchanged,
    )

    def run(self) -> list[nodes.Node]:
        """Return the placeholder with the parsed note as its children."""
        node = survey_view(kind="entry", argument=self.arguments[0], docname=self.env.docname)
        self.set_source_info(node)
        options = {name: " ".join(value.split()) for name, value in self.options.items()}
        node["options"] = {
            n: value for n, value in options.items() if len(value) <= _LONGEST_OPTION
        }
        node["faults"] = [
            f":{name}: has {len(value)} characters; write at most {_LONGEST_OPTION}"
            for name, value in options.items()
            if name not in node["options"]
        ]
        try:
            node += self._note()
        except ValueError as error:
            node["faults"].append(str(error))
            node += nodes.paragraph(text=_("This note cannot be shown."))
        for raw in list(node.findall(nodes.raw)):
            _show_as_text(raw)
        unlink(node)
        return [node]

    def _note(self) -> list[nodes.Node]:
        """Parse the body.

        :raises ValueError: It is so long or deep that parsing it takes minutes or all memory.
        """
        size = sum(map(len, self.content))
        if size > _LONGEST_NOTE:
            raise ValueError(f"the note has {size} characters; write at most {_LONGEST_NOTE}")
        renderer = getattr(self.state, "_renderer", None)  # MyST's
        around = renderer and renderer.current_node
        try:
            with _text_alone(self.state.document.settings):
                parsed = self.parse_content_to_nodes()
        except RecursionError:
            depth = _DEEPEST_NOTE + 1
            if renderer:  # it would go on inside the note
                renderer.current_node = around
        else:
            depth = max(map(_depth, parsed), default=0)
        if depth > _DEEPEST_NOTE:
            raise ValueError(
                f"the note nests more than {_DEEPEST_NOTE} deep; write it as sentences"
            )
        return parsed


def _depth(node: nodes.Node) -> int:
    """Return how deep a node nests, without a call for each level."""
    depth, level = 0, [node]
    while level:
        depth, level = depth + 1, [child for each in level for child in each.children]
    return depth


@contextmanager
def _text_alone(settings: Any) -> Iterator[None]:
    """Let docutils refuse, with a warning, to put files and markup of other formats into a note."""
    before = settings.file_insertion_enabled, settings.raw_enabled
    settings.file_insertion_enabled = settings.raw_enabled = False
    try:
        yield
    finally:
        settings.file_insertion_enabled, settings.raw_enabled = before


def _show_as_text(raw: nodes.raw) -> None:
    """Let a reader see HTML that somebody wrote into a note; never run it."""
    inline = isinstance(raw.parent, nodes.TextElement)
    raw.replace_self((nodes.literal if inline else nodes.literal_block)(text=raw.astext()))


class ViewDirective(SphinxDirective):
    """A part of the survey that needs no body: ``{techniques}``, ``{references}`` ..."""

    option_spec: ClassVar[dict[str, Callable[[str], int]]] = {"count": directives.positive_int}

    def run(self) -> list[nodes.Node]:
        """Return the placeholder, named after the directive."""
        kind = self.name.removeprefix("survey:")
        argument = str(self.options.get("count", 12)) if kind == "newest" else ""
        node = survey_view(kind=kind, argument=argument, docname=self.env.docname)
        self.set_source_info(node)
        return [node]


class CompareDirective(SphinxDirective):
    """``{compare} FAMILY``: results on a family of models; without argument, what there is."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the placeholder with the technique page, if any."""
        node = survey_view(
            kind="compare",
            argument=self.arguments[0] if self.arguments else "",
            docname=self.env.docname,
        )
        self.set_source_info(node)
        return [node]


class ChoiceDirective(SphinxDirective):
    """A view that takes one of a few names: ``{entry-index} FACET``, ``{picture} NAME``."""

    required_arguments = 1
    what: ClassVar[str]  #: What the names are, for the message.
    choices: ClassVar[Collection[str]]

    def run(self) -> list[nodes.Node]:
        """Return the placeholder, named after the directive.

        :raises DirectiveError: There is no such name.
        """
        name = self.arguments[0]
        if name not in self.choices:
            raise self.error(_unknown(name, self.what, self.choices))
        kind = self.name.removeprefix("survey:")
        node = survey_view(kind=kind, argument=name, docname=self.env.docname)
        self.set_source_info(node)
        return [node]


class IndexDirective(ChoiceDirective):
    """``{entry-index} FACET``: all entries by venue, year, person, tag, code or month added."""

    what, choices = "facet", FACETS


class PictureDirective(ChoiceDirective):
    """``{picture} NAME``: the survey's counts by year, as a matrix, or by pair of techniques."""

    what, choices = "picture", PICTURES


def _unknown(name: str, what: str, known: Collection[str]) -> str:
    hint = did_you_mean(name, known) or f"use one of {', '.join(known)}"
    return f"'{name}' is no {what}; {hint.strip()}"
