"""Fuzzing: hostile records, entries, notes and evidence, and what no output may have."""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from hypothesis import strategies as st
from samples import BALANCED, HOSTILE

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping
    from types import FrameType

#: How many times as many cases as in an ordinary run; see `make fuzz`.
MORE = int(os.environ.get("FUZZ", "1"))
SCHEMES = {"", "http", "https", "mailto"}
LINKS = {
    *("action", "background", "cite", "data", "formaction", "href", "longdesc", "manifest", "ping"),
    *("poster", "src", "xlink:href"),
}
ELEMENTS = {"applet", "base", "embed", "frame", "iframe", "object"}
ATTRIBUTES = {"srcdoc", "srcset"}
#: What a browser runs or fetches from a style.
_STYLE = re.compile(r"url\(|expression|@import|\\|javascript", re.IGNORECASE)
#: Where other outputs hold addresses, by how their files end.
_HELD: Mapping[str, re.Pattern[str]] = {
    ".atom": re.compile(r'(?:href|src|uri)="([^"]*)"'),
    ".bib": re.compile(r"(?m)^  url += \{(.*)\},$"),
    ".ris": re.compile(r"(?m)^(?:UR|L[1-4])  - (.*)$"),
    ".txt": re.compile(r"\]\(([^)]*)\)"),  # llms.txt is Markdown
    ".xml": re.compile(r'(?:href|src|uri)="([^"]*)"'),
}
#: Addresses that a browser would run or open on the reader's own machine.
FOREIGN = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "javascript://example.org/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//example.org",
)


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail when what stands inside takes longer.

    :raises TimeoutError: It does; where it hangs is in the traceback.
    """

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"still at work after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Page(HTMLParser):
    """What of a page a browser would run or follow."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.scripts = 0
        self.described = ""  #: JSON-LD, where the parser stands in some.
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        given = dict(attrs)
        if tag in ELEMENTS or (tag == "meta" and "http-equiv" in given):
            self.faults.append(f"<{tag}>")
        if tag == "script" and "src" not in given and given.get("type") != "application/ld+json":
            self.scripts += 1
        self.described = " " if given.get("type") == "application/ld+json" else ""
        for name, value in attrs:
            foreign = name in LINKS and not is_followable(value or "")
            styled = name == "style" and _STYLE.search(value or "")
            if name.startswith("on") or name in ATTRIBUTES or foreign or styled:
                self.faults.append(f'{name}="{value}"')
        if given.get("class") == "Z3988":
            ids = parse_qs(given.get("title") or "").get("rft_id", [])
            self.faults += [each for each in ids if not each.startswith(("http", "info:doi/10."))]
        if tag == "meta" and (given.get("name") or given.get("property") or "").endswith("url"):
            address = given.get("content") or ""
            self.faults += [] if is_followable(address) else [f"meta {address}"]

    def handle_data(self, data: str) -> None:
        """Gather JSON-LD."""
        self.described += data if self.described else ""

    def handle_endtag(self, tag: str) -> None:
        """Look at JSON-LD that ends."""
        if tag == "script" and self.described:
            self.faults += _addresses(json.loads(self.described))
        self.described = ""


def is_followable(address: str) -> bool:
    """Tell whether an address is relative, of the web or of mail, as browsers read it."""
    seen = re.sub(r"[\x00-\x20]", "", address)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", seen)
    return (scheme[1].lower() if scheme else "") in SCHEMES


def faults_of(files: Mapping[str, bytes], scripts: int = 1) -> list[str]:
    """Return what no output may have, file by file.

    :param scripts: How many scripts of its own the theme writes into a page.
    """
    found = []
    for name, content in files.items():
        if name.endswith(".part"):
            found.append(f"{name}: half-written")
        if name.endswith(".html"):
            page = Page(content.decode())
            found += [f"{name}: {fault}" for fault in page.faults]
            if page.scripts > scripts and name not in {"search.html", "genindex.html"}:
                found.append(f"{name}: a script")
        if name.endswith(".json") and not name.endswith(".schema.json"):
            found += [f"{name}: {text}" for text in _addresses(json.loads(content))]
        if name == "cite/forms.js":
            records = json.loads(content.decode().partition(" = ")[2].rstrip(";\n"))
            forms = {
                f"{name}:{key}.{form}": text.encode()
                for key, record in records.items()
                for form, text in record.items()
                if isinstance(text, str)
            }
            found += [*faults_of(forms), *_addresses(records)]
        if name.endswith(".ris"):
            lines = content.decode().splitlines()
            found += [f"{name}: {line}" for line in lines if line and line[2:6] != "  - "]
        if name.startswith("_sources/"):  # pages as they were typed, shown as text
            continue
        if held := _HELD.get(name[name.rfind(".") :] if "." in name else ""):
            addresses = held.findall(content.decode())
            found += [f"{name}: {text}" for text in addresses if not is_followable(text)]
    return found


def _addresses(value: Any, name: str = "") -> Iterator[str]:
    """Yield what a reader of JSON would follow and must not."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _addresses(part, "url" if name == "links" else key)
    elif isinstance(value, list):
        for part in value:
            yield from _addresses(part, name)
    elif name.lower() in {
        "@id",
        "url",
        "address",
        "link",
        "id_url",
        "sameas",
    } and not is_followable(str(value)):
        yield f"{name} {value}"


_FRAGMENTS = (
    *("word", "*a*", "**b**", "`c`", "$x^2$", "$\\frac{1}{", "$$\ny\n$$", "$$\nz\n$$ (eq-z)"),
    *("\n\n", "\n", "  ", "\t", "> ", ">>>> ", "- ", "1. ", "# H\n", "---\n", "===\n", "\\", "|"),
    *("<b>", "</div>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->"),
    *("{cite:t}`jiao2020tinybert`", "{cite}`nobody`", "{cite:t}``", "{cite:p}`a,,b`", "{cite}`{`"),
    *("{entry}`jiao2020tinybert`", "{entry}`x <y>`", "{eq}`eq-z`", "{ref}`nowhere`", "{any}`x`"),
    *("{doc}`index`", "{doc}`/`", "{download}`x`", "{math}`x`", "{raw}`x`", "{sub}`x`", "{}`x`"),
    *("```", ":::", "::::", "~~~", "````{note}\n", "```{math}\nx\n```\n"),
    *("\u202e", "\u200b", "\u2066", "\ufeff", "\x00", "\x0b", "\x1b[31m", "\ud7ff", "\U000e0041"),
    *("\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d", "e\u0301", "\U0001f600", "\u2028"),
    *("[^1]", "[^1]: note\n", "{{ x }}", "{% raw %}", "@a{b,", "%", "(label)=\n", "&#x6a;"),
    *("| a | b |\n| - | - |\n| c | d |\n", "term\n: text\n", "[a]: b\n", "![](x.png)", "a" * 300),
)
_ADDRESSED = (
    "[x]({0})",
    "[x](<{0}>)",
    "<{0}>",
    "![x]({0})",
    "[a]: {0}\n",
    '<a href="{0}">x</a>',
    "```{{image}} {0}\n```\n",
    "```{{figure}} {0}\n:target: {0}\n\nx\n```\n",
    "```{{button-link}} {0}\nx\n```\n",
    "```{{card}} x\n:link: {0}\n\nx\n```\n",
    "```{{toctree}}\nx <{0}>\n```\n",
    "```{{raw}} html\n<a href='{0}'>x</a>\n```\n",
    "```{{eval-rst}}\n`x <{0}>`_\n\n.. _y: {0}\n\n.. image:: {0}\n   :target: {0}\n```\n",
    "```{{admonition}} [x]({0})\n:class: {0}\n\nx\n```\n",
    "```{{dropdown}} [x]({0})\n:icon: {0}\n\nx\n```\n",
    "{{button-link}}`{0}`",
    "{{download}}`x <{0}>`",
    "{{pep}}`1 <{0}>`",
    "```{{meta}}\n:refresh: 0;url={0}\n```\n",
    "```{{code-block}} {0}\nx\n```\n",
    "```{{entry}} {0}\n:code: {0}\n\nx\n```\n",
    "```{{include}} {0}\n```\n",
    "```{{csv-table}}\n:url: {0}\n```\n",
)


def note(chance: random.Random) -> str:
    """Return the body of an entry."""
    parts = []
    for _ in range(chance.randint(1, 8)):
        if chance.random() < 0.3:
            parts.append(chance.choice(_ADDRESSED).format(chance.choice(FOREIGN)))
        else:
            parts.append(chance.choice(_FRAGMENTS))
    return chance.choice(["", " "]).join(parts)


def options(chance: random.Random) -> dict[str, str]:
    """Return an entry's options."""
    names = ["name", "code", "reimplementation", "project", "model", "tags", "also", "extends"]
    chosen = chance.sample([*names, "added", "nonsense"], chance.randint(0, 5))
    pool = [*_FRAGMENTS, *FOREIGN, "2026-11-20", "2026-13-99", "structured", "pruning"]
    return {name: " ".join(chance.choice(pool).split()) for name in chosen}


FIELDS = st.sampled_from(
    """title author editor booktitle journal year month pages volume number series publisher
    school institution howpublished note abstract keywords crossref url doi eprint archiveprefix
    openreview""".split()  # noqa: SIM905  # a list would fill the page
)
VALUES = st.one_of(
    BALANCED,
    st.sampled_from(FOREIGN),
    st.sampled_from(["2020", "10.1/x", "2005.07683", "A, B and C, D", "{" * 40 + "x" + "}" * 40]),
)
RECORDS = st.builds(
    lambda type_, key, fields: (
        f"@{type_}{{{key},\n" + "".join(f"  {n} = {{{v}}},\n" for n, v in fields) + "}\n"
    ),
    st.sampled_from(["article", "inproceedings", "misc", "online", "comment", "string", "Book"]),
    st.one_of(st.from_regex(r"[a-z]{1,3}[0-9]?", fullmatch=True), HOSTILE),
    st.lists(st.tuples(FIELDS, VALUES), max_size=6),
)
#: What looks like a .bib file.
BIBS = st.one_of(
    st.lists(RECORDS, max_size=4).map("\n".join),
    st.lists(st.one_of(RECORDS, HOSTILE), max_size=4).map("".join),
)
#: One damage to a text: where, how much goes, and what comes.
DAMAGE = st.tuples(st.floats(0, 1), st.integers(0, 12), HOSTILE)


def damaged(text: str, damages: list[tuple[float, int, str]]) -> str:
    """Return a text with some places cut out and filled with something else."""
    for place, size, put in damages:
        start = int(place * len(text))
        text = text[:start] + put + text[start + size :]
    return text
