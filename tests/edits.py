"""Edits: a survey as values that a test changes and writes as the files that say them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conftest import CONF

if TYPE_CHECKING:
    from pathlib import Path

VENUES = ("Neural Information Processing Systems", "International Conference on Learning")


@dataclass
class Paper:
    """A record and, where a page has it, its entry."""

    title: str
    author: str = "Sanh, Victor and Wolf, Thomas"
    year: int = 2020
    venue: int = 0
    name: str = ""
    tag: str = "unstructured"
    extends: str = ""
    cites: str = ""
    equation: str = ""  #: Its TeX; labelled with the key.

    def record(self, key: str) -> str:
        """Return the record as BibTeX."""
        return (
            f"@inproceedings{{{key},\n  title = {{{self.title}}},\n  author = {{{self.author}}},\n"
            f"  booktitle = {{{VENUES[self.venue]}}},\n  year = {{{self.year}}},\n}}\n"
        )

    def entry(self, key: str) -> str:
        """Return the entry as Markdown."""
        options = {"name": self.name, "tags": self.tag, "extends": self.extends}
        lines = [f":{name}: {value}" for name, value in options.items() if value]
        cite = f" It goes on from {{cite:t}}`{self.cites}`." if self.cites else ""
        tex = f"\n$$\n{self.equation}\n$$ (eq-{key})\n" if self.equation else ""
        note = [":added: 2026-11-20", "", f"A note.{cite}", tex, ":::\n"]
        return "\n".join([f":::{{entry}} {key}", *lines, *note])


@dataclass
class Page:
    """A technique page."""

    title: str
    entries: list[str] = field(default_factory=list)
    prose: str = ""
    label: bool = False  #: Whether a label named after the page stands before its title.

    def text(self, name: str, papers: dict[str, Paper]) -> str:
        """Return the page as Markdown."""
        label = f"({name}-label)=\n" if self.label else ""
        entries = "\n".join(papers[key].entry(key) for key in self.entries if key in papers)
        views = "```{cross-listed}\n```\n\n```{references}\n```\n"
        return f"{label}# {self.title}\n\n{self.prose}\n\n{entries}\n{views}"


@dataclass
class Sources:
    """All that a survey's files say."""

    papers: dict[str, Paper]
    pages: dict[str, Page]
    tag: str = "Single weights."
    venue: str = "NeurIPS"
    conf: dict[str, object] = field(default_factory=dict)
    style: str | None = None  #: A style sheet, where there is one.
    broken: bool = False  #: Whether a brace of refs.bib stays open.

    def files(self) -> dict[str, str]:
        """Return each file's text by its path."""
        conf = {"survey_lines": 4, **self.conf}  # so few that indexes are split
        if self.style is not None:
            conf |= {"html_static_path": ["_static"], "html_css_files": ["own.css"]}
        listed = "\n".join([*(f"techniques/{name}" for name in self.pages), "bibliography"])
        files = {
            "conf.py": CONF + "\n".join(f"{key} = {value!r}" for key, value in conf.items()),
            "tags.toml": f'["Structure"]\nunstructured = "{self.tag}"\nstructured = "Rows."\n',
            "venues.toml": f'[[venue]]\nmatch = "Neural"\nfamily = "{self.venue}"\n'
            f'short = "{self.venue} {{year}}"\n'
            '[[venue]]\nmatch = "Learning"\nfamily = "ICL"\nshort = "ICL {year}"\n',
            "refs.bib": "\n".join(paper.record(key) for key, paper in self.papers.items())
            + "@misc{broken,\n  title = {" * self.broken,
            "index.md": "# Home\n\n```{techniques}\n```\n\n```{entry-index} tag\n```\n\n"
            f"```{{newest}}\n:count: 3\n```\n\n```{{toctree}}\n{listed}\nabout\nentries\n```\n",
            "entries.md": "# Entries\n\n```{filter}\n```\n\n```{all-entries}\n```\n\n"
            "```{entry-index} person\n```\n\n```{picture} years\n```\n",
            "bibliography.md": "# Bibliography\n\n```{bibliography}\n:all:\n```\n",
            "about.md": "# About\n\nNothing of the survey.\n\n```{index} about\n```\n",
        }
        if self.style is not None:
            files["_static/own.css"] = self.style
        texts = {name: page.text(name, self.papers) for name, page in self.pages.items()}
        return files | {f"techniques/{name}.md": text for name, text in texts.items()}

    def write(self, root: Path) -> None:
        """Bring a folder up to date, leaving alone what says the same already."""
        files = self.files()
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
        for path in root.rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_file() and name not in files and not name.startswith("_build/"):
                path.unlink()


def small() -> Sources:
    """Return three pages with six papers."""
    papers = {
        "sanh2020movement": Paper("Movement Pruning", equation="x = y"),
        "jiao2020tinybert": Paper("{TinyBERT}: Distilling", venue=1, extends="sanh2020movement"),
        "hou2020dynabert": Paper("{DynaBERT}: Width", name="DynaBERT", cites="jiao2020tinybert"),
        "zafrir2019q8bert": Paper("{Q8BERT}", "Zafrir, Ofir", 2019, 1, tag="structured"),
        "shen2020qbert": Paper("Hessian Quantization", name="Q-BERT", equation="a = b"),
        "xu2021beyond": Paper("Beyond Accuracy", "Xu, Can", 2021),
    }
    prose = "See {eq}`eq-shen2020qbert`, {entry}`jiao2020tinybert` and {cite:t}`xu2021beyond`."
    pages = {
        "distillation": Page("Distillation", ["jiao2020tinybert", "hou2020dynabert"], prose),
        "pruning": Page("Pruning", ["sanh2020movement", "xu2021beyond"], label=True),
        "quantization": Page(
            "Quantization",
            ["zafrir2019q8bert", "shen2020qbert"],
            "After {ref}`pruning-label` and {doc}`distillation`.\n\n```{index} bits\n```",
        ),
    }
    return Sources(papers, pages)
