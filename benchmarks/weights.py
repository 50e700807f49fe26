"""Weigh the pages of the real survey and of one of made-up papers, and print the table."""

from __future__ import annotations

import argparse
import gzip
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.surveys import OURS, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: What is weighed -> the files of a site that are it: its page and those that go on from it.
PAGES = {
    "a technique": r"techniques/[^/]+\.html",
    "all entries": r"entries(-\d+)?\.html",
    "index of venues": r"indexes/venue(-\d+)?\.html",
    "index of years": r"indexes/year(-\d+)?\.html",
    "index of people": r"indexes/person(-\d+)?\.html",
    "index of tags": r"indexes/tag(-\d+)?\.html",
    "index of code": r"indexes/code(-\d+)?\.html",
    "what is new": r"indexes/added(-\d+)?\.html",
    "equations": r"equations(-\d+)?\.html",
    "bibliography": r"bibliography(/[^/]+)?\.html",
    "pictures": r"pictures\.html",
    "home": r"index\.html",
}
ON_DEMAND = {
    "the filter's entries": r"find/entries\.js",
    "the filter's words": r"find/words\.js",
    "the search's words": r"searchindex\.js",
    "the basket's records": r"cite/forms\.js",
}
#: By what the table is known on its page.
_FIRST = "kB gzipped"
_TABLE = re.compile(rf"^\| {_FIRST} .*\n(\|.*\n)*", re.MULTILINE)
_USED = re.compile(r'(?:src|href)="(?:\.\./|\./)*(_static/[^"?]+\.(?:css|js))[?"]')


def weight(path: Path) -> int:
    """Return the bytes of a file as a server sends it."""
    content = path.read_bytes()
    return len(content if path.suffix == ".woff2" else gzip.compress(content, 6))


def weights(site: Path, pattern: str) -> list[int]:
    """Return the weights of the files of a site whose paths fit, heaviest first."""
    files = (path for path in site.rglob("*") if path.suffix in {".html", ".js"})
    fits = re.compile(pattern).fullmatch
    found = [path for path in files if fits(path.relative_to(site).as_posix())]
    return sorted(map(weight, found), reverse=True)


def beside(site: Path) -> int:
    """Return what the page of all entries loads beside itself: styles, scripts and the font."""
    used = set(_USED.findall((site / "entries.html").read_text(encoding="utf-8")))
    return sum(weight(site / name) for name in (*used, "_static/survey-math.woff2"))


def build(folder: Path, size: int, **conf: object) -> Path:
    """Build a survey of made-up papers below a folder and return its site."""
    docs, out = folder / "docs", folder / "html"
    write(docs, OURS, size)
    with (docs / "conf.py").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = {value!r}\n" for name, value in conf.items())
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(docs), str(out)]
    subprocess.run(command, check=True)
    return out


def _rows(real: Path, large: Path) -> Iterator[list[str]]:
    for name, pattern in (PAGES | ON_DEMAND).items():
        lines = [weights(site, pattern) for site in (real, large)]
        asked = " (when asked for)" if name in ON_DEMAND else ""
        yield [name + asked, *map(_cell, lines)]
    yield ["styles, scripts, font", _kilobytes(beside(real)), _kilobytes(beside(large))]


def _cell(found: Sequence[int]) -> str:
    if not found:
        return ""
    return _kilobytes(found[0]) + (f", the heaviest of {len(found)}" if len(found) > 1 else "")


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.0f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the made-up survey, weigh both and print the table in Markdown."""
    parser = argparse.ArgumentParser(prog="benchmarks.weights", description=__doc__)
    parser.add_argument("--size", type=int, default=5000, help="papers (5000)")
    parser.add_argument("--page", type=Path, help="the page whose table is replaced")
    parser.add_argument("site", type=Path, help="where the real survey's site is")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="weights-") as folder:
        rows = list(_rows(options.site, build(Path(folder), options.size)))
    head = [_FIRST, "this survey", f"{options.size:,} made-up entries"]
    table = [head, ["---"] * len(head), *rows]
    text = "".join(f"| {' | '.join(row)} |\n" for row in table)
    print(text)
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(_TABLE.sub(lambda _: text, page), encoding="utf-8")


if __name__ == "__main__":
    main()
