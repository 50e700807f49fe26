"""Markdown pages: what they say of the survey, from MyST's tokens, without a build.

The grammar is MyST's: its tokenizer, its configuration, its parser of directives. Only the
collecting is done twice, here from tokens and in :mod:`surveyext.build.domain` from doctrees; a
test holds the two together, problem by problem. What markup is wrong is left to MyST.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docutils.parsers.rst.directives.misc import TestDirective
from docutils.parsers.rst.states import MarkupError
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser
from sphinx.directives.other import TocTree
from sphinx.util.docutils import ReferenceRole
from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.domain import BibtexDomain

from surveyext.build.domain import SurveyDomain
from surveyext.library.equations import Equation, fold_tex
from surveyext.library.formulas import fault
from surveyext.library.model import Entry, Kind, Problem
from surveyext.survey.checks import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from sphinx.config import Config

#: Directives whose body is no Markdown.
_VERBATIM = {
    *("bibliography", "code", "code-block", "csv-table", "eval-rst", "highlight", "image"),
    *("include", "index", "literalinclude", "math", "parsed-literal", "raw", "sourcecode"),
    *("toctree",),
}
_COMMENTS = {"myst_line_comment", "myst_block_break"}
_CITES = {"cite", *(f"cite:{name}" for name in BibtexDomain.roles)}
_MATH = {"math_block", "math_block_label", "amsmath", "math_inline", "math_inline_double"}
_MYST = MdParserConfig()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page."""

    title: str
    level: int
    line: int  #: 1-based.


@dataclass(frozen=True, slots=True)
class Block:
    """A directive as a page has it."""

    name: str
    argument: str
    options: tuple[tuple[str, str], ...]
    body: tuple[str, ...]  #: Without the options and the blank line after them.
    offset: int  #: How many lines stand between its fence and the body.
    line: int  #: 1-based line of its fence.
    end: int  #: 1-based line of its closing fence.
    outer: bool  #: It stands in no other block.


@dataclass(slots=True)
class Page:
    """What one page says."""

    docname: str
    headings: list[Heading] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    cites: list[tuple[str, int]] = field(default_factory=list)  #: Keys and lines.
    links: list[tuple[str, int]] = field(default_factory=list)  #: ``{entry}`` roles.
    equations: list[Equation] = field(default_factory=list)  #: Those displayed.
    contents: list[tuple[str, int]] = field(default_factory=list)  #: Lines of toctrees.
    problems: list[Problem] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The first heading."""
        return self.headings[0].title if self.headings else ""


class Reader:
    """Reads pages as a survey's conf.py wants them read."""

    def __init__(self, config: Config) -> None:
        """Take what conf.py sets, with MyST's defaults.

        :raises ValueError: A setting is none of MyST's, or has a wrong value.
        """
        settings = [(name, f"myst_{name}", default) for name, default, _ in _MYST.as_triple()]
        for _, setting, default in settings:
            if setting not in config:
                config.add(setting, default, "env", ())
        try:
            given = MdParserConfig(**{name: config[setting] for name, setting, _ in settings})
        except TypeError as error:
            raise ValueError(str(error)) from None
        self._markdown = create_md_parser(given, RendererHTML)
        self._bare = config.primary_domain == SurveyDomain.name

    def read(self, text: str, docname: str) -> Page:
        """Return what a page says."""
        page = Page(docname)
        _Walk(page, self._markdown, self._own).walk(text)
        return page

    def _own(self, name: str) -> str:
        """Return the name of one of our directives and roles without its domain."""
        domain, colon, bare = name.rpartition(":")
        return bare if domain == SurveyDomain.name or (self._bare and not colon) else ""


class _Walk:
    """One walk over a page."""

    def __init__(self, page: Page, markdown: MarkdownIt, own: Callable[[str], str]) -> None:
        self.page = page
        self.markdown = markdown
        self.own = own
        self.notes: list[list[str]] = []  #: Text of the entries around, innermost last.
        self.keys: list[str] = []  #: Their keys.

    def walk(self, text: str, start: int = 0, *, outer: bool = True) -> None:
        """Walk over Markdown.

        :param start: How many lines of the page stand before it.
        """
        line = start + 1
        lines = text.split("\n")
        tokens = self.markdown.parse(f"{text}\n")
        for number, token in enumerate(tokens):
            if token.type in _COMMENTS:  # MyST gives it the line of what stands before it
                self._report(line, Kind.HIDDEN_TEXT, hidden(token.content))
                continue
            if token.map:
                line = start + token.map[0] + 1
            if token.type == "heading_open" and outer:
                title = _text(tokens[number + 1].children or ())
                self.page.headings.append(Heading(title, int(token.tag[1:]), line))
            elif token.type in {"fence", "colon_fence"}:
                first, after = token.map or (0, 0)
                if after - first < 2 or not _closes(lines[after - 1], token.markup):
                    right = f"write {token.markup} on a line after its last one"
                    message = f"the fence {token.markup} is not closed; {right}"
                    self._report(line, Kind.OPEN_FENCE, message)
                self._fence(token, line, start + after, outer=outer and token.level == 0)
            else:
                self._leaf(token, line)

    def _leaf(self, token: Token, line: int) -> None:
        if token.type in _MATH:
            label = token.info if token.type == "math_block_label" else ""
            self._math(token.content, line, label, display=token.type != "math_inline")
        elif token.type == "myst_role":
            self._role(token.meta["name"], token.content, line)
        elif token.content and token.type != "inline" and self.notes:
            self.notes[-1].append(token.content)
        elif token.type in {"softbreak", "hardbreak", "paragraph_close"} and self.notes:
            self.notes[-1].append(" ")
        for child in token.children or ():
            self._leaf(child, line)

    def _math(self, tex: str, line: int, label: str = "", *, display: bool) -> None:
        if display:
            key = self.keys[-1] if self.keys else ""
            equation = Equation(label, fold_tex(tex), self.page.docname, line, key)
            self.page.equations.append(equation)
        if self.notes:
            self.notes[-1].append(f" {tex.strip()} " if display else tex)
        if message := fault(tex, display=display):
            self._report(line, Kind.BAD_TEX, message)

    def _role(self, name: str, content: str, line: int) -> None:
        match = ReferenceRole.explicit_title_re.match(content)
        target = match[2] if match else content
        if name in _CITES:
            with suppress(ValueError):  # no list of keys
                self.page.cites += [(each.key, line) for each in parse_citation_targets(target)]
        elif self.own(name) == "entry" and not content.startswith("!"):
            self.page.links.append((target, line))
        elif name == "math":
            self._math(content, line, display=False)
            return
        if self.notes:
            self.notes[-1].append(content)

    def _fence(self, token: Token, line: int, end: int, *, outer: bool) -> None:
        name, _, argument = token.info.strip().partition(" ")
        if not (name.startswith("{") and name.endswith("}")):
            if token.type == "colon_fence":  # MyST's block without a directive
                self.walk(token.content, line, outer=False)
            elif self.notes:
                self.notes[-1].append(token.content)
            return
        name = name[1:-1]
        own = self.own(name)
        classes = SurveyDomain.directives
        kind = classes.get(own) or (TocTree if name == "toctree" else TestDirective)
        content = token.content
        if token.type == "colon_fence" and content.startswith(":::"):
            content = f"\n{content}"  # as MyST does: a nested block is no option
        try:
            parsed = parse_directive_text(kind, argument.strip(), content, line=line)
        except MarkupError:
            return
        options = {
            key: " ".join(str("" if value is None else value).split())
            for key, value in parsed.options.items()
        }
        block = Block(
            own if own in classes else name,
            " ".join(parsed.arguments),
            tuple(options.items()),
            tuple(parsed.body),
            parsed.body_offset,
            line,
            end,
            outer,
        )
        self.page.blocks.append(block)
        self._body(block, options, line + block.offset)

    def _body(self, block: Block, options: dict[str, str], start: int) -> None:
        body = "\n".join(block.body)
        if block.name == "toctree":
            self.page.contents += [
                (text.strip(), start + number)
                for number, text in enumerate(block.body, start=1)
                if text.strip()
            ]
        elif block.name == "math":
            tex = "\n".join([block.argument, body]).strip()
            self._math(tex, block.line, options.get("label", ""), display=True)
        elif block.name == "entry" and block.name in SurveyDomain.directives:
            self.notes.append([])
            self.keys.append(block.argument)
            self.walk(body, start, outer=False)
            self.keys.pop()
            self._entry(block, options, " ".join("".join(self.notes.pop()).split()))
        elif block.name not in _VERBATIM:
            self.walk(body, start, outer=False)
        elif self.notes:
            self.notes[-1].append(body)

    def _entry(self, block: Block, options: dict[str, str], note: str) -> None:
        above = [heading for heading in self.page.headings if heading.line < block.line][1:]
        section = above[-1].title if above else ""
        docname, line = self.page.docname, block.line
        self.page.entries.append(
            Entry.from_options(block.argument, docname, line, section, options, note)
        )

    def _report(self, line: int, kind: Kind, message: str) -> None:
        self.page.problems.append(Problem(self.page.docname, line, kind, message))


def _closes(line: str, markup: str) -> bool:
    """Tell whether a line, perhaps one of a list or a quotation, closes a fence."""
    line = line.strip(" \t>")
    return line.startswith(markup) and not line.strip(markup[0])


def _text(tokens: Iterable[Token]) -> str:
    """Return what a reader sees of inline tokens."""
    return "".join(token.content or _text(token.children or ()) for token in tokens)
